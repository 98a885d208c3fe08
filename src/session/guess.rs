//! Comparing a password that was typed at sign-in, and how often that may be tried: by address and by network, and apart
//! from both by browsers in which the user has signed in before. A try that is refused costs no hashing. Whether an address
//! is known makes no difference to any of it.

use actix_web::HttpRequest;

use super::{Match, SignInForm, failures};
use crate::app::App;
use crate::auth::throttle::{self, KNOWN_BROWSER, NETWORK, Purse, STRANGERS, Wait};
use crate::auth::{Browser, Stand};
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::error::{Error, Refused};
use crate::form::fold;
use crate::secrets::Secrets;
use crate::users::{self, Credentials};
use crate::web::{client_address, network};

/// Somebody who tries to sign in.
struct Try {
    email: String,
    /// Whether somebody could have this address and this password at all.
    usable: bool,
    browser: Option<Browser>,
    network: Option<String>,
    secrets: Secrets,
    now: Timestamp,
}

impl Try {
    fn of(request: &HttpRequest, form: &SignInForm) -> Self {
        let app = App::of(request);
        Self {
            email: form.email.clone(),
            usable: form.email.len() <= 1024 && !form.email.contains('\0') && form.password.chars().count() <= 256,
            browser: Browser::of(request),
            network: client_address(request).and_then(network),
            secrets: app.secrets.clone(),
            now: app.clock.now(),
        }
    }

    fn purse(&self, budget: &'static throttle::Budget, who: &str) -> Purse {
        Purse::of(&self.secrets, budget, who)
    }

    /// What a stranger's try is taken from.
    fn of_stranger(&self) -> Vec<Purse> {
        let network = self.network.as_ref().map(|network| self.purse(&NETWORK, network));
        std::iter::once(self.purse(&STRANGERS, &fold(&self.email))).chain(network).collect()
    }

    /// What a try is taken from in a browser that one of these people has used.
    fn of_known(&self, people: &[Credentials]) -> Option<Vec<Purse>> {
        let browser = self.browser.as_ref()?;
        let mut people = people.iter().filter_map(|one| Some((one.user, Stand::on(one.password_hash.as_deref()?))));
        let known = people.any(|(user, stand)| browser.knows(&self.secrets, user, &stand));
        known.then(|| vec![self.purse(&KNOWN_BROWSER, &format!("{} {}", browser.name(), fold(&self.email)))])
    }

    /// Whose password to compare, and what the try is taken from.
    fn look_up(&self, conn: &mut Conn) -> Result<(Vec<Purse>, Vec<Credentials>), Refused<Wait>> {
        // Only a browser that has this address in its cookie is worth a look before the budget is: for all others it
        // must not take longer when somebody has the address.
        if self.browser.as_ref().is_some_and(|browser| browser.claims(&self.secrets, &self.email)) {
            let people = self.people(conn)?;
            if let Some(purses) = self.of_known(&people) {
                self.may_go_on(conn, &purses)?;
                return Ok((purses, people));
            }
        }
        let purses = self.of_stranger();
        self.may_go_on(conn, &purses)?;
        Ok((purses, self.people(conn)?))
    }

    /// Those who have the address and may sign in.
    fn people(&self, conn: &mut Conn) -> Result<Vec<Credentials>, Error> {
        if self.usable { users::by_address(conn, &self.email) } else { Ok(Vec::new()) }
    }

    /// Refused here, a try writes nothing and waits for nobody who writes.
    fn may_go_on(&self, conn: &mut Conn, purses: &[Purse]) -> Result<(), Refused<Wait>> {
        throttle::wait_for(conn, purses, self.now)?.map_or(Ok(()), |wait| Err(Refused::By(wait)))
    }
}

/// Everybody who has the address and whose password it is. It is compared with nobody's when there is none, so that it
/// takes as long.
///
/// # Errors
/// `By` how long to wait after too many tries.
pub(super) async fn matching(request: &HttpRequest, form: &SignInForm) -> Result<Vec<Match>, Refused<Wait>> {
    let app = App::of(request);
    let (one, now) = (Try::of(request, form), app.clock.now());
    let (purses, people) = app.db.read(move |conn| one.look_up(conn)).await?;
    throttle::take(&app.db, purses.clone(), now).await?;
    let tried: Vec<_> = people.iter().map(|person| (person.tenant, person.user)).collect();
    let compared = compare(app, form, people).await;
    // Who was right, or was not heard, has not guessed.
    if compared.as_ref().map_or(true, |matched| !matched.is_empty()) {
        throttle::give_back(&app.db, purses).await?;
    } else if !tried.is_empty() {
        failures::record(request, tried);
    }
    Ok(compared?)
}

async fn compare(app: &App, form: &SignInForm, people: Vec<Credentials>) -> Result<Vec<Match>, Error> {
    let password: String = form.password.chars().take(257).collect();
    if people.is_empty() {
        app.hasher.verify(password, None).await?;
        return Ok(Vec::new());
    }
    let mut matched = Vec::new();
    for person in people {
        let stand = Stand::on(person.password_hash.as_deref().unwrap_or_default());
        if app.hasher.verify(password.clone(), person.password_hash).await? {
            matched.push(Match {
                tenant: person.tenant,
                tenant_title: person.tenant_title,
                user: person.user,
                email: form.email.clone(),
                administrator: person.customer.is_none(),
                stand,
            });
        }
    }
    Ok(matched)
}
