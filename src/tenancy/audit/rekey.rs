//! Another secret key: what the old one vouches for is written anew under the new one.

use diesel::prelude::*;

use crate::base::error::Error;
use crate::base::id::TenantId;
use crate::base::secrets::Secrets;
use crate::db::Conn;
use crate::db::schema::{audit_entries, audit_heads};
use crate::tenancy::audit::chain::{BEGINNING, Head, slots};
use crate::tenancy::audit::verify::after;
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
        for slot in slots(conn) {
            chain(conn, new, tenant, slot)?;
        }
    }
    Ok(verified)
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
    for slot in slots(conn) {
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
        .set((audit_heads::hash.eq(&head.hash), audit_heads::code.eq(head.code())))
        .execute(conn)?;
    Ok(())
}
