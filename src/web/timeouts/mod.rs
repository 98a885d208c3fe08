//! How long clients may take. Heads that dribble, bodies that trickle and readers that do not read are cut off within 15
//! seconds, so that they hold up nobody but themselves. What actix-web has for that, `App::listen` sets: the first head
//! of a connection, and idle ones. Here is what it has not.

pub mod body;
pub mod connection;
pub mod silent;

pub use body::pace;
pub use connection::{ActiveRequest, Connection};
pub use silent::Silent;

use std::time::Duration;

/// How long a client may take to send the head of a request.
pub const HEAD: Duration = Duration::from_secs(10);
/// How long a connection may stay idle.
pub const IDLE: Duration = Duration::from_secs(5);
/// How long the other side may take to close what is closed here.
pub const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
