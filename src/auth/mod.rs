//! Who is there: sessions in the database, the extractors that pages ask for, and passwords.

mod changes;
mod choices;
mod extractors;
mod hashing;
mod impersonation;
mod known_browser;
mod open_sessions;
mod password_policy;
pub mod rate_limit;
mod sessions;

pub use choices::{Choice, forget as forget_choices};
pub use extractors::{
    Anyone, Branch, CustomerUser, Reader, SignedIn, TenantAdmin, Viewer, is_signed_out, sender, viewer, way_back,
};
pub use hashing::{HashQueue, Hasher};
pub use impersonation::{
    CannotImpersonate, Impersonator, end_impersonation, forget as forget_looking, start_impersonation,
};
pub use known_browser::{Browser, forget as forget_browsers, forget_browsers_of};
pub use open_sessions::{OpenSession, end_one, end_sessions_of, of_user};
pub use password_policy::{check_length, is_too_long};
pub use sessions::{CredentialVersion, Lifetime, Lifetimes, NewSession, Sessions, begin, end};
