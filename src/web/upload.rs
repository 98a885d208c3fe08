//! A file that a form sends. Refuses forged requests and bodies that are too large, as for every form.

use actix_multipart::Multipart;
use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;

use super::csrf;
use super::posted::{BODY_LIMIT, Pairs, Read, TOKEN, body, checked};
use crate::error::Error;

/// The field that carries the file.
const FILE: &str = "file";

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
                let name = part.name().unwrap_or_default().to_owned();
                let content = part.bytes(room).await.map_err(|_| Error::TooLarge)?.map_err(|_| broken())?;
                room -= content.len();
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
