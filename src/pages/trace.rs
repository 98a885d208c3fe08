//! When something was done and by whom, as a page says it to its reader.

use crate::base::clock::Timestamp;
use crate::base::id::UserId;
use crate::base::time::FormattedTime;
use crate::model::users::Names;
use crate::web::PageContext;

/// When something was done and by whom.
pub struct Trace {
    pub at: FormattedTime,
    pub by: String,
}

impl Trace {
    /// What the reader of a page is told of something that was done.
    pub fn new(context: &PageContext, names: &Names, at: Timestamp, by: Option<UserId>) -> Self {
        Self { at: context.time(at), by: name_for_reader(context, names, by) }
    }
}

/// Who did something; `you` for the reader of the page.
pub fn name_for_reader(context: &PageContext, names: &Names, by: Option<UserId>) -> String {
    names.of(by, context.viewer.as_deref().map(|viewer| viewer.user))
}
