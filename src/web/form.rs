//! A form as a browser posts it. Refuses forged requests, bodies that are too large, and keys that are doubled or
//! unknown; a key that is missing is an empty field.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use percent_encoding::percent_decode;
use serde::de::DeserializeOwned;
use serde::de::value::MapDeserializer;
use url::form_urlencoded;

use crate::base::error::Error;
use crate::base::id::Id;
use crate::web::csrf::OwnerMark;
use crate::web::{BACK, csrf};

/// The largest body of a form, in bytes. The longest texts that fields allow must fit: 12 bytes a character as they
/// are posted, and twice, as the form of an edited thing also says what was edited.
pub const BODY_LIMIT: usize = 128 * 1024;
/// The field that carries the token.
pub const TOKEN: &str = "csrf";

pub(crate) type Pairs = Vec<(String, String)>;
pub(crate) type Read<T> = Pin<Box<dyn Future<Output = Result<T, Error>>>>;

/// A posted form. `T` derives `Deserialize` with `default` and `deny_unknown_fields`; its fields are strings.
#[derive(Debug)]
pub struct Form<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = Error;
    type Future = Read<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, body) = (request.clone(), body(request, payload));
        Box::pin(async move { fields(checked(&request, &body.await?)?).map(Self) })
    }
}

/// What was sent, as the type that says which fields there are.
pub(crate) fn fields<T: DeserializeOwned>(pairs: Pairs) -> Result<T, Error> {
    let pairs = MapDeserializer::<_, serde::de::value::Error>::new(pairs.into_iter());
    T::deserialize(pairs).map_err(|problem| {
        Error::BadRequest(format!("Nothing was changed: {problem}. Go back, reload the page, and send it again."))
    })
}

/// A form without fields of its own.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Nothing {}

/// Rows chosen in a list: the ids under `ids`, and the other fields of the form, of which there are only the ones that
/// say what is chosen and whether that was confirmed.
#[derive(Debug, Clone)]
pub struct Selection {
    /// Values of `ids`, as sent.
    pub ids: Vec<String>,
    /// The other fields.
    pub fields: Vec<(String, String)>,
}

const SELECTING: [&str; 14] = [
    "all",
    "q",
    "status",
    "type",
    "customer",
    "inner",
    "assigned",
    "inside",
    "only",
    "to",
    "asked",
    "confirm",
    "confirmed",
    BACK,
];

impl Selection {
    /// Whether it means all that match, not the rows that were chosen.
    pub fn all(&self) -> bool {
        !self.field("all").is_empty()
    }

    /// The rows that were chosen, in the order of ids. What is no id is no row.
    pub fn chosen<T>(&self) -> BTreeSet<Id<T>> {
        self.ids.iter().filter_map(|id| id.parse().ok()).collect()
    }

    /// Whether its question was answered, and it is to be done.
    pub fn is_confirmed(&self) -> bool {
        !self.field("asked").is_empty() || !self.field("confirmed").is_empty()
    }

    /// The fields that say again what is selected once it was asked about: those of `names` that hold something, the
    /// way back, and `ids`, unless it means all that match.
    pub fn again(&self, names: &[&'static str], ids: impl IntoIterator<Item = String>) -> Vec<(&'static str, String)> {
        let names = names.iter().chain(&["all", BACK]);
        let held = names.map(|name| (*name, self.field(name).to_owned())).filter(|(_, value)| !value.is_empty());
        let mut again: Vec<_> = [("asked", "yes".to_owned())].into_iter().chain(held).collect();
        if !self.all() {
            again.extend(ids.into_iter().map(|id| ("ids", id)));
        }
        again
    }

    /// The value of another field; empty when it is missing.
    pub fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }
}

impl FromRequest for Selection {
    type Error = Error;
    type Future = Read<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, body) = (request.clone(), body(request, payload));
        Box::pin(async move {
            let pairs = checked(&request, &body.await?)?;
            let (ids, fields) = pairs.into_iter().partition::<Pairs, _>(|(name, _)| name == "ids");
            for (at, (name, _)) in fields.iter().enumerate() {
                if !SELECTING.contains(&name.as_str()) {
                    return Err(Error::BadRequest(format!("Nothing was changed: unknown field {name}.")));
                }
                if fields[..at].iter().any(|(other, _)| other == name) {
                    return Err(Error::BadRequest(format!("Nothing was changed: the field {name} was sent twice.")));
                }
            }
            Ok(Self { ids: ids.into_iter().map(|(_, id)| id).collect(), fields })
        })
    }
}

pub(crate) fn body(request: &HttpRequest, payload: &mut Payload) -> Read<Bytes> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let urlencoded = kind.eq_ignore_ascii_case("application/x-www-form-urlencoded");
    let read = actix_web::web::Payload::from_request(request, payload);
    Box::pin(async move {
        let bytes = read.await.map_err(|why| Error::internal(why.to_string()))?.to_bytes_limited(BODY_LIMIT).await;
        let bytes = bytes
            .map_err(|_| Error::TooLarge)?
            .map_err(|_| Error::BadRequest("Nothing was changed: the form did not arrive whole.".into()))?;
        if !urlencoded && !bytes.is_empty() {
            return Err(Error::BadRequest(
                "Nothing was changed: this address takes forms (application/x-www-form-urlencoded).".into(),
            ));
        }
        Ok(bytes)
    })
}

/// The pairs of a body that may be acted on, without the token.
pub(crate) fn checked(request: &HttpRequest, body: &[u8]) -> Result<Pairs, Error> {
    let (tokens, fields) = split(body)?;
    let token = only(&tokens);
    if let Err(refused) = csrf::check(request, token) {
        let owner = token.and_then(csrf::owner);
        if matches!(refused, Error::Forged) && csrf::from_our_page(request) && owner == csrf::own_mark(request) {
            owner.map(|owner| request.extensions_mut().insert(UnsentForm { owner: Some(owner), fields }));
        }
        return Err(refused);
    }
    Ok(fields)
}

fn only(tokens: &Pairs) -> Option<&str> {
    match tokens.as_slice() {
        [(_, token)] => Some(token),
        _ => None,
    }
}

/// What was typed into a form of an earlier session of whoever is signed in, or of a session that has ended. To be given
/// back, not to be acted on.
#[derive(Debug, Clone)]
pub struct UnsentForm {
    /// Who typed it.
    pub owner: Option<OwnerMark>,
    /// The fields, without the token.
    pub fields: Vec<(String, String)>,
}

/// A form whose session ended.
///
/// # Errors
/// What any form of this size and kind is refused for.
pub async fn unsent_form(request: &HttpRequest, payload: &mut Payload) -> Result<UnsentForm, Error> {
    let (tokens, fields) = split(&body(request, payload).await?)?;
    Ok(UnsentForm { owner: only(&tokens).and_then(csrf::owner), fields })
}

/// The tokens of a body, and its other pairs.
fn split(body: &[u8]) -> Result<(Pairs, Pairs), Error> {
    if percent_decode(body).decode_utf8().is_err() {
        return Err(Error::BadRequest("Nothing was changed: the form is not in UTF-8.".into()));
    }
    Ok(form_urlencoded::parse(body).into_owned().partition(|(name, _)| name == TOKEN))
}
