//! Rows that were refused, kept with their reasons.

use diesel::prelude::*;

use crate::base::error::Error;
use crate::base::id::{ImportId, TenantId};
use crate::base::text;
use crate::db::schema::import_refusals;
use crate::model::imports::State;
use crate::model::imports::batch::Refusal;
use crate::model::imports::columns::REASON;
use crate::on_both;
use crate::tenancy::TenantConn;

/// The rows that the dry run of an import refused, or the import itself.
#[diesel::dsl::auto_type(no_type_alias)]
fn refused_in(t: &TenantConn, import: ImportId, state: State) -> _ {
    let tenant: TenantId = t.id;
    let state: &'static str = state.name();
    let own = import_refusals::table.filter(import_refusals::tenant_id.eq(tenant));
    own.filter(import_refusals::import_id.eq(import)).filter(import_refusals::state.eq(state))
}

#[derive(Insertable)]
#[diesel(table_name = import_refusals, treat_none_as_default_value = false)]
struct New<'a> {
    tenant_id: TenantId,
    import_id: ImportId,
    state: &'static str,
    line: i64,
    reason: &'a str,
    cells: String,
}

/// Keeps rows that were refused.
pub fn put(t: &mut TenantConn, import: ImportId, state: State, refused: &[Refusal]) -> Result<(), Error> {
    let (tenant_id, state) = (t.id, state.name());
    for some in refused.chunks(1_000) {
        let mut rows = Vec::with_capacity(some.len());
        for refusal in some {
            let cells = serde_json::to_string(&refusal.cells).map_err(Error::internal)?;
            let (line, reason) = (refusal.line as i64, refusal.reason.as_str());
            rows.push(New { tenant_id, import_id: import, state, line, reason, cells });
        }
        // A batch cannot be said on both databases at once.
        on_both!(t.conn, c => diesel::insert_into(import_refusals::table).values(&rows).execute(c))?;
    }
    Ok(())
}

/// Forgets the rows that an earlier try refused.
pub fn clear(t: &mut TenantConn, import: ImportId, state: State) -> Result<(), Error> {
    diesel::delete(refused_in(t, import, state)).execute(t.conn)?;
    Ok(())
}

/// The lines of all rows that were refused.
pub fn lines(t: &mut TenantConn, import: ImportId, state: State) -> Result<Vec<i64>, Error> {
    Ok(refused_in(t, import, state).select(import_refusals::line).load(t.conn)?)
}

/// The rows that were refused after a line, at most `limit`.
pub fn after(t: &mut TenantConn, import: ImportId, state: State, line: u64, limit: i64) -> Result<Vec<Refusal>, Error> {
    let found = refused_in(t, import, state).filter(import_refusals::line.gt(line as i64)).order(import_refusals::line);
    let columns = (import_refusals::line, import_refusals::reason, import_refusals::cells);
    let found: Vec<(i64, String, String)> = found.select(columns).limit(limit).load(t.conn)?;
    let mut refused = Vec::with_capacity(found.len());
    for (line, reason, cells) in found {
        let cells = serde_json::from_str(&cells).map_err(Error::internal)?;
        refused.push(Refusal { line: line.unsigned_abs(), reason, cells });
    }
    Ok(refused)
}

/// Whether a column only says why a row was refused before.
pub fn is_reason(name: &str) -> bool {
    text::same(name) == text::same(REASON)
}
