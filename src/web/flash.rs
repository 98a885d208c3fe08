//! The sentence that the next page shows once: what was changed or why nothing was, or a link to hand over. It travels in a sealed cookie,
//! so that it is written nowhere and nobody can forge or read it.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::web::cookies;
use crate::web::state::AppState;

const COOKIE: &str = "flash";
/// A half of the head of an answer, see `head_limit`.
const LONGEST: usize = 2_000;
/// How many characters of its end are kept of a sentence that is cut.
const ENDING: usize = 40;
/// How many characters of its beginning are kept where all are too many.
const CUT: [usize; 4] = [600, 300, 150, 60];

/// What the next page says.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct Flash {
    /// The sentence.
    pub text: String,
    /// An activation link that was asked for, and until when it works.
    pub link: Option<(String, Timestamp)>,
    /// Whether it tells of something that was not done.
    #[serde(default)]
    pub refused: bool,
}

impl Flash {
    /// A sentence.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), link: None, refused: false }
    }

    /// A sentence that says why something was not done.
    pub fn refusal(text: impl Into<String>) -> Self {
        Self { refused: true, ..Self::new(text) }
    }

    /// Gives it to the browser for its next page.
    ///
    /// # Errors
    /// When it cannot be sealed.
    pub fn put(&self, request: &HttpRequest) -> Result<(), Error> {
        let seal = |flash: &Self| -> Result<String, Error> {
            let json = serde_json::to_vec(flash).map_err(Error::internal)?;
            Ok(URL_SAFE_NO_PAD.encode(AppState::of(request).secrets.seal(COOKIE, &json)?))
        };
        let mut sealed = seal(self)?;
        for most in CUT {
            if sealed.len() <= LONGEST {
                break;
            }
            // Long names: what was done still needs to be said, most often at the end.
            let end = self.text.chars().count().saturating_sub(ENDING);
            let text = self.text.chars().take(most).chain(['…']).chain(self.text.chars().skip(end.max(most))).collect();
            sealed = seal(&Self { text, ..self.clone() })?;
        }
        cookies::put(request, COOKIE, sealed, Some(Duration::minutes(10)));
        Ok(())
    }

    /// Takes it from the browser, to be shown now.
    pub fn take(request: &HttpRequest) -> Option<Self> {
        let sealed = cookies::get(request, COOKIE)?;
        cookies::put(request, COOKIE, String::new(), Some(Duration::ZERO));
        let json = AppState::of(request).secrets.open(COOKIE, &URL_SAFE_NO_PAD.decode(sealed).ok()?)?;
        serde_json::from_slice(&json).ok()
    }
}
