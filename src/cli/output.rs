//! What commands print. Whatever cannot be written is never a panic: a reader of standard output who has enough, as `head`
//! has, ends nothing, a full disk behind it is a failure, and a lost line of standard error is lost.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write as _};

use crate::cli::Failure;

/// Prints a line of the result.
pub(crate) fn line(text: impl Display) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    written(writeln!(out, "{text}").and_then(|()| out.flush()))
}

/// How a command ends whose result was written so.
pub(crate) fn written(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::Failed(format!("standard output cannot be written: {error}"))),
    }
}

/// Prints a line beside the result, on standard error.
pub(crate) fn note(text: impl Display) {
    // There is nowhere else to say it.
    let _ = writeln!(io::stderr().lock(), "{text}");
}
