//! Checking the chains: reads everything and trusts nothing but the secret key.

use std::fmt;

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::chain::{BEGINNING, Head, Stored, slots};
use crate::clock::Timestamp;
use crate::db::{Conn, Statement};
use crate::error::Error;
use crate::id::Id;
use crate::schema::{audit_entries, audit_heads};
use crate::secrets::Secrets;
use crate::tenant::Tenant;

/// Entries read at once.
const AT_ONCE: i64 = 500;

/// The first thing that is wrong with a tenant's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    /// An entry is not as it was written.
    Changed { chain: i32, entry: i64, told: String },
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
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed { chain, entry, told } => write!(f, "entry {entry} of chain {chain} was changed: {told}"),
            Self::Missing { chain, entry } => write!(f, "entry {entry} of chain {chain} was removed"),
            Self::Cut { chain, entry, of } => {
                write!(f, "entry {entry} of chain {chain} and all after it, {of} in all, were removed")
            }
            Self::Added { chain, entry } => write!(f, "entry {entry} of chain {chain} was not written by the server"),
            Self::Head { chain } => write!(f, "the record of where chain {chain} ends was changed or removed"),
            Self::Concerns => f.write_str("in whose logs its entries are was changed"),
        }
    }
}

/// Checks all chains of a tenant; answers how many entries they have, or the first thing that is wrong.
///
/// # Errors
/// The database's own.
pub fn verify(conn: &mut Conn, secrets: &Secrets, tenant: Id<Tenant>) -> Result<Result<i64, Broken>, Error> {
    let mut n = 0;
    for slot in slots(conn) {
        match chain(conn, secrets, tenant, slot)? {
            Ok(length) => n += length,
            Err(broken) => return Ok(Err(broken)),
        }
    }
    let known = slots(conn);
    let elsewhere = of(tenant).filter(audit_entries::slot.lt(known.start).or(audit_entries::slot.ge(known.end)));
    let elsewhere = elsewhere.select((audit_entries::slot, audit_entries::seq)).first::<(i32, i64)>(conn);
    if let Some((chain, entry)) = elsewhere.optional()? {
        return Ok(Err(Broken::Added { chain, entry }));
    }
    Ok(if concerns_are_right(conn, tenant)? { Ok(n) } else { Err(Broken::Concerns) })
}

type Of = diesel::dsl::Filter<audit_entries::table, diesel::dsl::Eq<audit_entries::tenant_id, Id<Tenant>>>;

fn of(tenant: Id<Tenant>) -> Of {
    audit_entries::table.filter(audit_entries::tenant_id.eq(tenant))
}

fn chain(conn: &mut Conn, secrets: &Secrets, tenant: Id<Tenant>, slot: i32) -> Result<Result<i64, Broken>, Error> {
    // In this order, for the server may go on writing: an entry is there no sooner than the head that counts it.
    let there = of(tenant).filter(audit_entries::slot.eq(slot));
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
                return Ok(Err(Broken::Changed { chain: slot, entry: entry.seq, told: told(entry) }));
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
        n if before.1 != head.hash => Err(Broken::Changed { chain: slot, entry: n, told: "the last one".into() }),
        n => Ok(n),
    })
}

/// The next entries of a chain after the one with the number `seq`; none when that was the last.
pub(super) fn after(conn: &mut Conn, tenant: Id<Tenant>, slot: i32, seq: i64) -> Result<Vec<Stored>, Error> {
    let next = of(tenant).filter(audit_entries::slot.eq(slot).and(audit_entries::seq.gt(seq)));
    Ok(next.order(audit_entries::seq).limit(AT_ONCE).select(Stored::as_select()).load(conn)?)
}

/// An entry in a few words.
fn told(entry: &Stored) -> String {
    let at: Timestamp = entry.at;
    let at = crate::web::Zone::utc().moment(at, at).exact;
    format!("{at}, {} {} {} {:?} ({})", entry.actor, entry.action, entry.kind, entry.title, entry.id)
}

#[derive(QueryableByName)]
struct Compared {
    #[diesel(sql_type = BigInt)]
    alien: i64,
    #[diesel(sql_type = BigInt)]
    rows: i64,
    #[diesel(sql_type = BigInt)]
    named: i64,
}

/// Whether each entry is in the logs that it names and in no other. One statement, for the server may go on writing.
fn concerns_are_right(conn: &mut Conn, tenant: Id<Tenant>) -> Result<bool, Error> {
    let named_by = match conn {
        Conn::Sqlite(_) => "instr(e.concerns, lower(hex(c.of_id))) > 0",
        Conn::Pg(_) => "position(replace(c.of_id::text, '-', '') in e.concerns) > 0",
    };
    let compared: Vec<Compared> = Statement::new("select (select count(*) from audit_concerns c where c.tenant_id = ?")
        .id(tenant)
        .sql(
            " and not exists (select 1 from audit_entries e where e.tenant_id = c.tenant_id and e.id = c.entry_id and ",
        )
        .sql(named_by)
        .sql(")) as alien, (select count(*) from audit_concerns where tenant_id = ?) as rows,")
        .id(tenant)
        .sql(" (select cast(coalesce(sum((length(concerns) + 1) / 33), 0) as bigint) from audit_entries")
        .sql(" where tenant_id = ?) as named")
        .id(tenant)
        .load(conn)?;
    Ok(compared.iter().all(|compared| compared.alien == 0 && compared.rows == compared.named))
}
