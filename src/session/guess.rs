//! Comparing a password that was typed at sign-in, and how often that may be tried: by address and by network, and apart
//! from both by browsers in which the user has signed in before; of several people with one address, only for those that
//! the browser knows. A try that is refused costs no hashing. Whether an address is known makes no difference to any of it.

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

    /// Whose passwords to compare, and what that is taken from.
    fn look_up(&self, conn: &mut Conn) -> Result<Vec<Group>, Refused<Wait>> {
        // Only a browser in which somebody with this address signed in is worth a look before the budget is: for all
        // others it must not take longer when somebody has the address.
        if let Some(browser) = &self.browser {
            let users = browser.users(conn, &self.email)?;
            let people = if users.is_empty() { Vec::new() } else { self.people(conn)? };
            let (known, others): (Vec<_>, Vec<_>) = people.into_iter().partition(|one| users.contains(&one.user));
            if !known.is_empty() {
                let name = format!("{} {}", browser.name(), fold(&self.email));
                let known = Group { people: known, purses: vec![self.purse(&KNOWN_BROWSER, &name)] };
                self.may_go_on(conn, &known.purses)?;
                return Ok(vec![known, Group { people: others, purses: self.of_stranger() }]);
            }
        }
        let purses = self.of_stranger();
        self.may_go_on(conn, &purses)?;
        Ok(vec![Group { people: self.people(conn)?, purses }])
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

/// People with the address, and what comparing their passwords is taken from.
struct Group {
    people: Vec<Credentials>,
    purses: Vec<Purse>,
}

impl Group {
    /// Those whose password it is. It is compared with nobody's when there is none, so that it takes as long.
    async fn matching(&self, app: &App, form: &SignInForm, now: Timestamp) -> Result<Vec<Match>, Refused<Wait>> {
        throttle::take(&app.db, self.purses.clone(), now).await?;
        let compared = compare(app, form, &self.people).await;
        // Who was right, or was not heard, has not guessed.
        if compared.as_ref().map_or(true, |matched| !matched.is_empty()) {
            throttle::give_back(&app.db, self.purses.clone()).await?;
        }
        Ok(compared?)
    }

    /// How many passwords are compared.
    fn hashes(&self) -> usize {
        self.people.len().max(1)
    }
}

/// A wrong password is compared as often as if somebody had the address in so many tenants: that they are in one or two is
/// nothing to learn from the clock.
const TENANTS_ALIKE: usize = 2;

/// Everybody who has the address and whose password it is.
///
/// # Errors
/// `By` how long to wait after too many tries.
pub(super) async fn matching(request: &HttpRequest, form: &SignInForm) -> Result<Vec<Match>, Refused<Wait>> {
    let (app, one) = (App::of(request), Try::of(request, form));
    let now = one.now;
    let groups = app.db.read(move |conn| one.look_up(conn)).await?;
    let (mut matched, mut tried, mut hashes) = (Vec::new(), Vec::new(), 0);
    for (place, group) in groups.iter().enumerate() {
        if group.people.is_empty() && !matched.is_empty() {
            break;
        }
        match group.matching(app, form, now).await {
            Ok(some) => matched.extend(some),
            // To say so would tell that there are others.
            Err(Refused::By(_)) if place > 0 => break,
            Err(refused) => return Err(refused),
        }
        tried.extend(group.people.iter().map(|person| (person.tenant, person.user)));
        hashes += group.hashes();
    }
    if matched.is_empty() {
        let mut compared = Ok(Vec::new());
        for _ in hashes..TENANTS_ALIKE {
            compared = compare(app, form, &[]).await;
        }
        failures::record(request, tried);
        compared?;
    }
    Ok(matched)
}

async fn compare(app: &App, form: &SignInForm, people: &[Credentials]) -> Result<Vec<Match>, Error> {
    let password: String = form.password.chars().take(257).collect();
    if people.is_empty() {
        app.hasher.verify(password, None).await?;
        return Ok(Vec::new());
    }
    let mut matched = Vec::new();
    for person in people {
        let stand = Stand::on(person.password_hash.as_deref().unwrap_or_default());
        if app.hasher.verify(password.clone(), person.password_hash.clone()).await? {
            matched.push(Match {
                tenant: person.tenant,
                tenant_title: person.tenant_title.clone(),
                user: person.user,
                administrator: person.customer.is_none(),
                stand,
            });
        }
    }
    Ok(matched)
}
