//! The application under test: a real server on a free port over a fresh database, SQLite or PostgreSQL as
//! `TENANTRY_TEST_DATABASE` says. Its clock can be moved, and passwords cost little unless a test asks for more; everything
//! else is as in production.

use std::path::{Path, PathBuf};
use std::time::Duration;

use argon2::Params;
use tempfile::TempDir;
use tenantry::app::{AppState as Shared, Server};
use tenantry::base::clock::{Clock, Timestamp};
use tenantry::config::{ActivationSettings, Config, ServeSettings, SessionSettings, StorageSettings};

use super::actor::Actor;
use super::postgres;
use super::smtp::{Security, Sink};

/// A password that no rule refuses.
pub const PASSWORD: &str = "tundra velvet oboe 7";
/// A key as an operator sets it.
pub const SECRET_KEY: &str = "a secret key that tests alone ever use";

/// Whether this run is on PostgreSQL.
pub fn on_postgres() -> bool {
    std::env::var("TENANTRY_TEST_DATABASE").is_ok_and(|name| name == "postgres")
}

/// How the application is started.
#[derive(Default, Clone)]
pub struct Setup {
    /// Where mail goes; files in the data directory without it.
    pub smtp_url: Option<String>,
    /// The base of links, where it is not the address listened on.
    pub public_url: Option<String>,
    /// Hours that an activation link works.
    pub activation_hours: Option<u64>,
    /// Proxies that are believed.
    pub trusted_proxies: &'static str,
    /// How long sessions last: of users unused and in all, of administrators unused and in all.
    pub sessions: Option<[&'static str; 4]>,
    /// The largest file that can be imported, in megabytes.
    pub import_limit: Option<u64>,
    /// Whether passwords cost as much as in production: for what is measured or waits for them.
    pub costly_passwords: bool,
    /// Its secret key, where it is not that of all tests.
    pub secret_key: Option<&'static str>,
    /// The data directory and database of another that ran before, or runs beside.
    pub place: Option<(PathBuf, String)>,
}

/// A running application, gone with this value.
pub struct App {
    /// Where it listens, without a slash at its end.
    pub base: String,
    /// Where its tenant is set up.
    pub setup_link: Option<String>,
    pub(crate) shared: Shared,
    clock: Clock,
    data_dir: PathBuf,
    handle: actix_web::dev::ServerHandle,
    thread: Option<std::thread::JoinHandle<()>>,
    url: String,
    /// Gone with this value.
    _place: (Option<postgres::Database>, Option<TempDir>),
}

impl App {
    /// Starts it without a tenant.
    pub async fn spawn() -> Self {
        Self::start(Setup::default()).await
    }

    /// Starts it without a tenant, with passwords that cost as much as in production.
    pub async fn with_costly_passwords() -> Self {
        Self::start(Setup { costly_passwords: true, ..Setup::default() }).await
    }

    /// Starts it without a tenant and with a mail server.
    pub async fn with_mail() -> (Self, Sink) {
        let sink = Sink::start(Security::None);
        let app = Self::start(Setup { smtp_url: Some(sink.url()), ..Setup::default() }).await;
        (app, sink)
    }

    /// Starts it in another way.
    pub async fn start(setup: Setup) -> Self {
        let (place, data_dir, url) = match &setup.place {
            Some((data_dir, url)) => ((None, None), data_dir.clone(), url.clone()),
            None => {
                let dir = TempDir::new().unwrap();
                let database = on_postgres().then(|| postgres::Database::migrated(|url| migrate(dir.path(), url)));
                let file = || format!("sqlite:{}", dir.path().join("tenantry.db").display());
                let url = database.as_ref().map_or_else(file, postgres::Database::url);
                let path = dir.path().to_owned();
                ((database, Some(dir)), path, url)
            }
        };
        let secret_key = Some(setup.secret_key.unwrap_or(SECRET_KEY).into());
        let config = settings(&setup, StorageSettings { secret_key, ..storage(data_dir.clone(), &url) });
        let clock = Clock::system();
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let moved = clock.clone();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = Shared::build(config, moved).await.unwrap();
                let told = (server.address, server.setup_link.clone(), server.app.clone(), server.handle());
                assert!(sender.send(told).is_ok());
                Server::run(server).await.unwrap();
            });
        });
        let (address, setup_link, shared, handle) = receiver.await.unwrap();
        let base = format!("http://{address}");
        Self { base, setup_link, shared, clock, data_dir, handle, thread: Some(thread), url, _place: place }
    }

    /// Somebody with a browser who is not signed in.
    pub fn stranger(&self) -> Actor {
        Actor::new(&self.base)
    }

    /// A tenant with one administrator, made by the operator.
    pub async fn tenant(&self, title: &str) -> Tenant<'_> {
        let address = format!("admin@{}.example", title.to_lowercase().replace([' ', '&'], "-"));
        self.tenant_of(title, &address).await
    }

    /// A tenant with one administrator who has this address.
    pub async fn tenant_of(&self, title: &str, email: &str) -> Tenant<'_> {
        let link = self.shared.add_tenant(title, email).await.unwrap();
        let admin = self.stranger();
        admin.submit(&link, &[("password", PASSWORD)]).await.see_path("/customers");
        Tenant { app: self, email: email.into(), first: admin }
    }

    /// Lets time pass.
    pub fn wait(&self, time: Duration) {
        self.clock.advance(time);
        self.shared.post.notify();
        self.shared.work.notify();
    }

    /// Lets hours pass.
    pub fn wait_hours(&self, hours: u64) {
        self.wait(Duration::from_secs(hours * 3600));
    }

    /// Lets time pass until noon (UTC), so that what was some hours ago was not yesterday.
    pub fn wait_until_noon(&self) {
        const DAY: i64 = 24 * 3600;
        let second = self.clock.now().seconds_since(Timestamp::EPOCH).rem_euclid(DAY);
        self.wait(Duration::from_secs((DAY / 2 - second).rem_euclid(DAY).unsigned_abs()));
    }

    /// Where mails are written without a mail server.
    pub fn mail_dir(&self) -> PathBuf {
        self.data_dir.join("mail")
    }

    /// Where the database and the key are.
    pub fn data_dir(&self) -> PathBuf {
        self.data_dir.clone()
    }

    /// Where the database is, as `DATABASE_URL` says it.
    pub fn database_url(&self) -> String {
        self.url.clone()
    }
}

impl Drop for App {
    fn drop(&mut self) {
        let stop = self.handle.stop(false);
        let thread = self.thread.take();
        // The stop is sent at once; what it returns only waits for its end, as does the thread.
        drop(stop);
        if let Some(thread) = thread
            && thread.join().is_err()
            && !std::thread::panicking()
        {
            panic!("the application had panicked");
        }
    }
}

/// A tenant of the application.
pub struct Tenant<'a> {
    app: &'a App,
    /// The address of its first administrator.
    pub email: String,
    first: Actor,
}

impl Tenant<'_> {
    /// Its first administrator, signed in with another browser.
    pub async fn admin(&self) -> Actor {
        let actor = self.app.stranger();
        actor.sign_in(&self.email, PASSWORD).await.see_path("/customers");
        actor
    }

    /// The browser that helps tests; it signs in again when its session is over.
    async fn helper(&self) -> &Actor {
        if self.first.get("/customers").await.path != "/customers" {
            self.first.sign_in(&self.email, PASSWORD).await.see_path("/customers");
        }
        &self.first
    }

    /// Adds a customer and answers the address of its details.
    pub async fn customer(&self, title: &str) -> String {
        self.customer_under(title, "").await
    }

    /// Adds an inner customer; `parent` is the address of its parent's details.
    pub async fn customer_under(&self, title: &str, parent: &str) -> String {
        let parent = parent.rsplit('/').next().unwrap_or_default();
        let page = self.helper().await.submit("/customers/new", &[("title", title), ("parent", parent)]).await;
        page.see(&format!("{title} was added."));
        page.path
    }

    /// Adds a user to a customer, activates them, and answers their signed-in browser.
    pub async fn user(&self, customer: &str, email: &str) -> Actor {
        let link = self.invite(customer, email).await;
        let actor = self.app.stranger();
        actor.submit(&link, &[("password", PASSWORD)]).await.see_path("/home");
        actor
    }

    /// Adds a user to a customer and answers the activation link that is displayed.
    pub async fn invite(&self, customer: &str, email: &str) -> String {
        let form = [("email", email), ("activation_method", "link")];
        let page = self.helper().await.submit(&format!("{customer}/users/new"), &form).await;
        page.value("#link")
    }
}

/// Makes the tables in an empty database.
pub fn migrate(dir: &Path, url: &str) {
    storage(dir.join("template"), url).check().unwrap().migrate().unwrap();
}

fn storage(data_dir: PathBuf, url: &str) -> StorageSettings {
    StorageSettings { data_dir, database_url: Some(url.to_owned()), secret_key: Some(SECRET_KEY.into()) }
}

fn settings(setup: &Setup, storage: StorageSettings) -> Config {
    let settings = ServeSettings {
        listen: "127.0.0.1:0".into(),
        public_url: setup.public_url.clone(),
        storage,
        smtp_url: setup.smtp_url.clone(),
        mail_from: "Tenantry <tenantry@example.com>".into(),
        sessions: {
            let [user_idle, user_session, administrator_idle, administrator_session] =
                setup.sessions.unwrap_or(["8h", "30d", "1h", "12h"]).map(str::to_owned);
            SessionSettings { user_idle, user_session, administrator_idle, administrator_session }
        },
        trusted_proxies: setup.trusted_proxies.into(),
        activation: ActivationSettings { hours: setup.activation_hours.unwrap_or(72).to_string() },
        import_limit: setup.import_limit.unwrap_or(512).to_string(),
        metrics_listen: None,
        log: "warn".into(),
        log_format: "text".into(),
    };
    let config = settings.check().unwrap();
    if setup.costly_passwords {
        return config;
    }
    // A test signs in so often that its passwords would take half of its time.
    Config { password_cost: Params::new(64, 1, 1, None).unwrap(), ..config }
}
