//! Whose the files are that are made by root: those of a service belong to its user, or it cannot open them afterwards.

use std::fs::File;
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, fchown};
use std::path::Path;

use rustix::fs::OFlags;

/// The directory that a name is in.
pub fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Gives a file or directory to whom the directory belongs that it is in. Does nothing unless root asks, for nobody else
/// may.
pub fn adopt(path: &Path) -> io::Result<()> {
    adopt_as(path, directory_of(path))
}

/// Gives a file or directory of root's to whom another one belongs. One that has another name as well stays as it is: it is
/// not what root made there.
pub fn adopt_as(path: &Path, model: &Path) -> io::Result<()> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = match File::options().read(true).custom_flags(flags.bits() as i32).open(path) {
        Err(why) if why.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => return Ok(()),
        opened => opened?,
    };
    let (model, own) = (std::fs::metadata(model)?, file.metadata()?);
    let made_here = own.uid() == 0 && (own.is_dir() || own.is_file() && own.nlink() == 1);
    if !made_here || (model.uid(), model.gid()) == (own.uid(), own.gid()) {
        return Ok(());
    }
    fchown(&file, Some(model.uid()), Some(model.gid()))
}
