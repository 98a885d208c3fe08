//! A disk of its own for a program, small enough to be filled for real.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Build information a program so that a directory is a disk of some megabytes, which begins with what is in the directory:
/// with namespaces of its own for users and mounts (`unshare`).
const SCRIPT: &str = r#"kept=$(mktemp -d) && cp -a "$0/." "$kept" && mount -t tmpfs -o "size=$1" tmpfs "$0" &&
cp -a "$kept/." "$0" && rm -r "$kept" && shift && exec "$@""#;
const UNSHARE: [&str; 6] = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"];

/// A small disk at a directory.
pub struct Disk {
    at: PathBuf,
}

impl Disk {
    /// One whose directory is not mounted yet; `None` where the system lets nobody mount one.
    pub fn at(at: PathBuf) -> Option<Self> {
        let probe = std::env::temp_dir().canonicalize().unwrap();
        let mut mount = Command::new(UNSHARE[0]);
        mount.args(&UNSHARE[1..]).arg("mount -t tmpfs -o size=1m tmpfs \"$0\"").arg(probe);
        let mounted = mount.stderr(Stdio::null()).status().is_ok_and(|status| status.success());
        mounted.then_some(Self { at })
    }

    /// The command that a program is started with to have it, with so many megabytes.
    pub fn prefix(&self, megabytes: u64) -> Vec<String> {
        let (at, size) = (self.at.to_str().unwrap().to_owned(), format!("{megabytes}m"));
        UNSHARE.iter().map(|word| (*word).to_owned()).chain([SCRIPT.to_owned(), at, size]).collect()
    }

    /// Its directory, as seen from outside of the program, which is this process.
    pub fn seen_from_here(&self, process: u32) -> PathBuf {
        PathBuf::from(format!("/proc/{process}/root{}", self.at.display()))
    }

    /// Copies the files of a program, which writes nothing just now, to where its directory is outside of it: SQLite goes
    /// its own way to a file, which does not lead onto the disk from here.
    pub fn carry_back(&self, process: u32) {
        for file in std::fs::read_dir(self.seen_from_here(process)).unwrap() {
            let file = file.unwrap();
            if file.file_type().unwrap().is_file() {
                std::fs::copy(file.path(), self.at.join(file.file_name())).unwrap();
            }
        }
    }
}

/// Fills a disk with a file until nothing goes on it any more; freed when dropped.
pub struct Filler(PathBuf);

impl Filler {
    /// Fills the disk on which `directory` is.
    pub fn on(directory: &Path) -> Self {
        let path = directory.join("filler");
        let mut file = File::create(&path).unwrap();
        let mut piece = vec![0; 1 << 20];
        // To the last byte: what does not go on it as a whole may do so in part.
        while !piece.is_empty() {
            match file.write(&piece) {
                Ok(1..) => {}
                Ok(0) => break,
                Err(error) => {
                    assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
                    piece.truncate(piece.len() / 2);
                }
            }
        }
        Self(path)
    }
}

impl Drop for Filler {
    fn drop(&mut self) {
        // The disk may be gone with its program.
        let _ = std::fs::remove_file(&self.0);
    }
}
