//! Mail: letters, the outbox they wait in, and their delivery. Knows no resource.

pub mod delivery;
pub mod files;
pub mod header;
pub mod letter;
pub mod link_secrets;
pub mod outbox;
pub mod undelivered;

pub use delivery::{MailSettings, deliver, problem};
pub use letter::{Button, Draft, LINK_SECRET, Letter, letter};
pub use link_secrets::LinkSecrets;
pub use outbox::{Fate, Mail, fail_all, fates, forget, queue, queue_as, redirect, rekey, take_out_secrets};
pub use undelivered::{Undelivered, undelivered};
