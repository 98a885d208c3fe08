//! What addresses name.

use crate::base::error::Error;
use crate::base::id::Id;

/// An id in a path; what is none is nobody's.
///
/// # Errors
/// `NotFound`.
pub fn parse_id<T>(text: &str) -> Result<Id<T>, Error> {
    text.parse().map_err(|_| Error::NotFound)
}
