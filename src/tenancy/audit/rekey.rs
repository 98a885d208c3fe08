//! Another secret key: what the old one vouches for is written anew under the new one.

use diesel::prelude::*;

use crate::base::error::Error;
use crate::base::id::TenantId;
use crate::base::secrets::Secrets;
use crate::db::schema::{audit_entries, audit_heads};
use crate::db::{Conn, RawQuery};
use crate::tenancy::audit::chain::{BEGINNING, Head, begin, slots};
use crate::tenancy::audit::verify::{after, verify_chains};
use crate::tenancy::audit::{Broken, verify};

/// Puts all chains of a tenant under the key `new`; answers how many entries they have, or the first thing that is wrong
/// with them under `old`, and then nothing was changed. Chains that are under `new` already stay as they are. Nobody else
/// may write to the log meanwhile.
pub fn rekey(conn: &mut Conn, old: &Secrets, new: &Secrets, tenant: TenantId) -> Result<Result<i64, Broken>, Error> {
    if let Ok(n) = verify(conn, new, tenant)? {
        return Ok(Ok(n));
    }
    let verified = verify(conn, old, tenant)?;
    if verified.is_ok() {
        for slot in slots(conn.is_postgres()) {
            chain(conn, new, tenant, slot)?;
        }
    }
    Ok(verified)
}

/// `rekey` of a log whose rows were just copied from another database, of PostgreSQL or not: that may have had another
/// number of chains. Entries keep their order, and get the chains that this database has.
pub fn take_over(
    conn: &mut Conn,
    old: &Secrets,
    new: &Secrets,
    tenant: TenantId,
    from_postgres: bool,
) -> Result<Result<i64, Broken>, Error> {
    let (before, here) = (slots(from_postgres), slots(conn.is_postgres()));
    let verified = verify_chains(conn, old, tenant, before.clone())?;
    if verified.is_err() || before == here && old.print() == new.print() {
        return Ok(verified);
    }
    if before.end > here.end {
        join(conn, tenant, here.start)?;
    }
    diesel::delete(audit_heads::table.filter(audit_heads::tenant_id.eq(tenant))).execute(conn)?;
    begin(conn, new, &[tenant])?;
    rekey_unchecked(conn, new, tenant)?;
    Ok(verified)
}

/// Makes one chain of all entries, in the order of their ids, which is that of their time. By way of a chain that nobody
/// has, for no place may be taken twice at any moment. Raw: diesel has no `update … from`.
fn join(conn: &mut Conn, tenant: TenantId, slot: i32) -> Result<(), Error> {
    const NOWHERE: i32 = -1;
    RawQuery::new("update audit_entries set slot = ?, seq = o.seq from")
        .number(NOWHERE.into())
        .sql(" (select id, row_number() over (order by id) as seq from audit_entries where tenant_id = ?) o")
        .id(tenant)
        .sql(" where audit_entries.tenant_id = ? and audit_entries.id = o.id")
        .id(tenant)
        .execute(conn)?;
    let all = audit_entries::table.filter(audit_entries::tenant_id.eq(tenant));
    diesel::update(all).set(audit_entries::slot.eq(slot)).execute(conn)?;
    Ok(())
}

/// Whether the end of any chain is under this key.
pub fn is_any_under(conn: &mut Conn, secrets: &Secrets) -> Result<bool, Error> {
    let heads: Vec<Head> = audit_heads::table.select(Head::as_select()).load(conn)?;
    Ok(heads.iter().any(|head| head.is_right(secrets)))
}

/// Whether there is any log.
pub fn is_begun(conn: &mut Conn) -> Result<bool, Error> {
    Ok(diesel::select(diesel::dsl::exists(audit_heads::table.select(audit_heads::slot))).get_result(conn)?)
}

/// Puts all chains of a tenant under the key `new` as they are, for the key that they were under is lost: whether they were
/// changed cannot be told any more.
pub fn rekey_unchecked(conn: &mut Conn, new: &Secrets, tenant: TenantId) -> Result<(), Error> {
    for slot in slots(conn.is_postgres()) {
        chain(conn, new, tenant, slot)?;
    }
    Ok(())
}

fn chain(conn: &mut Conn, secrets: &Secrets, tenant: TenantId, slot: i32) -> Result<(), Error> {
    let (mut n, mut hash) = (0, BEGINNING.to_vec());
    loop {
        let next = after(conn, tenant, slot, n)?;
        for entry in &next {
            (n, hash) = (entry.seq, entry.code(secrets, &hash));
            diesel::update(audit_entries::table)
                .filter(audit_entries::tenant_id.eq(tenant).and(audit_entries::id.eq(entry.id)))
                .set(audit_entries::hash.eq(&hash))
                .execute(conn)?;
        }
        if next.is_empty() {
            break;
        }
    }
    let head = Head::at(secrets, tenant, slot, n, hash);
    diesel::update(audit_heads::table)
        .filter(audit_heads::tenant_id.eq(tenant).and(audit_heads::slot.eq(slot)))
        .set((audit_heads::n.eq(n), audit_heads::hash.eq(&head.hash), audit_heads::code.eq(head.code())))
        .execute(conn)?;
    Ok(())
}
