//! The processes behind one browser: a chromedriver on a free port, and the Chromium that it starts.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::Setup;

/// Ends its processes when dropped.
pub(super) struct Driver {
    process: Child,
    port: u16,
    browser: Option<u64>,
    // The driver writes to it as long as it lives.
    _output: BufReader<ChildStdout>,
    // Last: gone after the processes that use it.
    directory: TempDir,
}

impl Driver {
    /// Starts both, and connects.
    pub(super) async fn start(setup: Setup) -> (Self, Client) {
        let program = std::env::var("CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".to_owned());
        let directory = TempDir::new().unwrap();
        let mut process = Command::new(&program)
            .arg("--port=0")
            .env("TMPDIR", directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {program}: {error}; bin/test says what is missing"));
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let port = announced_port(&mut output);
        let mut driver = Self { process, port, browser: None, _output: output, directory };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(driver.capabilities(setup))
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap_or_else(|error| panic!("Chromium does not start: {error}"));
        driver.browser = client.capabilities().and_then(|known| known.get("goog:processID")?.as_u64());
        (driver, client)
    }

    fn capabilities(&self, setup: Setup) -> Map<String, Value> {
        let args = json!([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            "--hide-scrollbars",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
            format!("--blink-settings=preferredColorScheme={}", if setup.dark { 0 } else { 1 }),
            format!("--user-data-dir={}", self.directory.path().join("profile").display()),
        ]);
        let javascript = if setup.scripts { 1 } else { 2 };
        let mut options = json!({
            "args": args,
            "prefs": { "profile.managed_default_content_settings.javascript": javascript },
        });
        if let Ok(chromium) = std::env::var("CHROMIUM") {
            options["binary"] = chromium.into();
        }
        Map::from_iter([
            ("goog:chromeOptions".to_owned(), options),
            ("goog:loggingPrefs".to_owned(), json!({ "browser": "ALL" })),
        ])
    }

    /// Asks the driver to end the browser and itself; ended by a signal, it would leave the browser behind.
    fn shut_down(&mut self) -> std::io::Result<()> {
        let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        connection.set_read_timeout(Some(Duration::from_secs(5)))?;
        connection.write_all(b"GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
        connection.read_to_end(&mut Vec::new())?;
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(5) {
            if self.process.try_wait()?.is_some() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Err(std::io::ErrorKind::TimedOut.into())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if self.shut_down().is_err() {
            if let Some(browser) = self.browser {
                let _ = Command::new("kill").args(["-KILL", &browser.to_string()]).status();
            }
            let _ = self.process.kill();
            let _ = self.process.wait();
        }
    }
}

/// The port in the driver's `… was started successfully on port 12345.`
fn announced_port(output: &mut BufReader<ChildStdout>) -> u16 {
    let lines = output.by_ref().lines().map_while(Result::ok);
    let port =
        lines.filter_map(|line| line.split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok()).next();
    port.expect("chromedriver says on which port it listens")
}
