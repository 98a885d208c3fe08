//! Sessions: of whom, in which browser, how long, and on whose behalf.

pub mod impersonation;
pub mod known_browser;
pub mod open;
pub mod session;
pub mod tenant_choice;
pub mod viewer;

pub use impersonation::end_impersonation;
pub use known_browser::{Browser, forget_browsers_of};
pub use open::{OpenSession, count_open, end_one, end_sessions_of, of_user};
pub use session::{CredentialVersion, NewSession};
