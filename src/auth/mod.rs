//! Who is there: sessions in the database, the extractors that pages ask for, and passwords.

mod browser;
mod changes;
mod choices;
mod hashing;
mod looking;
mod open_sessions;
mod people;
mod rules;
mod sessions;
pub mod throttle;

pub use browser::{Browser, forget as forget_browsers, forget_browsers_of};
pub use choices::{Choice, forget as forget_choices};
pub use hashing::{Hasher, Lane};
pub use looking::{Onlooker, Unseen, end_looking_as, forget as forget_looking, look_as};
pub use open_sessions::{OpenSession, end_one, end_sessions_of, of_user};
pub use people::{
    Anyone, Branch, CustomerUser, Reader, SignedIn, TenantAdmin, Viewer, is_signed_out, sender, viewer, way_back,
};
pub use rules::{check_length, is_too_long};
pub use sessions::{Entrant, Lifetime, Lifetimes, Sessions, Stand, begin, end};
