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

/// Tries to start a driver, or a browser, before a test fails: on a busy machine either may give up while it starts, and
/// the port that a driver picks may be taken before it listens.
const STARTS: u32 = 4;

impl Driver {
    /// Starts both, and connects.
    pub(super) async fn start(setup: Setup) -> (Self, Client) {
        let mut troubles = Vec::new();
        for _ in 0..STARTS {
            let mut driver = match Self::launch() {
                Ok(driver) => driver,
                Err(trouble) => {
                    troubles.push(trouble);
                    continue;
                }
            };
            let connected = ClientBuilder::new(HttpConnector::new())
                .capabilities(driver.capabilities(setup))
                .connect(&format!("http://127.0.0.1:{}", driver.port))
                .await;
            match connected {
                Ok(client) => {
                    driver.browser = client.capabilities().and_then(|known| known.get("goog:processID")?.as_u64());
                    return (driver, client);
                }
                Err(error) => troubles.push(format!("Chromium does not start: {error}")),
            }
        }
        panic!("no browser: {troubles:#?}");
    }

    /// Starts the driver alone, and waits until it listens.
    fn launch() -> Result<Self, String> {
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
        let driver = Self { process, port: *port.as_ref().unwrap_or(&0), browser: None, _output: output, directory };
        port.map(|_| driver)
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

/// The port in the driver's `… was started successfully on port 12345.`, or all that it said instead.
fn announced_port(output: &mut BufReader<ChildStdout>) -> Result<u16, String> {
    let mut said = String::new();
    for line in output.by_ref().lines().map_while(Result::ok) {
        let port = line.split_once("successfully on port ").map(|(_, port)| port.trim_end_matches('.').parse());
        if let Some(Ok(port)) = port {
            return Ok(port);
        }
        said.push_str(&line);
        said.push('\n');
    }
    Err(format!("chromedriver does not say on which port it listens: {said}"))
}
