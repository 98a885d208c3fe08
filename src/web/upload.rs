//! A file that a form sends: a small one as a whole, one of any size as it arrives. Refuses forged requests, as for every
//! form, and small files that are not.

use actix_multipart::{Field, Multipart};
use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;

use crate::base::error::Error;
use crate::web::csrf;
use crate::web::form::{BODY_LIMIT, Pairs, Read, TOKEN, body, checked};

/// The field that carries the file.
const FILE: &str = "file";

/// What keeping a part takes besides its name and content, about.
const KEPT: usize = 64;

/// The content of the file that was chosen; empty when none was. A form that is not made for files may carry the
/// content as text.
#[derive(Debug)]
pub struct Upload {
    /// Its bytes.
    pub content: Vec<u8>,
}

/// Whether a request carries a file (RFC 7578).
pub fn is_upload(request: &HttpRequest) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("multipart/form-data")
}

impl FromRequest for Upload {
    type Error = Error;
    type Future = Read<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        if !is_upload(&request) {
            let body = body(&request, payload);
            return Box::pin(async move {
                let pairs = checked(&request, &body.await?)?;
                let parts = pairs.into_iter().map(|(name, value)| (name, value.into_bytes())).collect();
                file_of(parts)
            });
        }
        let parts = Multipart::from_request(&request, payload);
        Box::pin(async move {
            let mut form = parts.await.map_err(|_| broken())?;
            let (mut parts, mut tokens, mut room) = (Vec::new(), Pairs::new(), BODY_LIMIT);
            while let Some(part) = form.next().await {
                let mut part = part.map_err(|_| broken())?;
                let (name, content) = field(&mut part, &mut room).await?;
                if name == TOKEN {
                    tokens.push((name, String::from_utf8_lossy(&content).into_owned()));
                } else {
                    parts.push((name, content.to_vec()));
                }
            }
            match tokens.as_slice() {
                [(_, token)] => csrf::check(&request, Some(token))?,
                _ => csrf::check(&request, None)?,
            }
            file_of(parts)
        })
    }
}

/// A form with a file that is read as it arrives. The fields come before the file, so that a forged form is refused
/// before any of the file is looked at.
pub struct FileForm {
    fields: Pairs,
    /// The file, if one was chosen.
    pub file: Option<FileStream>,
}

/// A file on its way.
pub struct FileStream {
    /// Its name, as the browser tells it.
    pub name: String,
    form: Option<Multipart>,
    source: Source,
}

enum Source {
    Part(Box<Field>),
    Text(Option<Bytes>),
}

impl FileForm {
    /// The value of a field; empty when it is missing.
    pub fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    /// Refuses fields that are not among `names`, and fields that come twice.
    ///
    /// # Errors
    /// `BadRequest`.
    pub fn only(self, names: &[&str]) -> Result<Self, Error> {
        for (at, (name, _)) in self.fields.iter().enumerate() {
            if !names.contains(&name.as_str()) {
                return Err(Error::BadRequest(format!("Nothing was changed: unknown field {name}.")));
            }
            if self.fields[..at].iter().any(|(other, _)| other == name) {
                return Err(Error::BadRequest(format!("Nothing was changed: the field {name} was sent twice.")));
            }
        }
        Ok(self)
    }

    fn of_text(pairs: Pairs) -> Result<Self, Error> {
        let (mut files, fields): (Pairs, Pairs) = pairs.into_iter().partition(|(name, _)| name == FILE);
        if files.len() > 1 {
            return Err(Error::BadRequest("Nothing was changed: the field file was sent twice.".into()));
        }
        let file = files.pop().map(|(_, text)| {
            let text = (!text.is_empty()).then(|| Bytes::from(text));
            FileStream { name: String::new(), form: None, source: Source::Text(text) }
        });
        Ok(Self { fields, file })
    }
}

impl FromRequest for FileForm {
    type Error = Error;
    type Future = Read<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        if !is_upload(&request) {
            let body = body(&request, payload);
            return Box::pin(async move { Self::of_text(checked(&request, &body.await?)?) });
        }
        let parts = Multipart::from_request(&request, payload);
        Box::pin(async move {
            let mut form = parts.await.map_err(|_| broken())?;
            let (mut fields, mut tokens, mut room) = (Pairs::new(), Vec::new(), BODY_LIMIT);
            let file = loop {
                let Some(part) = form.next().await else { break None };
                let mut part = part.map_err(|_| broken())?;
                if part.name() == Some(FILE) {
                    break Some(part);
                }
                let (name, content) = field(&mut part, &mut room).await?;
                let value = String::from_utf8(content.to_vec()).map_err(|_| broken())?;
                if name == TOKEN { tokens.push(value) } else { fields.push((name, value)) }
            };
            match tokens.as_slice() {
                [token] => csrf::check(&request, Some(token))?,
                _ => csrf::check(&request, None)?,
            }
            let file = file.map(|part| {
                let name = part
                    .content_disposition()
                    .and_then(|disposition| disposition.get_filename())
                    .unwrap_or_default()
                    .to_owned();
                FileStream { name, form: Some(form), source: Source::Part(Box::new(part)) }
            });
            Ok(Self { fields, file })
        })
    }
}

impl FileStream {
    /// The next piece of the file; `None` at its end, which is the end of the form as well.
    ///
    /// # Errors
    /// `BadRequest` when it does not arrive whole, or other fields follow.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        match &mut self.source {
            Source::Text(text) => Ok(text.take()),
            Source::Part(part) => match part.next().await {
                Some(piece) => piece.map(Some).map_err(|_| broken()),
                None => {
                    let Some(mut form) = self.form.take() else { return Ok(None) };
                    self.source = Source::Text(None);
                    match form.next().await {
                        None => Ok(None),
                        Some(Ok(_)) => {
                            Err(Error::BadRequest("Nothing was changed: a field came after the file.".into()))
                        }
                        Some(Err(_)) => Err(broken()),
                    }
                }
            },
        }
    }

    /// Takes what is still to come and looks at none of it, at most `limit` bytes: a browser listens to an answer only
    /// when it has sent everything.
    pub async fn drain(mut self, limit: u64) {
        let mut drained = 0;
        while let Ok(Some(piece)) = self.next().await {
            drained += piece.len() as u64;
            if drained > limit {
                break;
            }
        }
    }
}

/// A part of a form as a whole: its name and content, for which there must be room.
async fn field(part: &mut Field, room: &mut usize) -> Result<(String, Bytes), Error> {
    let name = part.name().unwrap_or_default().to_owned();
    // Also a part without content is kept.
    *room = room.checked_sub(name.len() + KEPT).ok_or(Error::TooLarge)?;
    let content = part.bytes(*room).await.map_err(|_| Error::TooLarge)?.map_err(|_| broken())?;
    *room -= content.len();
    Ok((name, content))
}

fn broken() -> Error {
    Error::BadRequest("Nothing was changed: the file did not arrive whole.".into())
}

/// The file among the parts of a form, which has no other.
fn file_of(parts: Vec<(String, Vec<u8>)>) -> Result<Upload, Error> {
    let mut content = None;
    for (name, part) in parts {
        if name != FILE {
            return Err(Error::BadRequest(format!("Nothing was changed: unknown field {name}.")));
        }
        if content.replace(part).is_some() {
            return Err(Error::BadRequest("Nothing was changed: the field file was sent twice.".into()));
        }
    }
    Ok(Upload { content: content.unwrap_or_default() })
}
