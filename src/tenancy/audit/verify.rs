//! Checking the chains: reads everything and trusts nothing but the secret key.

use std::fmt;
use std::ops::Range;

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::TenantId;
use crate::base::secrets::Secrets;
use crate::db::Conn;
use crate::db::schema::{audit_entries, audit_heads};
use crate::tenancy::audit::chain::{BEGINNING, Head, Stored, slots};
use crate::tenancy::audit::rows;

/// Entries read at once.
const AT_ONCE: i64 = 500;

/// The first thing that is wrong with a tenant's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    /// An entry is not as it was written.
    Changed { chain: i32, entry: i64, description: String },
    /// An entry is not there, and others are after it.
    Missing { chain: i32, entry: i64 },
    /// The last entries are not there.
    Cut { chain: i32, entry: i64, of: i64 },
    /// There are entries that the server did not write.
    Added { chain: i32, entry: i64 },
    /// The record of where a chain ends is not as it was written, or gone.
    Head { chain: i32 },
    /// Entries are missing in the log of a user or customer, or are in one where they do not belong.
    Concerns,
    /// Rows of a table are kept as the server never keeps them, so that no page finds them.
    Rows { table: &'static str, n: i64 },
    /// There are records of ends of chains that the tenant does not have.
    Heads,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed { chain, entry, description } => {
                write!(f, "entry {entry} of chain {chain} was changed: {description}")
            }
            Self::Missing { chain, entry } => write!(f, "entry {entry} of chain {chain} was removed"),
            Self::Cut { chain, entry, of } => {
                write!(f, "entry {entry} of chain {chain} and all after it, {of} in all, were removed")
            }
            Self::Added { chain, entry } => write!(f, "entry {entry} of chain {chain} was not written by the server"),
            Self::Head { chain } => write!(f, "the record of where chain {chain} ends was changed or removed"),
            Self::Concerns => f.write_str("in whose logs its entries are was changed"),
            Self::Rows { table, n } => {
                write!(f, "{n} rows of {table} were changed: their values have other types than the server writes")
            }
            Self::Heads => f.write_str("the records of where its chains end were changed"),
        }
    }
}

/// Checks all chains of a tenant; answers how many entries they have, or the first thing that is wrong.
pub fn verify(conn: &mut Conn, secrets: &Secrets, tenant: TenantId) -> Result<Result<i64, Broken>, Error> {
    let known = slots(conn.is_postgres());
    verify_chains(conn, secrets, tenant, known)
}

/// `verify` where the tenant has these chains.
pub(crate) fn verify_chains(
    conn: &mut Conn,
    secrets: &Secrets,
    tenant: TenantId,
    known: Range<i32>,
) -> Result<Result<i64, Broken>, Error> {
    if let Some((table, n)) = rows::of_other_types(conn, tenant)? {
        return Ok(Err(Broken::Rows { table, n }));
    }
    let mut n = 0;
    for slot in known.clone() {
        match chain(conn, secrets, tenant, slot)? {
            Ok(length) => n += length,
            Err(broken) => return Ok(Err(broken)),
        }
    }
    let elsewhere =
        entries_of(tenant).filter(audit_entries::slot.lt(known.start).or(audit_entries::slot.ge(known.end)));
    let elsewhere = elsewhere.select((audit_entries::slot, audit_entries::seq)).first::<(i32, i64)>(conn);
    if let Some((chain, entry)) = elsewhere.optional()? {
        return Ok(Err(Broken::Added { chain, entry }));
    }
    if !rows::heads_are_right(conn, tenant, known)? {
        return Ok(Err(Broken::Heads));
    }
    Ok(if rows::concerns_are_right(conn, tenant)? { Ok(n) } else { Err(Broken::Concerns) })
}

type Entries = diesel::dsl::Filter<audit_entries::table, diesel::dsl::Eq<audit_entries::tenant_id, TenantId>>;

fn entries_of(tenant: TenantId) -> Entries {
    audit_entries::table.filter(audit_entries::tenant_id.eq(tenant))
}

fn chain(conn: &mut Conn, secrets: &Secrets, tenant: TenantId, slot: i32) -> Result<Result<i64, Broken>, Error> {
    // In this order, for the server may go on writing: an entry is there no sooner than the head that counts it.
    let there = entries_of(tenant).filter(audit_entries::slot.eq(slot));
    let last: Option<i64> = there.select(diesel::dsl::max(audit_entries::seq)).first(conn)?;
    let head = audit_heads::table.filter(audit_heads::tenant_id.eq(tenant).and(audit_heads::slot.eq(slot)));
    let head: Option<Head> = head.select(Head::as_select()).first(conn).optional()?;
    let mut before = (0, BEGINNING.to_vec());
    'reading: loop {
        let next = after(conn, tenant, slot, before.0)?;
        for entry in &next {
            if let Some(head) = &head
                && entry.seq > head.n
                && last.is_some_and(|last| last < entry.seq)
            {
                break 'reading; // written since
            }
            if entry.seq != before.0 + 1 {
                return Ok(Err(match entry.seq {
                    seq if seq <= before.0 => Broken::Added { chain: slot, entry: seq },
                    _ => Broken::Missing { chain: slot, entry: before.0 + 1 },
                }));
            }
            if entry.hash != entry.code(secrets, &before.1) {
                return Ok(Err(Broken::Changed { chain: slot, entry: entry.seq, description: describe(entry) }));
            }
            before = (entry.seq, entry.hash.clone());
        }
        if next.len() < AT_ONCE as usize {
            break;
        }
    }
    let Some(head) = head.filter(|head| head.is_right(secrets)) else { return Ok(Err(Broken::Head { chain: slot })) };
    Ok(match before.0 {
        n if n < head.n => Err(Broken::Cut { chain: slot, entry: n + 1, of: head.n - n }),
        n if n > head.n => Err(Broken::Added { chain: slot, entry: head.n + 1 }),
        n if before.1 != head.hash => {
            Err(Broken::Changed { chain: slot, entry: n, description: "the last one".into() })
        }
        // Twice the same number, or one below the first.
        n if rows::up_to(conn, tenant, slot, n)? != n => Err(Broken::Added { chain: slot, entry: n }),
        n => Ok(n),
    })
}

/// The next entries of a chain after the one with the number `seq`; none when that was the last.
pub(crate) fn after(conn: &mut Conn, tenant: TenantId, slot: i32, seq: i64) -> Result<Vec<Stored>, Error> {
    let next = entries_of(tenant).filter(audit_entries::slot.eq(slot).and(audit_entries::seq.gt(seq)));
    Ok(next.order(audit_entries::seq).limit(AT_ONCE).select(Stored::as_select()).load(conn)?)
}

/// An entry in a few words.
fn describe(entry: &Stored) -> String {
    let at: Timestamp = entry.at;
    let at = crate::base::time::DisplayZone::utc().format(at, at).exact;
    format!("{at}, {} {} {} {:?} ({})", entry.actor, entry.action, entry.kind, entry.title, entry.id)
}
