//! Who is there: sessions in the database, the extractors that pages ask for, and passwords.

mod hashing;
mod open_sessions;
mod people;
mod rules;
mod sessions;

pub use hashing::Hasher;
pub use open_sessions::{OpenSession, end_one, end_sessions_of, of_user};
pub use people::{
    Anyone, Branch, CustomerUser, Reader, SignedIn, TenantAdmin, Viewer, is_signed_out, viewer, way_back,
};
pub use rules::check_password;
pub use sessions::{ADMINISTRATOR, CUSTOMER_USER, Sessions, Stand, begin, end};
