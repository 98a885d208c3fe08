//! Files that are written as they are sent: slice by slice, so that memory stays flat however long they are. No
//! connection to the database is held between two slices, and when nobody receives any more, nobody reads. Knows no
//! resource.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Bytes;
use futures_util::stream;

use crate::base::csv::{BOM, write_row};
use crate::base::error::Error;
use crate::tenancy::{Tenant, TenantConn};
use crate::web::file_name;

/// Which columns of a list a file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportColumns {
    /// Those that can be imported.
    Importable,
    /// These, and what the list shows besides.
    Listed,
}

impl ExportColumns {
    /// The line of column names of a list that can be imported with the first, and shows the others.
    pub fn head(self, importable: &[&'static str], listed: &[&'static str]) -> Vec<u8> {
        let mut line = Vec::new();
        write_row(&mut line, b',', self.of(importable.iter().copied(), listed.iter().copied()));
        line
    }

    /// The cells of a row, of those that can be imported and those that are shown besides.
    pub fn of<'a>(
        self,
        importable: impl Iterator<Item = &'a str>,
        listed: impl Iterator<Item = &'a str>,
    ) -> impl Iterator<Item = &'a str> {
        let all = self == Self::Listed;
        importable.chain(listed.filter(move |_| all))
    }
}

/// The next part of a file, and where it goes on, if it does.
pub struct Part<C> {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// `None`: this is the last part.
    pub next: Option<C>,
}

enum Cursor<C> {
    Start(Vec<u8>, C),
    At(C),
    End,
}

/// Answers a CSV file called `name`: it begins with a byte order mark, so that spreadsheets read it as UTF-8, and `start`, then come the parts that `part` writes from each place on. A
/// part that fails breaks the answer off, so that nobody takes it for the whole.
pub fn answer<C, F>(tenant: Tenant, name: &str, start: Vec<u8>, first: C, part: F) -> HttpResponse
where
    C: Send + 'static,
    F: Fn(&mut TenantConn, C) -> Result<Part<C>, Error> + Send + Sync + 'static,
{
    let part = Arc::new(part);
    let start = [BOM, start.as_slice()].concat();
    let parts = stream::try_unfold(Cursor::Start(start, first), move |place| {
        let (tenant, part) = (tenant.clone(), Arc::clone(&part));
        async move {
            let mut place = place;
            loop {
                let at = match place {
                    Cursor::Start(start, first) => return Ok(Some((Bytes::from(start), Cursor::At(first)))),
                    Cursor::At(at) => at,
                    Cursor::End => return Ok::<_, Error>(None),
                };
                let part = Arc::clone(&part);
                let found = tenant.read(move |t| part(t, at)).await?;
                place = found.next.map_or(Cursor::End, Cursor::At);
                // An empty piece would end the answer.
                if !found.bytes.is_empty() {
                    return Ok(Some((Bytes::from(found.bytes), place)));
                }
            }
        }
    });
    HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}.csv\"", file_name(name, "export")),
        ))
        .streaming(Box::pin(parts))
}
