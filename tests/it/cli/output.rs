//! Standard output and standard error that cannot be written: no command panics, and no page fails.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::process::Stdio;

use reqwest::Method;

use crate::support::actor::Actor;
use crate::support::machine::Machine;
use crate::support::process::{add_tenant, command, run};
use crate::support::promise::keep;

/// Where what is written goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sink {
    Kept,
    Full,
    Closed,
}

impl Sink {
    fn stdio(self) -> Stdio {
        match self {
            Self::Kept => Stdio::piped(),
            Self::Full => File::options().write(true).open("/dev/full").unwrap().into(),
            Self::Closed => {
                let (reader, writer) = std::io::pipe().unwrap();
                drop(reader);
                OwnedFd::from(writer).into()
            }
        }
    }
}

const WAYS: [(Sink, Sink); 5] = [
    (Sink::Full, Sink::Kept),
    (Sink::Closed, Sink::Kept),
    (Sink::Kept, Sink::Full),
    (Sink::Full, Sink::Full),
    (Sink::Closed, Sink::Closed),
];

#[test]
fn every_command_ends_as_it_should_when_nothing_can_be_written() {
    let machine = Machine::new();
    let there = machine.with(&[]);
    assert_eq!(add_tenant("Acme", "ann@acme.example", &there).code, Some(0));
    let file = |name: &str| machine.dir.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(file("customers.csv"), "Title\nBeta\n\"\"\n").unwrap();
    let backup = file("whole.tenantry");
    assert_eq!(run(&["backup", &backup], &there).code, Some(0));
    let (mut tried, mut wrong) = (0, Vec::new());
    for (at, (out, err)) in WAYS.into_iter().enumerate() {
        let (made, rows) = (file(&format!("b{at}.tenantry")), file("customers.csv"));
        let moved = file(&format!("b{at}.tenant"));
        let commands: Vec<Vec<&str>> = vec![
            vec!["--help"],
            vec!["--version"],
            vec!["nonsense"],
            vec!["serve", "--listen", "nonsense"],
            vec!["tenant", "list"],
            vec!["tenant", "add", "Acme", "--email", "ann@acme.example"],
            vec!["tenant", "admin", "Acme", "--email", "bob@acme.example"],
            vec!["tenant", "export", "Acme", &moved],
            vec!["tenant", "import", &moved],
            vec!["tenant", "delete", "Nobody", &moved],
            vec!["import", "customers", &rows, "--tenant", "Acme", "--dry-run"],
            vec!["import", "customers", &rows, "--tenant", "Acme"],
            vec!["export", "customers", "--tenant", "Acme"],
            vec!["export", "users", "--tenant", "Nobody"],
            vec!["audit", "verify"],
            vec!["backup", &made],
            vec!["restore", &backup],
            vec!["demo"],
            vec!["migrate"],
            vec!["doctor"],
            vec!["rekey", "--key-lost"],
        ];
        for arguments in commands {
            let mut command = command(&arguments, &there);
            let mut child = command.stdout(out.stdio()).stderr(err.stdio()).spawn().unwrap();
            // What is kept is short enough for the pipe.
            let code = child.wait().unwrap().code();
            tried += 1;
            if !matches!(code, Some(0..=2)) {
                wrong.push(format!("{arguments:?} with {out:?} and {err:?}: {code:?}"));
            }
            let listed = arguments == ["tenant", "list"];
            if listed && code != Some(i32::from(out == Sink::Full)) {
                wrong.push(format!("{arguments:?} with {out:?}: {code:?}"));
            }
        }
    }
    let seen = format!("{tried} commands on a full disk and closed pipes, {} ended otherwise: {wrong:?}", wrong.len());
    keep("A full disk or closed pipe behind the output", &seen, "exit 0, 1 or 2", wrong.is_empty());
}

#[actix_web::test]
async fn pages_are_answered_when_the_log_cannot_be_written() {
    let (mut answered, mut failed) = (0, Vec::new());
    for (out, err) in WAYS {
        for format in ["text", "json"] {
            let machine = Machine::new();
            let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
            let settings = machine.with(&[("TENANTRY_LISTEN", &address), ("TENANTRY_LOG_FORMAT", format)]);
            let mut child = command(&[], &settings).stdout(out.stdio()).stderr(err.stdio()).spawn().unwrap();
            let somebody = Actor::new(&format!("http://{address}"));
            let since = std::time::Instant::now();
            while !somebody.attempt(Method::GET, "/readyz", None).await.is_ok_and(|page| page.status == 200) {
                assert!(since.elapsed().as_secs() < 60, "it does not start: {out:?} {err:?}");
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            for path in ["/sign-in", "/nowhere", "/customers", "/sign-in?next=/home"] {
                match somebody.attempt(Method::GET, path, None).await {
                    Ok(page) if page.status < 500 => answered += 1,
                    other => {
                        failed.push(format!("{path} with {out:?} and {err:?}: {:?}", other.map(|page| page.status)))
                    }
                }
            }
            assert!(child.try_wait().unwrap().is_none(), "the server has ended");
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
    let seen = format!(
        "{answered} pages answered with a log on a full disk or a closed pipe, {} not: {failed:?}",
        failed.len()
    );
    keep("A full disk or closed pipe behind the log", &seen, "every page answered", failed.is_empty());
}
