//! `tenantry serve`

use std::io::IsTerminal;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tracing_subscriber::EnvFilter;

use crate::app::server::Server;
use crate::base::clock::Clock;
use crate::cli::doctor::data_dir;
use crate::cli::{Failure, output};
use crate::config::{Config, ServeSettings};
use crate::web::state::AppState;

/// What is logged of crates beneath, unless TENANTRY_LOG says otherwise: actix-http logs each request that cannot be read as
/// an error, actix-session each cookie that is not ours as a warning, both without an address. Anybody could fill the log.
const QUIET: &str = "actix_http=off,actix_session=error,actix_server=warn";

/// Checks the settings, starts the server, says where it is, and serves until told to stop.
pub fn run(settings: &ServeSettings) -> Result<(), Failure> {
    let filter = EnvFilter::builder().parse(format!("{QUIET},{}", settings.log)).map_err(|why| {
        Failure::Usage(format!("TENANTRY_LOG {:?} is not a log filter, such as info: {why}", settings.log))
    })?;
    if !["text", "json"].contains(&settings.log_format.as_str()) {
        let format = &settings.log_format;
        return Err(Failure::Usage(format!("TENANTRY_LOG_FORMAT {format:?} is neither text nor json")));
    }
    let config = settings.check().map_err(Failure::Usage)?;
    // Where a line cannot be written, it is lost: to say so on standard error, as would be usual, would be a panic.
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .log_internal_errors(false);
    match settings.log_format.as_str() {
        "json" => log.json().flatten_event(true).init(),
        // Colours are for people: in a file or a journal they would be stray characters.
        _ => log.with_ansi(std::io::stderr().is_terminal()).init(),
    }
    raise_open_files();
    warn(&config);
    actix_web::rt::System::new().block_on(async {
        let to_files = config.smtp_url.is_none().then(|| config.storage.data_dir.join("mail"));
        let place = config.storage.place.clone();
        let starting = AppState::start(config, Clock::system()).map_err(Failure::Failed)?;
        let Some(server) = starting.finish().await? else { return Ok(()) };
        let mut lines = Vec::new();
        if server.created {
            lines.push(format!("Created a new database: {}", place.database));
        }
        lines.extend(introduction(&server));
        if let Some(dir) = to_files {
            lines.push(format!("No mail server is set (SMTP_URL): mails are written to {}", dir.display()));
        }
        for line in lines {
            if let Err(Failure::Failed(why) | Failure::Usage(why)) = output::line(line) {
                tracing::warn!(why, "nobody reads where this server is");
            }
        }
        server.run().await.map_err(|why| Failure::Failed(format!("the server failed: {why}")))
    })
}

fn introduction(server: &Server) -> Vec<String> {
    let mut lines = vec![format!("Tenantry is ready at {}", server.public_url)];
    if server.public_url != format!("http://{}", server.address) {
        lines.push(format!("Listening on {}", server.address));
    }
    if let Some(address) = server.metrics_address {
        lines.push(format!("Metrics are at http://{address}/metrics"));
    }
    if let Some(link) = &server.setup_link {
        lines.push(format!("Set up the tenant and its first administrator, once, at:\n  {link}"));
    }
    lines
}

/// Each connection is an open file; the usual limit is for programs that choke on more.
fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    if let Err(error) = raised {
        tracing::debug!(%error, "the limit of open files stays as it is");
    }
}

fn warn(config: &Config) {
    for path in data_dir::exposed(&config.storage.place) {
        tracing::warn!("{} is open to others on this machine; its owner alone should read it", path.display());
    }
    if config.public_url.is_none() && config.listen.ip().is_unspecified() {
        tracing::warn!(
            "TENANTRY_PUBLIC_URL is not set: links in mails lead to this machine's own address, which nobody else reaches"
        );
    }
}
