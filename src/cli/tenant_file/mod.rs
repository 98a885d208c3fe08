//! One tenant in a file of its own, to move it into another installation, of whichever database and under whichever secret
//! key. The file is a container as a backup is, sealed as one, whose rows both databases read. Knows hardly a table: which
//! there are, the database tells (see `tables`).

pub mod command;
pub mod delete;
pub mod export;
pub mod head;
pub mod import;
pub mod tables;

/// How such a file names its kind, where a backup names its database.
pub(crate) const KIND: &str = "tenant";

/// Tables whose rows stay behind: they sign somebody in where they are now, answer a form that was sent there, or are gone
/// within minutes.
pub(crate) const LEFT_BEHIND: [&str; 4] = ["form_posts", "impersonations", "sessions", "sign_in_choices"];

/// Tables whose rows stay behind as well when a file is to hold nothing that somebody could sign in with or guess by.
pub(crate) const SECRET_TABLES: [&str; 3] = ["known_browsers", "link_secrets", "links"];

/// Columns that are empty then.
pub(crate) const SECRET_COLUMNS: [(&str, &str); 2] = [("mails", "sealed"), ("users", "password_hash")];

/// Columns that are not read from such a file: who has no password was never activated, and without links nobody is invited.
pub(crate) const WITHOUT_PASSWORDS: [(&str, &str); 2] = [("users", "activated_at"), ("users", "invited_until")];

/// Columns that say which process works on something: where the tenant goes, none does yet.
pub(crate) const OF_A_PROCESS: [(&str, &str); 3] =
    [("jobs", "lease_until"), ("jobs", "runner"), ("mails", "lease_until")];
