//! The chains: each entry carries a code, made with the server's secret key, of the entry before it and of all that is in
//! it; the head of a chain says how long it is and where it ends, under a code of its own. So it shows when an entry was
//! changed, removed, put in or moved, at the end as well.
//!
//! On PostgreSQL the entries of a tenant are spread over chains, so that many can write at once; SQLite's single writer
//! needs one. Heads are locked last in a transaction, and one that is free is looked for first, so that nobody waits for
//! one who waits.
//!
//! What chains do not protect from: whoever has the secret key can make a chain anew; and whoever can write to the
//! database may put back a whole earlier state of a chain, its head included, as it once was. Copies of the log or of
//! the numbers that `tenantry audit verify` prints, kept elsewhere, show that as well.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::{Id, RelatedId, TenantId, UserId};
use crate::base::secrets::{Secrets, random};
use crate::base::text;
use crate::db::schema::{audit_concerns, audit_entries, audit_heads};
use crate::db::{Conn, RawQuery};
use crate::on_both;
use crate::tenancy::audit::entry::Pending;
use crate::tenancy::installation;

/// Chains of a tenant on PostgreSQL.
const SLOTS: i32 = 16;
/// How many heads are tried before one is waited for.
const TRIES: usize = 4;
/// Rows in one statement: each has 20 values, and SQLite takes 32,766.
const ROWS: usize = 500;
/// What a chain begins from.
pub(crate) const BEGINNING: [u8; 32] = [0; 32];

/// An entry as stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_entries, treat_none_as_default_value = false)]
pub(crate) struct Stored {
    pub tenant_id: TenantId,
    pub id: Id<Stored>,
    pub slot: i32,
    pub seq: i64,
    pub at: Timestamp,
    pub actor_id: Option<UserId>,
    pub actor: String,
    pub actor_key: String,
    pub address: String,
    pub agent: String,
    pub action: String,
    pub kind: String,
    pub subject_id: Option<Id<()>>,
    pub title: String,
    pub title_key: String,
    pub n: i64,
    pub changes: String,
    pub concerns: String,
    pub hash: Vec<u8>,
    pub items: String,
}

impl Stored {
    fn new(pending: Pending, slot: i32, seq: i64) -> Result<Self, Error> {
        let concerns: Vec<String> = pending.concerns.iter().map(Id::simple).collect();
        Ok(Self {
            tenant_id: pending.tenant,
            id: Id::new(pending.at),
            slot,
            seq,
            at: pending.at,
            actor_id: pending.origin.user(),
            actor: pending.actor().to_owned(),
            actor_key: pending.actor_key(),
            address: pending.origin.address.clone(),
            agent: pending.origin.agent.clone(),
            action: pending.action.name().into(),
            kind: pending.kind.name().into(),
            subject_id: pending.id,
            title_key: text::folded(&pending.title),
            title: pending.title,
            n: i64::try_from(pending.n).unwrap_or(i64::MAX),
            changes: serde_json::to_string(&pending.changes).map_err(Error::internal)?,
            concerns: concerns.join(" "),
            hash: Vec::new(),
            items: pending.items,
        })
    }

    /// The code of this entry after the one that has the code `before`: over everything in it, each with its length.
    pub(crate) fn code(&self, secrets: &Secrets, before: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(512 + self.changes.len() + self.items.len());
        let mut put = |part: &[u8]| {
            bytes.extend((part.len() as u64).to_be_bytes());
            bytes.extend(part);
        };
        put(before);
        put(self.tenant_id.as_bytes());
        put(self.id.as_bytes());
        put(&self.slot.to_be_bytes());
        put(&self.seq.to_be_bytes());
        put(&self.at.micros().to_be_bytes());
        put(self.actor_id.as_ref().map_or(&[], |id| &id.as_bytes()[..]));
        put(self.subject_id.as_ref().map_or(&[], |id| &id.as_bytes()[..]));
        put(&self.n.to_be_bytes());
        for text in [&self.actor, &self.actor_key, &self.address, &self.agent, &self.action, &self.kind] {
            put(text.as_bytes());
        }
        for text in [&self.title, &self.title_key, &self.changes, &self.concerns, &self.items] {
            put(text.as_bytes());
        }
        secrets.mac("audit entry", &bytes).to_vec()
    }
}

/// The end of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_heads)]
pub(crate) struct Head {
    pub tenant_id: TenantId,
    pub slot: i32,
    pub n: i64,
    pub hash: Vec<u8>,
    code: Vec<u8>,
}

impl Head {
    /// Of a chain that has so many entries, the last with this code.
    pub(crate) fn at(secrets: &Secrets, tenant_id: TenantId, slot: i32, n: i64, hash: Vec<u8>) -> Self {
        let head = Self { tenant_id, slot, n, hash, code: Vec::new() };
        Self { code: head.right_code(secrets), ..head }
    }

    /// Its own code.
    pub(crate) fn code(&self) -> &[u8] {
        &self.code
    }

    fn right_code(&self, secrets: &Secrets) -> Vec<u8> {
        let mut bytes = self.tenant_id.as_bytes().to_vec();
        bytes.extend(self.slot.to_be_bytes());
        bytes.extend(self.n.to_be_bytes());
        bytes.extend(&self.hash);
        secrets.mac("audit head", &bytes).to_vec()
    }

    /// Whether it is as the server wrote it.
    pub(crate) fn is_right(&self, secrets: &Secrets) -> bool {
        self.code == self.right_code(secrets)
    }
}

/// The chains of a tenant that a database of PostgreSQL has, or one of SQLite.
pub(crate) fn slots(postgres: bool) -> std::ops::Range<i32> {
    if postgres { 0..SLOTS } else { 0..1 }
}

/// Begins the chains of tenants that have none. From then on a chain that is missing was removed.
pub fn begin(conn: &mut Conn, secrets: &Secrets, tenants: &[TenantId]) -> Result<(), Error> {
    for tenant in tenants {
        let known: i64 = audit_heads::table.filter(audit_heads::tenant_id.eq(tenant)).count().get_result(conn)?;
        if known == 0 {
            for slot in slots(conn.is_postgres()) {
                diesel::insert_into(audit_heads::table)
                    .values(Head::at(secrets, *tenant, slot, 0, BEGINNING.to_vec()))
                    .execute(conn)?;
            }
        }
    }
    Ok(())
}

/// Writes entries down, each after the one before it, in the transaction of what they tell of.
pub(crate) fn append(conn: &mut Conn, secrets: &Secrets, pending: Vec<Pending>) -> Result<(), Error> {
    let mut by_tenant: BTreeMap<TenantId, Vec<Pending>> = BTreeMap::new();
    for one in pending {
        by_tenant.entry(one.tenant).or_default().push(one);
    }
    for (tenant, pending) in by_tenant {
        extend(conn, secrets, tenant, pending)?;
    }
    Ok(())
}

fn extend(conn: &mut Conn, secrets: &Secrets, tenant: TenantId, pending: Vec<Pending>) -> Result<(), Error> {
    let mut head = take(conn, tenant)?;
    let right = head.is_right(secrets);
    if !right && installation::is_under_another(conn, secrets)? {
        return Err(Error::unavailable(
            "the secret key of the database was replaced; restart this server with that one",
        ));
    }
    let (mut entries, mut concerns) = (Vec::new(), Vec::new());
    for one in pending {
        let of: BTreeSet<RelatedId> = one.concerns.clone();
        let mut entry = Stored::new(one, head.slot, head.n + 1)?;
        entry.hash = entry.code(secrets, &head.hash);
        (head.n, head.hash) = (entry.seq, entry.hash.clone());
        concerns.extend(of.into_iter().map(|of| (of, entry.id)));
        entries.push(entry);
    }
    if right {
        head.code = head.right_code(secrets);
    } else {
        // A code that is wrong stays wrong, or going on would cover up what was done to the chain.
        tracing::error!(%tenant, chain = head.slot, "the end of a chain of the audit log was changed");
    }
    if let (Conn::Pg(_), [only]) = (&*conn, entries.as_slice())
        && concerns.len() <= AT_ONCE
    {
        at_once(only, &concerns, &head).execute(conn)?;
        return Ok(());
    }
    insert(conn, tenant, &entries, &concerns)?;
    diesel::update(audit_heads::table.filter(audit_heads::tenant_id.eq(tenant).and(audit_heads::slot.eq(head.slot))))
        .set((audit_heads::n.eq(head.n), audit_heads::hash.eq(&head.hash), audit_heads::code.eq(&head.code)))
        .execute(conn)?;
    Ok(())
}

/// So many places in logs are written together with their entry.
const AT_ONCE: usize = 20;

/// An entry, in whose logs it is, and the end of its chain, as one statement: on PostgreSQL each is a way there and back.
/// Raw: diesel has no `with`.
fn at_once(entry: &Stored, concerns: &[(RelatedId, Id<Stored>)], head: &Head) -> RawQuery {
    let mut query = RawQuery::new(
        "with entry as (insert into audit_entries (tenant_id, id, slot, seq, at, actor_id, actor, actor_key, address,
           agent, action, kind, subject_id, title, title_key, n, changes, concerns, hash, items)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?))",
    )
    .id(entry.tenant_id)
    .id(entry.id)
    .number(entry.slot.into())
    .number(entry.seq)
    .time(entry.at)
    .optional_id(entry.actor_id);
    for text in [&entry.actor, &entry.actor_key, &entry.address, &entry.agent, &entry.action, &entry.kind] {
        query = query.string(text);
    }
    query = query.optional_id(entry.subject_id).string(&entry.title).string(&entry.title_key).number(entry.n);
    query = query.string(&entry.changes).string(&entry.concerns).bytes(entry.hash.clone()).string(&entry.items);
    for (at, (of, entry_id)) in concerns.iter().enumerate() {
        let and =
            if at == 0 { ", places as (insert into audit_concerns (tenant_id, of_id, entry_id) values " } else { ", " };
        query = query.sql(and).sql("(?, ?, ?)").id(entry.tenant_id).id(*of).id(*entry_id);
    }
    query
        .sql(if concerns.is_empty() { "" } else { ")" })
        .sql(" update audit_heads set n = ?, hash = ?, code = ? where tenant_id = ? and slot = ?")
        .number(head.n)
        .bytes(head.hash.clone())
        .bytes(head.code.clone())
        .id(head.tenant_id)
        .number(head.slot.into())
}

fn insert(
    conn: &mut Conn,
    tenant: TenantId,
    entries: &[Stored],
    concerns: &[(RelatedId, Id<Stored>)],
) -> Result<(), Error> {
    // One row has a statement that stays prepared.
    if let [only] = entries {
        diesel::insert_into(audit_entries::table).values(only.clone()).execute(conn)?;
    } else {
        for some in entries.chunks(ROWS) {
            on_both!(conn, c => diesel::insert_into(audit_entries::table).values(some).execute(c))?;
        }
    }
    let row = |(of, entry): &(RelatedId, Id<Stored>)| {
        (audit_concerns::tenant_id.eq(tenant), audit_concerns::of_id.eq(*of), audit_concerns::entry_id.eq(*entry))
    };
    if let [only] = concerns {
        diesel::insert_into(audit_concerns::table).values(row(only)).execute(conn)?;
    } else {
        for some in concerns.chunks(ROWS) {
            let some: Vec<_> = some.iter().map(row).collect();
            on_both!(conn, c => diesel::insert_into(audit_concerns::table).values(some).execute(c))?;
        }
    }
    Ok(())
}

/// Locks the end of one of the tenant's chains until the transaction ends; one that nobody has, if it can be.
fn take(conn: &mut Conn, tenant: TenantId) -> Result<Head, Error> {
    let mut slot = 0;
    let found = match conn {
        Conn::Sqlite(conn) => one(tenant, slot).first(conn).optional()?,
        Conn::Pg(conn) => {
            let mut found = None;
            for byte in random::<TRIES>()? {
                slot = i32::from(byte) % SLOTS;
                found = one(tenant, slot).for_update().skip_locked().first(conn).optional()?;
                if found.is_some() {
                    break;
                }
            }
            match found {
                None => one(tenant, slot).for_update().first(conn).optional()?,
                found => found,
            }
        }
    };
    match found {
        Some(head) => Ok(head),
        None => restore(conn, tenant, slot),
    }
}

/// The end of a chain.
#[diesel::dsl::auto_type(no_type_alias)]
fn one(tenant: TenantId, slot: i32) -> _ {
    let head = audit_heads::table.filter(audit_heads::tenant_id.eq(tenant)).filter(audit_heads::slot.eq(slot));
    head.select((audit_heads::tenant_id, audit_heads::slot, audit_heads::n, audit_heads::hash, audit_heads::code))
}

/// Somebody removed the end of a chain: writing goes on from what is there, under a code that stays wrong.
fn restore(conn: &mut Conn, tenant: TenantId, slot: i32) -> Result<Head, Error> {
    let entries = audit_entries::table.filter(audit_entries::tenant_id.eq(tenant).and(audit_entries::slot.eq(slot)));
    let last: Option<(i64, Vec<u8>)> = entries
        .order(audit_entries::seq.desc())
        .select((audit_entries::seq, audit_entries::hash))
        .first(conn)
        .optional()?;
    let (n, hash) = last.unwrap_or((0, BEGINNING.to_vec()));
    let head = Head { tenant_id: tenant, slot, n, hash, code: Vec::new() };
    diesel::insert_into(audit_heads::table).values(head.clone()).execute(conn)?;
    Ok(head)
}
