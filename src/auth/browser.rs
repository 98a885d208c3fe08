//! Browsers in which somebody has signed in before. A cookie tells them apart from those of strangers, so that strangers
//! who guess a password cannot keep its owner out. It opens nothing, and it means nothing any more once the password
//! is another.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

use super::sessions::Stand;
use crate::app::App;
use crate::error::Error;
use crate::form::fold;
use crate::id::Id;
use crate::secrets::{Secrets, random};
use crate::users::User;
use crate::web::{cookie, set_cookie};

const COOKIE: &str = "browser";
/// Browsers keep cookies for 400 days at most (RFC 6265bis §5.5).
const AGE: Duration = Duration::days(400);
/// So many people of one browser are remembered.
const MOST: usize = 4;

/// A browser, and codes that only this server can make: for each person one of the address, one of the password.
#[derive(Clone)]
pub struct Browser {
    name: [u8; 16],
    people: Vec<([u8; 16], [u8; 16])>,
}

impl Browser {
    /// The one that sent `request`, if anybody has signed in with it before.
    pub fn of(request: &HttpRequest) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(cookie(request, COOKIE)?).ok()?;
        let (name, codes) = bytes.split_first_chunk::<16>()?;
        let (people, []) = codes.as_chunks::<32>() else { return None };
        let person = |both: &[u8; 32]| {
            let (mut address, mut password) = ([0; 16], [0; 16]);
            address.copy_from_slice(&both[..16]);
            password.copy_from_slice(&both[16..]);
            (address, password)
        };
        Some(Self { name: *name, people: people.iter().take(MOST).map(person).collect() })
    }

    /// Whether somebody with this address has signed in with it, as it says itself: nothing is looked up.
    pub fn claims(&self, secrets: &Secrets, email: &str) -> bool {
        let code = self.code(secrets, "browser address", fold(email).as_bytes());
        self.people.iter().any(|(address, _)| bool::from(address.ct_eq(&code)))
    }

    /// Whether this user has signed in with it, and with the password that they still have.
    pub fn knows(&self, secrets: &Secrets, user: Id<User>, stand: &Stand) -> bool {
        let code = self.password_code(secrets, user, stand);
        self.people.iter().any(|(_, password)| bool::from(password.ct_eq(&code)))
    }

    /// Its name in the words of a budget.
    pub fn name(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.name)
    }

    fn code(&self, secrets: &Secrets, purpose: &str, data: &[u8]) -> [u8; 16] {
        let mut code = [0; 16];
        code.copy_from_slice(&secrets.mac(purpose, &[&self.name[..], data].concat())[..16]);
        code
    }

    fn password_code(&self, secrets: &Secrets, user: Id<User>, stand: &Stand) -> [u8; 16] {
        self.code(secrets, "browser password", format!("{user} {stand}").as_bytes())
    }
}

/// The browser that sent `request` is known from now on as one of this user.
///
/// # Errors
/// When the system has no randomness to give.
pub(super) fn remember(request: &HttpRequest, email: &str, user: Id<User>, stand: &Stand) -> Result<(), Error> {
    let secrets = &App::of(request).secrets;
    let mut browser = match Browser::of(request) {
        Some(browser) => browser,
        None => Browser { name: random()?, people: Vec::new() },
    };
    let address = browser.code(secrets, "browser address", fold(email).as_bytes());
    let password = browser.password_code(secrets, user, stand);
    browser.people.retain(|known| *known != (address, password));
    browser.people.insert(0, (address, password));
    browser.people.truncate(MOST);
    let codes = browser.people.iter().flat_map(|(address, password)| [&address[..], &password[..]]);
    let bytes = std::iter::once(&browser.name[..]).chain(codes).collect::<Vec<_>>().concat();
    set_cookie(request, COOKIE, URL_SAFE_NO_PAD.encode(bytes), Some(AGE));
    Ok(())
}
