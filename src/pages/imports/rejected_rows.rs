//! Rows that were refused: kept with their reasons, shown, and written as a file that can be corrected and imported.

use std::borrow::Cow;

use actix_web::{HttpResponse, web::Path};
use diesel::prelude::*;

use crate::base::csv::{restored, write_row};
use crate::base::error::Error;
use crate::base::id::{ImportId, TenantId};
use crate::db::schema::import_refusals;
use crate::model::imports::batch::Refusal;
use crate::model::imports::columns::REASON;
use crate::model::imports::{State, store};
use crate::on_both;
use crate::tenancy::TenantConn;
use crate::web::TenantAdmin;
use crate::web::export_stream::{self, Part};
use crate::web::path::parse_id;

type Mine = diesel::helper_types::Filter<import_refusals::table, diesel::dsl::Eq<import_refusals::tenant_id, TenantId>>;

fn mine(t: &TenantConn) -> Mine {
    import_refusals::table.filter(import_refusals::tenant_id.eq(t.id))
}

macro_rules! of {
    ($t:expr, $import:expr, $state:expr) => {
        mine($t).filter(import_refusals::import_id.eq($import)).filter(import_refusals::state.eq($state.name()))
    };
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
///
/// # Errors
/// The database's own.
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
///
/// # Errors
/// The database's own.
pub fn clear(t: &mut TenantConn, import: ImportId, state: State) -> Result<(), Error> {
    diesel::delete(of!(t, import, state)).execute(t.conn)?;
    Ok(())
}

/// The lines of all rows that were refused.
///
/// # Errors
/// The database's own.
pub fn lines(t: &mut TenantConn, import: ImportId, state: State) -> Result<Vec<i64>, Error> {
    Ok(of!(t, import, state).select(import_refusals::line).load(t.conn)?)
}

/// The rows that were refused after a line, at most `limit`.
///
/// # Errors
/// The database's own.
pub fn after(
    t: &mut TenantConn,
    (import, state): (ImportId, State),
    line: u64,
    limit: i64,
) -> Result<Vec<Refusal>, Error> {
    let found = of!(t, import, state).filter(import_refusals::line.gt(line as i64)).order(import_refusals::line);
    let columns = (import_refusals::line, import_refusals::reason, import_refusals::cells);
    let found: Vec<(i64, String, String)> = found.select(columns).limit(limit).load(t.conn)?;
    let mut refused = Vec::with_capacity(found.len());
    for (line, reason, cells) in found {
        let cells = serde_json::from_str(&cells).map_err(Error::internal)?;
        refused.push(Refusal { line: line.unsigned_abs(), reason, cells });
    }
    Ok(refused)
}

/// Rows of the file that are written together.
const SLICE: i64 = 500;

/// `GET /imports/{id}/refused`: the refused rows as a file like the one that came, with a column that says why.
pub async fn download(admin: TenantAdmin, id: Path<String>) -> Result<HttpResponse, Error> {
    let id: ImportId = parse_id(&id)?;
    let import = admin.tenant.read(move |t| store::find(t, id)).await?;
    let delimiter = import.head.delimiter;
    let kept: Vec<usize> = (0..import.head.names.len()).filter(|at| !is_reason(&import.head.names[*at])).collect();
    let mut start = Vec::new();
    let names: Vec<_> = kept.iter().map(|at| restored(&import.head.names[*at])).collect();
    write_row(&mut start, delimiter, names.iter().map(AsRef::as_ref).chain([REASON]));
    let base = import.file_name.rsplit_once('.').map_or(import.file_name.as_str(), |(base, _)| base);
    let name = format!("{base}-refused");
    let next = move |t: &mut TenantConn, after: u64| {
        let refused = self::after(t, (id, import.state), after, SLICE)?;
        let mut bytes = Vec::new();
        for refusal in &refused {
            let cell = |at: &usize| refusal.cells.get(*at).map_or_else(Cow::default, |cell| restored(cell));
            let cells: Vec<_> = kept.iter().map(cell).collect();
            // The spreadsheet that it is opened with must not run what stands in it either.
            write_row(&mut bytes, delimiter, cells.iter().map(AsRef::as_ref).chain([refusal.reason.as_str()]));
        }
        let last = refused.last().filter(|_| refused.len() as i64 == SLICE);
        Ok(Part { bytes, next: last.map(|refusal| refusal.line) })
    };
    Ok(export_stream::answer(admin.tenant, &name, start, 0, next))
}

/// Whether a column only says why a row was refused before.
pub fn is_reason(name: &str) -> bool {
    crate::base::forms::fold(name) == crate::base::forms::fold(REASON)
}
