//! The Customers page without a database, in a process of its own.

use clap::Parser as _;
use tempfile::TempDir;

use crate::process::Result;

/// What this program is called with to serve it.
pub const ARGUMENT: &str = "serve-the-page-without-a-database";

#[derive(clap::Parser)]
struct Settings {
    #[command(flatten)]
    serve: tenantry::config::ServeSettings,
}

pub fn serve() -> Result<()> {
    let directory = TempDir::new()?;
    let data = directory.path().to_str().ok_or("a path that is no text")?;
    let settings = Settings::parse_from(["bench", "--listen", "127.0.0.1:0", "--data-dir", data]);
    actix_web::rt::System::new().block_on(async {
        let server =
            tenantry::app::AppState::build(settings.serve.check()?, tenantry::base::clock::Clock::system()).await?;
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        println!("http://{}", listener.local_addr()?);
        Ok(tenantry::harness::bench::serve_page(server.app, listener)?.await?)
    })
}
