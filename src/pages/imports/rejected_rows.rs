//! `/imports/{id}/refused`: rows that were refused, as a file that can be corrected and imported.

use std::borrow::Cow;

use actix_web::{HttpResponse, web::Path};

use crate::base::csv::{restored, write_row};
use crate::base::error::Error;
use crate::base::id::ImportId;
use crate::model::imports::columns::REASON;
use crate::model::imports::{rejected_rows, store};
use crate::tenancy::TenantConn;
use crate::web::TenantAdmin;
use crate::web::export_stream::{self, Part};
use crate::web::path::parse_id;

/// Rows of the file that are written together.
const SLICE: i64 = 500;

/// `GET /imports/{id}/refused`: the refused rows as a file like the one that came, with a column that says why.
pub async fn download(admin: TenantAdmin, id: Path<String>) -> Result<HttpResponse, Error> {
    let id: ImportId = parse_id(&id)?;
    let import = admin.tenant.read(move |t| store::find(t, id)).await?;
    let delimiter = import.head.format.delimiter;
    let kept: Vec<usize> =
        (0..import.head.names.len()).filter(|at| !rejected_rows::is_reason(&import.head.names[*at])).collect();
    let mut start = Vec::new();
    let names: Vec<_> = kept.iter().map(|at| restored(&import.head.names[*at])).collect();
    write_row(&mut start, delimiter, names.iter().map(AsRef::as_ref).chain([REASON]));
    let base = import.file_name.rsplit_once('.').map_or(import.file_name.as_str(), |(base, _)| base);
    let name = format!("{base}-refused");
    let next = move |t: &mut TenantConn, after: u64| {
        let refused = rejected_rows::after(t, id, import.state, after, SLICE)?;
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
