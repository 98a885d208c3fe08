//! The proxies of `deploy/` in front of the application: nobody can use them against the site. Where one is not installed,
//! its test is left out.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::Method;
use tempfile::TempDir;

use crate::support::actor::Actor;
use crate::support::app::App;
use crate::support::promise::keep;

/// A proxy; it is killed when dropped.
struct Proxy {
    child: Child,
    base: String,
    _dir: TempDir,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn is_installed(program: &str) -> bool {
    let asked = Command::new(program).arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}

fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

fn shipped(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(file)).unwrap()
}

/// nginx as `deploy/nginx.conf` has it, but without certificate, and on one port of this machine alone.
fn nginx(dir: &TempDir, address: &str, app: &str) -> Command {
    let path = |name: &str| dir.path().join(name).display().to_string();
    let mut site = String::new();
    for line in shipped("nginx.conf").lines() {
        match line.trim_start() {
            line if line.starts_with("listen [::]") || line.starts_with("ssl_") => {}
            line if line.starts_with("listen 443") => site += &format!("listen {address};\n"),
            line if line.starts_with("listen 80") => site += &format!("listen {};\n", free_address()),
            line => site += &format!("{line}\n"),
        }
    }
    let site = site.replace("127.0.0.1:8080", app).replace("/var/log/nginx/tenantry.log", &path("access.log"));
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary = temporary.map(|name| format!("{name}_temp_path {};\n", path(name))).concat();
    let config = format!(
        "daemon off;\nmaster_process off;\npid {};\nerror_log {};\nevents {{}}\nhttp {{\n{temporary}{site}}}\n",
        path("pid"),
        path("error.log"),
    );
    std::fs::write(dir.path().join("nginx.conf"), config).unwrap();
    let mut command = Command::new("nginx");
    command.arg("-c").arg(dir.path().join("nginx.conf")).arg("-p").arg(dir.path()).stderr(Stdio::null());
    command
}

/// HAProxy as `deploy/haproxy.cfg` has it, but without certificate, and on one port of this machine alone.
fn haproxy(dir: &TempDir, address: &str, app: &str) -> Command {
    let mut config = String::new();
    for line in shipped("haproxy.cfg").lines() {
        match line.trim_start() {
            line if line.starts_with("bind ") && line.contains(":443") => config += &format!("    bind {address}\n"),
            line if [
                "bind ",
                "chroot",
                "user ",
                "group ",
                "log ",
                "http-request redirect",
                "server two",
                "server three",
            ]
            .iter()
            .any(|word| line.starts_with(word)) => {}
            _ => config += &format!("{line}\n"),
        }
    }
    let config = config.replace("127.0.0.1:8081", app).replace("maxconn 10000", "maxconn 200");
    std::fs::write(dir.path().join("haproxy.cfg"), config).unwrap();
    let mut command = Command::new("haproxy");
    command.arg("-f").arg(dir.path().join("haproxy.cfg")).stderr(Stdio::null());
    command
}

/// A proxy of which somebody gets the page that signs in.
async fn started(app: &App, configured: fn(&TempDir, &str, &str) -> Command) -> Proxy {
    let (dir, address) = (TempDir::new().unwrap(), free_address());
    let mut command = configured(&dir, &address, app.base.trim_start_matches("http://"));
    let child = command.stdout(Stdio::null()).spawn().unwrap();
    let proxy = Proxy { child, base: format!("http://{address}"), _dir: dir };
    let since = Instant::now();
    let somebody = Actor::new(&proxy.base);
    while !somebody.attempt(Method::GET, "/sign-in", None).await.is_ok_and(|page| page.status == 200) {
        assert!(since.elapsed() < Duration::from_secs(20), "the proxy does not answer");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    proxy
}

/// Asks for what has taken sites down, and each time whether somebody else still gets a page.
async fn attack(proxy: &Proxy) -> (usize, Vec<String>) {
    let (mallory, ann) = (Actor::new(&proxy.base), Actor::new(&proxy.base));
    let (mut asked, mut broken) = (0, Vec::new());
    let mut long: Vec<String> = [3_600, 6_000, 7_500, 10_500].map(|n| format!("/customers?q={}", "x".repeat(n))).into();
    long.push(format!("/customers?q={}", "%D0%B6".repeat(1_200)));
    long.push(format!("/devices/{}?{}", "x".repeat(3_000), "&a=".repeat(1_000)));
    for address in long.iter().flat_map(|address| std::iter::repeat_n(address, 4)) {
        let answer = mallory.attempt(Method::GET, address, None).await;
        let name = &address[..address.len().min(40)];
        if answer.is_ok_and(|page| page.status >= 500) {
            broken.push(format!("{name}… of {} bytes", address.len()));
        }
        asked += 1;
    }
    // What a stranger sends that is too large, for a form and for an import.
    for (address, size) in [("/sign-in", 1_000_000), ("/customers", 1_000_000), ("/imports", 6_000_000)] {
        for _ in 0..4 {
            let form = [("file".to_owned(), "x".repeat(size))];
            // Whoever is refused may find the connection closed while still sending.
            if mallory.attempt(Method::POST, address, Some(&form)).await.is_ok_and(|page| page.status >= 500) {
                broken.push(format!("{size} bytes to {address}"));
            }
            asked += 1;
            if !ann.attempt(Method::GET, "/sign-in", None).await.is_ok_and(|page| page.status == 200) {
                broken.push(format!("a page after {size} bytes to {address}"));
            }
        }
    }
    (asked, broken)
}

#[actix_web::test]
async fn nobody_takes_the_site_down_behind_the_proxies_of_deploy() {
    let app = App::spawn().await;
    let (mut asked, mut broken, mut proxies) = (0, Vec::new(), Vec::new());
    if is_installed("nginx") {
        let (n, lost) = attack(&started(&app, nginx).await).await;
        (asked, broken) = (asked + n, [broken, lost].concat());
        proxies.push("nginx");
    }
    if is_installed("haproxy") {
        let (n, lost) = attack(&started(&app, haproxy).await).await;
        (asked, broken) = (asked + n, [broken, lost].concat());
        proxies.push("HAProxy");
    }
    let seen = format!("{asked} requests through {}, {} answers lost: {broken:?}", proxies.join(" and "), broken.len());
    keep("Nobody takes the site down behind the proxies of deploy/", &seen, "0 answers lost", broken.is_empty());
}
