//! A PostgreSQL of one test's own, whose data are on a disk small enough to be filled.

use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use diesel::{Connection as _, PgConnection};
use tempfile::TempDir;

use super::disk::{Disk, Filler};
use super::postgres::server;
use super::records::Records;

/// Build information it: as somebody who is not root, in a namespace inside of the one that may mount, and no longer than the test.
/// Its log is not on the disk, for it ends when it cannot write that.
const SCRIPT: &str = r#""$0/initdb" --pgdata "$1/disk/data" --waldir "$1/wal" --username tenantry --auth trust \
  --encoding UTF8 --no-locale --no-sync &&
exec setpriv --pdeathsig INT "$0/postgres" -D "$1/disk/data" -h 127.0.0.1 -p "$2" -k "" -c shared_buffers=16MB"#;
const UNSHARE: [&str; 6] = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "sh", "-c"];

/// The server; it ends when dropped.
pub struct SmallPostgres {
    disk: Disk,
    child: Child,
    port: u16,
    directory: TempDir,
}

impl SmallPostgres {
    /// Starts one of the programs of the server that the tests use, on a disk of so many megabytes. `None` where they are
    /// on another machine, or nobody may mount a disk.
    pub fn start(megabytes: u64) -> Option<Self> {
        let shared = server().expect("TENANTRY_TEST_POSTGRES names a server; bin/test starts one");
        let programs =
            Records::at(shared.as_str()).lines("select setting as line from pg_config where name = 'BINDIR'");
        let programs = programs.first().filter(|at| Path::new(at).join("initdb").is_file())?;
        let directory = TempDir::new().unwrap();
        std::fs::create_dir(directory.path().join("disk")).unwrap();
        let disk = Disk::at(directory.path().join("disk"))?;
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = File::create(directory.path().join("log")).unwrap();
        let prefix = disk.prefix(megabytes);
        let mut command = Command::new(&prefix[0]);
        command.args(&prefix[1..]).args(UNSHARE).args([SCRIPT, programs]).arg(directory.path()).arg(port.to_string());
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let mut small = Self { disk, child: command.spawn().unwrap(), port, directory };
        small.wait();
        Some(small)
    }

    /// Until it lets somebody in.
    fn wait(&mut self) {
        let since = Instant::now();
        while PgConnection::establish(&self.url()).is_err() {
            let log = || std::fs::read_to_string(self.directory.path().join("log")).unwrap();
            assert!(self.child.try_wait().unwrap().is_none(), "it ended:\n{}", log());
            assert!(since.elapsed() < Duration::from_secs(60), "it does not start:\n{}", log());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// An empty database of it.
    pub fn url(&self) -> String {
        format!("postgres://tenantry@127.0.0.1:{}/postgres", self.port)
    }

    /// Fills the disk to its last byte.
    pub fn fill(&self) -> Filler {
        Filler::on(&self.disk.seen_from_here(self.child.id()))
    }
}

impl Drop for SmallPostgres {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = Command::new("sh").args(["-c", "kill -INT \"$0\"", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}
