//! The program itself, started as an operator starts it: what it prints, what it logs, and how it ends.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use super::actor::Actor;
use super::app::PASSWORD;

/// How long a test waits for what the program must print.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a program that ended has left.
#[derive(Debug)]
pub struct Ended {
    /// 0 for success; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub out: String,
    /// Its standard error.
    pub err: String,
}

/// No settings.
pub const UNSET: &[(&str, &str)] = &[];

/// The program: of the build that the tests are of, or the one that `TENANTRY_TEST_PROGRAM` names.
fn program() -> OsString {
    std::env::var_os("TENANTRY_TEST_PROGRAM").unwrap_or_else(|| env!("CARGO_BIN_EXE_tenantry").into())
}

/// The program with these arguments and these settings in its environment, and no others.
pub fn command(arguments: &[&str], settings: &[(&str, impl AsRef<OsStr>)]) -> Command {
    command_within(&[], arguments, settings)
}

/// The same, started by another program that takes its command as arguments.
fn command_within(prefix: &[String], arguments: &[&str], settings: &[(&str, impl AsRef<OsStr>)]) -> Command {
    // A file that may not grow is to be an error, not the end.
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"]).args(prefix).arg(program());
    command.env_clear();
    // Loaders of libraries and temporary files.
    for kept in ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH"] {
        if let Some(value) = std::env::var_os(kept) {
            command.env(kept, value);
        }
    }
    command.args(arguments).envs(settings.iter().map(|(name, value)| (name, value))).stdin(Stdio::null());
    command
}

/// Runs the program until it ends.
pub fn run(arguments: &[&str], settings: &[(&str, impl AsRef<OsStr>)]) -> Ended {
    let ended = command(arguments, settings).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { code: ended.status.code(), out: text(ended.stdout), err: text(ended.stderr) }
}

/// Adds a tenant to a database, which is made when it is not there.
pub fn add_tenant(title: &str, email: &str, settings: &[(&str, impl AsRef<OsStr>)]) -> Ended {
    assert_eq!(run(&["migrate"], settings).code, Some(0));
    run(&["tenant", "add", title, "--email", email], settings)
}

/// A program that serves; it is killed when dropped.
pub struct Serving {
    child: Child,
    /// Where it answers, as it has printed, without a slash at its end.
    pub base: String,
    printed: Vec<String>,
    lines: Receiver<String>,
    log: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<()>>,
}

/// Starts the program on a free port and waits until it says where it is.
pub fn serve(arguments: &[&str], settings: &[(&str, impl AsRef<OsStr>)]) -> Serving {
    serve_at("127.0.0.1:0", arguments, settings)
}

/// Starts the program at an address and waits until it says where it is.
pub fn serve_at(address: &str, arguments: &[&str], settings: &[(&str, impl AsRef<OsStr>)]) -> Serving {
    serve_within(&[], address, arguments, settings)
}

/// Adds the tenant Acme, starts the program, and signs Ann in, who is Acme's administrator.
pub async fn serve_acme(settings: &[(&str, impl AsRef<OsStr>)]) -> (Serving, Actor) {
    serve_acme_within(&[], settings).await
}

/// The same, started by another program that takes its command as arguments.
pub async fn serve_acme_within(prefix: &[String], settings: &[(&str, impl AsRef<OsStr>)]) -> (Serving, Actor) {
    let added = add_tenant("Acme", "ann@acme.example", settings);
    let serving = serve_within(prefix, "127.0.0.1:0", &[], settings);
    let ann = Actor::new(&serving.base);
    ann.submit(added.out.trim(), &[("password", PASSWORD)]).await.see_path("/customers");
    (serving, ann)
}

fn serve_within(
    prefix: &[String],
    address: &str,
    arguments: &[&str],
    settings: &[(&str, impl AsRef<OsStr>)],
) -> Serving {
    let mut settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_ref())).collect();
    settings.push(("TENANTRY_LISTEN", OsStr::new(address)));
    let mut child =
        command_within(prefix, arguments, &settings).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let (sender, lines) = channel();
    let log = Arc::new(Mutex::new(String::new()));
    let logged = Arc::clone(&log);
    let printing = std::thread::spawn(move || {
        for line in BufReader::new(out).lines() {
            // Whoever listened may be gone.
            let _ = sender.send(line.unwrap());
        }
    });
    let logging = std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(read @ 1..) = err.read(&mut bytes) {
            logged.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
    });
    let readers = vec![printing, logging];
    let mut serving = Serving { child, base: String::new(), printed: Vec::new(), lines, log, readers };
    let ready = serving.line("Tenantry is ready at ");
    // With a public URL, the address is on a line of its own.
    serving.base = if settings.iter().any(|(name, _)| *name == "TENANTRY_PUBLIC_URL") {
        format!("http://{}", serving.line("Listening on "))
    } else {
        ready
    };
    serving
}

impl Serving {
    /// Waits for a line of standard output that begins so, and gives the rest of it.
    pub fn line(&mut self, start: &str) -> String {
        let find = |lines: &[String]| lines.iter().find_map(|line| line.strip_prefix(start).map(str::to_owned));
        loop {
            if let Some(rest) = find(&self.printed) {
                return rest;
            }
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => self.printed.push(line),
                Err(_) => panic!("no line {start:?} among {:?}; it logged:\n{}", self.printed, self.log()),
            }
        }
    }

    /// Where the tenant is set up.
    pub fn setup_link(&mut self) -> String {
        self.line("  http").split_once("://").map(|(_, rest)| format!("http://{rest}")).unwrap()
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Its resident memory in MB.
    pub fn resident(&self) -> u64 {
        self.memory("VmRSS:")
    }

    /// The most memory that it has held since `forget_peak`, in megabytes.
    pub fn peak(&self) -> u64 {
        self.memory("VmHWM:")
    }

    /// From now on, `peak` is of what comes.
    pub fn forget_peak(&self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5").unwrap();
    }

    fn memory(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let kilobytes = status.lines().find_map(|line| line.strip_prefix(name)?.trim().strip_suffix(" kB"));
        kilobytes.unwrap().trim().parse::<u64>().unwrap() / 1024
    }

    /// From now on, its files may grow to so many bytes, or as large as they like (`unlimited`).
    pub fn limit_files(&self, bytes: &str) {
        let (pid, limit) = (self.child.id().to_string(), format!("--fsize={bytes}:unlimited"));
        assert!(Command::new("prlimit").args(["--pid", &pid, &limit]).status().unwrap().success());
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end, as a service manager does.
    pub fn terminate(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("sh").args(["-c", "kill -TERM \"$0\"", &id]).status().unwrap().success());
    }

    /// Waits until it has ended.
    pub fn end(mut self) -> Ended {
        let code = self.child.wait().unwrap().code();
        for reader in self.readers.drain(..) {
            reader.join().unwrap();
        }
        self.printed.extend(self.lines.try_iter());
        Ended { code, out: self.printed.join("\n"), err: self.log() }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
