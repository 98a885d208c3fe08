//! `AppState::build` turns settings into a server that is bound and ready. `main` and every test start here.

use std::future::ready;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actix_http::error::DispatchError;
use actix_http::{HttpService, Protocol};
use actix_service::{IntoServiceFactory as _, ServiceFactoryExt as _, map_config};
use actix_session::SessionMiddleware;
use actix_session::config::{CookieContentSecurity, SessionLifecycle};
use actix_web::cookie::{Key, SameSite};
use actix_web::dev::{AppConfig, Extensions, fn_service};
use actix_web::middleware::{Compress, from_fn};
use actix_web::rt::net::TcpStream;
use actix_web::rt::task::JoinHandle;
use actix_web::web;

use crate::app::starting::Starting;
use crate::app::{cleanup, health, jobs, metrics, routes};
use crate::base::clock::Clock;
use crate::base::error::Error;
use crate::base::worker::{WakeSignal, Worker};
use crate::config::{Config, DataDirLock, local_url};
use crate::db::Db;
use crate::model::setup;
use crate::model::users::InvitationMailer;
use crate::model::users::links::UserLinks;
use crate::pages::errors;
use crate::pages::impersonation;
use crate::pages::sign_in::resubmit;
use crate::services::health::Health;
use crate::services::mail;
use crate::services::metrics::Metrics;
use crate::services::password::Hasher;
use crate::web::session_store::Sessions;
use crate::web::state::AppState;
use crate::web::timeouts::{self, Connection};
use crate::web::{SearchLimit, adopt_session, frame, full_name, limit_searches};

/// A server that is bound and answers.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where its metrics are, if anywhere.
    pub metrics_address: Option<SocketAddr>,
    /// The base of its links.
    pub public_url: String,
    /// Where the tenant is set up, while there is none.
    pub setup_link: Option<String>,
    /// Whether its database was made just now.
    pub created: bool,
    /// What its requests share.
    pub app: AppState,
    pub(crate) handle: actix_web::dev::ServerHandle,
    pub(crate) answering: JoinHandle<std::io::Result<()>>,
    pub(crate) workers: Vec<Worker>,
    /// Keeps the data directory from being restored meanwhile.
    pub(crate) _occupied: DataDirLock,
}

/// Threads of each worker that may block: all that the pools of the database let in at once, and some that hash. One that
/// ends its work is not yet free when the next begins, so without a limit there would be many, each with memory of its own.
const BLOCKING_THREADS: usize = 12;
/// How long requests under way may take when the server stops, in seconds.
const LAST_ANSWERS: u64 = 20;

impl AppState {
    /// Creates or migrates the database, binds, and starts answering, delivering mail and working.
    ///
    /// # Errors
    /// A sentence that says what could not be done.
    pub async fn build(config: Config, clock: Clock) -> Result<Server, String> {
        let server = Self::start(config, clock)?.finish().await.map_err(|why| why.to_string())?;
        server.ok_or_else(|| "the server was told to stop".into())
    }

    /// Binds and listens, whether the database is there or not.
    ///
    /// # Errors
    /// A sentence that says what could not be done.
    pub fn start(config: Config, clock: Clock) -> Result<Starting, String> {
        let occupied = config.storage.place.occupy_to_serve()?;
        let (listener, address) = bind("TENANTRY_LISTEN", config.listen)?;
        let public_url = config.public_url.clone().unwrap_or_else(|| local_url(address));
        let figures = config.metrics_listen.map(|address| bind("TENANTRY_METRICS_LISTEN", address)).transpose()?;
        let url = config.storage.database.clone();
        let db = Db::serving(url, config.storage.secrets.clone());
        let hasher = Hasher::new(config.password_cost.clone()).map_err(|why| why.to_string())?;
        let secrets = config.storage.secrets.clone();
        let mailer = InvitationMailer::new(secrets.clone(), public_url.clone(), config.activation_lifetime);
        let app = Self {
            metrics: Metrics::new(&db, &hasher),
            health: Health::default(),
            db,
            clock,
            secrets,
            hasher,
            post: WakeSignal::default(),
            work: WakeSignal::default(),
            jobs: jobs::registry(mailer),
            searches: SearchLimit::default(),
            routes: routes::MAP,
            public_url: public_url.as_str().into(),
            set_up: Arc::default(),
            config: Arc::new(config),
        };
        let server = app.listen(listener).map_err(|why| format!("the server cannot start: {why}"))?;
        let metrics_address = figures.as_ref().map(|(_, address)| *address);
        if let Some((listener, _)) = figures {
            let figures = metrics::serve(&app, listener).map_err(|why| format!("metrics cannot be served: {why}"))?;
            actix_web::rt::spawn(figures);
        }
        let (handle, answering) = (server.handle(), actix_web::rt::spawn(server));
        Ok(Starting { address, metrics_address, app, handle, answering, occupied })
    }

    /// Creates a tenant, as `tenantry tenant add` does, and answers its first administrator's activation link.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub async fn add_tenant(&self, title: &str, email: &str) -> Result<String, String> {
        let invitation = setup::FirstAdministrator::read(title, email)?;
        let (now, lifetime) = (self.clock.now(), self.config.activation_lifetime);
        let secrets = self.secrets.clone();
        let added = self.db.write(move |writing| invitation.add(writing, &secrets, now, lifetime)).await;
        match added.map_err(|why: Error| why.to_string())? {
            Some(token) => Ok(format!("{}/activate/{}", self.public_url, token.reveal())),
            None => Err(format!("a tenant {title:?} exists already")),
        }
    }

    /// Forgets what is past, as the server does now and then.
    ///
    /// # Errors
    /// A sentence that says why it must wait.
    pub async fn tidy(&self) -> Result<(), String> {
        let (now, idle) = (self.clock.now(), self.config.sessions.idle());
        self.db
            .write_unaudited(move |conn| cleanup::forget(conn, now, idle))
            .await
            .map_err(|why: Error| why.to_string())
    }

    fn listen(&self, listener: TcpListener) -> std::io::Result<actix_web::dev::Server> {
        let (app, address, server) = (self.clone(), listener.local_addr()?, actix_web::dev::Server::build());
        let (ending, silent) = (server.graceful_shutdown_signal(), timeouts::Silent::new());
        // What `HttpServer` does, with connections of our own.
        let answering = move || {
            let pages = actix_web::App::new()
                .app_data(web::Data::new(app.clone()))
                .wrap(from_fn(frame))
                .route("/static/{name:.*}", web::get().to(crate::web::asset))
                .route("/healthz", web::get().to(health::alive))
                .route("/readyz", web::get().to(health::ready))
                .service(
                    web::scope("")
                        .wrap(from_fn(limit_searches))
                        .wrap(from_fn(impersonation::read_only))
                        .wrap(from_fn(resubmit::keep))
                        .wrap(from_fn(errors::in_frame))
                        .wrap(app.sessions())
                        .wrap(from_fn(adopt_session))
                        .wrap(Compress::default())
                        .wrap(from_fn(health::when_database_is_there))
                        .wrap(from_fn(timeouts::pace))
                        .configure(routes::configure)
                        .default_service(web::to(nowhere)),
                );
            let pages = pages.into_factory().map_err(|why: actix_web::Error| why.error_response());
            let ending = ending.clone();
            let http = HttpService::build()
                .client_request_timeout(timeouts::HEAD)
                .client_disconnect_timeout(timeouts::CLOSE_TIMEOUT)
                .keep_alive(timeouts::IDLE)
                .local_addr(address)
                .graceful_shutdown_signal(move || {
                    let ending = ending.clone();
                    async move { ending.notified().await }
                })
                .on_connect_ext(|connection: &Connection, requests: &mut Extensions| connection.tell(requests))
                .finish(map_config(pages, |()| AppConfig::default()));
            let silent = silent.clone();
            let accepted = move |stream: TcpStream| {
                // Closed without a word: there is none to say before something is asked.
                let connection = Connection::new(stream, &silent).ok_or(DispatchError::DisconnectTimeout);
                ready(connection.map(|connection| {
                    let peer = connection.peer();
                    (connection, Protocol::Http1, peer)
                }))
            };
            fn_service(accepted).and_then(http)
        };
        let server = server
            .worker_max_blocking_threads(BLOCKING_THREADS)
            .listen("pages", listener, answering)?
            .shutdown_timeout(LAST_ANSWERS)
            .shutdown_signal(self.health.clone().until_stopped())
            .run();
        Ok(server)
    }

    fn sessions(&self) -> SessionMiddleware<Sessions> {
        let lifetimes = self.config.sessions;
        let store = Sessions { db: self.db.clone(), clock: self.clock.clone(), lifetimes };
        let longest = lifetimes.absolute().as_secs().try_into().unwrap_or(i64::MAX);
        SessionMiddleware::builder(store, Key::from(&self.secrets.cookie_key()))
            .cookie_name(full_name("session", self.is_secure(), &self.secrets))
            .cookie_secure(self.is_secure())
            .cookie_http_only(true)
            .cookie_same_site(SameSite::Lax)
            .cookie_content_security(CookieContentSecurity::Signed)
            .session_lifecycle(SessionLifecycle::PersistentSession(
                actix_session::config::PersistentSession::default()
                    .session_ttl(actix_web::cookie::time::Duration::seconds(longest)),
            ))
            .build()
    }

    pub(crate) fn mail_worker(&self) -> Result<Worker, Error> {
        let config = &self.config;
        mail::deliver(
            self.db.clone(),
            self.clock.clone(),
            self.secrets.clone(),
            UserLinks,
            self.post.clone(),
            mail::MailSettings {
                from: config.mail_from.clone(),
                smtp_url: config.smtp_url.as_deref(),
                files: &config.storage.data_dir.join("mail"),
            },
        )
    }
}

fn bind(setting: &str, address: SocketAddr) -> Result<(TcpListener, SocketAddr), String> {
    let bound = TcpListener::bind(address).and_then(|listener| Ok((listener.local_addr()?, listener)));
    bound
        .map(|(address, listener)| (listener, address))
        .map_err(|why| format!("{setting} {address} cannot be used: {why}"))
}

/// What is at no address.
async fn nowhere() -> Result<actix_web::HttpResponse, Error> {
    Err(Error::NotFound)
}

impl Server {
    /// Something that can end the server from elsewhere.
    pub fn handle(&self) -> actix_web::dev::ServerHandle {
        self.handle.clone()
    }

    /// Answers until the process is told to stop (SIGTERM, SIGINT), then finishes what is under way; see `health`.
    pub async fn run(self) -> std::io::Result<()> {
        let ended = self.answering.await.unwrap_or_else(|why| Err(std::io::Error::other(why)));
        let stopped = tokio::task::spawn_blocking(move || self.workers.into_iter().for_each(Worker::stop)).await;
        if let Err(error) = stopped {
            tracing::error!(%error, "the workers could not be stopped");
        }
        ended
    }
}
