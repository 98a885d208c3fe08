//! `tenantry serve`

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use super::Failure;
use crate::app::App;
use crate::clock::Clock;
use crate::config::ServeSettings;

/// Checks the settings, starts the server, says where it is, and serves until told to stop.
pub fn run(settings: &ServeSettings) -> Result<(), Failure> {
    let filter = EnvFilter::builder().parse(format!("actix_session=warn,actix_server=warn,{}", settings.log)).map_err(
        |why| Failure::Usage(format!("TENANTRY_LOG {:?} is not a log filter, such as info: {why}", settings.log)),
    )?;
    if !["text", "json"].contains(&settings.log_format.as_str()) {
        let format = &settings.log_format;
        return Err(Failure::Usage(format!("TENANTRY_LOG_FORMAT {format:?} is neither text nor json")));
    }
    let config = settings.check().map_err(Failure::Usage)?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    match settings.log_format.as_str() {
        "json" => log.json().flatten_event(true).init(),
        // Colours are for people: in a file or a journal they would be stray characters.
        _ => log.with_ansi(std::io::stderr().is_terminal()).init(),
    }
    actix_web::rt::System::new().block_on(async {
        let to_files = config.smtp_url.is_none().then(|| config.storage.data_dir.join("mail"));
        let server = App::build(config, Clock::system()).await.map_err(Failure::Failed)?;
        println!("Tenantry is ready at {}", server.public_url);
        if server.public_url != format!("http://{}", server.address) {
            println!("Listening on {}", server.address);
        }
        if let Some(address) = server.metrics_address {
            println!("Metrics are at http://{address}/metrics");
        }
        if let Some(link) = &server.setup_link {
            println!("Set up the tenant and its first administrator, once, at:\n  {link}");
        }
        if let Some(dir) = to_files {
            println!("No mail server is set (SMTP_URL): mails are written to {}", dir.display());
        }
        server.run().await.map_err(|why| Failure::Failed(format!("the server failed: {why}")))
    })
}
