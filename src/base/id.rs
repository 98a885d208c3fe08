//! `Id<T>`: the identity of one `T`, a UUIDv7 (RFC 9562), so that id order is the order of creation.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::Mutex;

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::SqlType;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::{ContextV7, Uuid};

use crate::base::clock::Timestamp;

/// The column type of an id: `uuid` on PostgreSQL, a 16-byte `blob` on SQLite.
#[derive(Debug, Clone, Copy, SqlType, diesel::query_builder::QueryId)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951))]
#[diesel(sqlite_type(name = "Binary"))]
pub struct SqlId;

/// The identity of one `T`. Two kinds of thing cannot be mixed up.
#[derive(AsExpression, FromSqlRow)]
#[diesel(sql_type = SqlId)]
pub struct Id<T: 'static>(Uuid, PhantomData<fn() -> T>);

/// What an id can be of. The types say it, and nothing else: whoever names an id need not know what it is of.
macro_rules! ids {
    ($($(#[$doc:meta])* $tag:ident $id:ident),* $(,)?) => {$(
        $(#[$doc])*
        pub enum $tag {}
        $(#[$doc])*
        pub type $id = Id<$tag>;
    )*};
}
ids! {
    /// The identity of a tenant.
    TenantTag TenantId,
    /// The identity of a customer.
    CustomerTag CustomerId,
    /// The identity of a user, be it of a customer or an administrator.
    UserTag UserId,
    /// The identity of a device or an asset.
    ItemTag ItemId,
    /// The identity of a dashboard.
    DashboardTag DashboardId,
    /// The identity of a job.
    JobTag JobId,
    /// The identity of an import.
    ImportTag ImportId,
    /// The identity of a mail that waits or was sent.
    MailTag MailId,
    /// The identity of a link that lets somebody choose a password.
    LinkTag LinkId,
    /// The identity of a user or a customer in whose log an audit entry is.
    RelatedTag RelatedId,
}

impl<T> Id<T> {
    /// A new id, made at `now`.
    pub fn new(now: Timestamp) -> Self {
        static CONTEXT: Mutex<ContextV7> = Mutex::new(ContextV7::new());
        let micros = now.micros().max(0).unsigned_abs();
        let stamp = uuid::Timestamp::from_unix(&CONTEXT, micros / 1_000_000, (micros % 1_000_000) as u32 * 1_000);
        Self(Uuid::new_v7(stamp), PhantomData)
    }

    /// The id with these bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes), PhantomData)
    }

    /// The least id that can be made at `at` or after it, to the millisecond: ids are in the order of their time.
    pub fn first_at(at: Timestamp) -> Self {
        let millis = at.micros().max(0).unsigned_abs() / 1_000;
        let mut bytes = [0; 16];
        bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
        Self::from_bytes(bytes)
    }

    /// The same identity, as that of another kind of thing: for what tells of things of every kind.
    pub fn cast<U>(self) -> Id<U> {
        Id(self.0, PhantomData)
    }

    /// Its 32 hexadecimal digits.
    pub fn simple(&self) -> String {
        self.0.simple().to_string()
    }

    /// Its 16 bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}
impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}
impl<T> FromStr for Id<T> {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        Ok(Self(Uuid::try_parse(text)?, PhantomData))
    }
}
impl<T> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de, T> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
