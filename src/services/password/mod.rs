//! Passwords: what is a good one, and how one is hashed and compared.

pub mod hasher;
pub mod policy;

pub use hasher::{HashQueue, Hasher};
pub use policy::{check_length, is_too_long};
