//! `/audit/export` and the same of a customer or user: the list as CSV (RFC 4180), filtered as on screen, of any length.

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpResponse, http::header::HeaderValue};
use futures_util::stream;

use crate::base::csv::{BOM, write_row};
use crate::base::error::Error;
use crate::base::id::Id;
use crate::base::time::rfc3339;
use crate::model::audit_log::filters::Filters;
use crate::model::audit_log::listing::{self, Listed};
use crate::tenancy::audit::{Action, Kind};
use crate::tenancy::{Tenant, TenantConn};

/// Entries read at once.
const AT_ONCE: u64 = 500;

const HEAD: [&str; 11] =
    ["When", "Who", "Email", "IP address", "Browser", "Action", "Kind", "Title", "Number", "Changes", "Names"];

/// Where the export is.
enum Cursor {
    Start,
    After(Id<Listed>),
    End,
}

/// The answer that streams what the filters let through, newest first.
pub fn stream(tenant: Tenant, filters: Filters) -> HttpResponse {
    let rows = stream::try_unfold(Cursor::Start, move |place| {
        let (tenant, filters) = (tenant.clone(), filters.clone());
        async move {
            let (from, mut out) = match place {
                Cursor::Start => (None, head()),
                Cursor::After(id) => (Some(id), Vec::new()),
                Cursor::End => return Ok::<_, Error>(None),
            };
            let read = tenant.read(move |t| {
                let (entries, next) = filters.after(t, from, AT_ONCE)?;
                for entry in &entries {
                    out.extend(written(t, entry)?);
                }
                Ok::<_, Error>((out, next))
            });
            let (out, next) = read.await?;
            Ok(Some((Bytes::from(out), next.map_or(Cursor::End, Cursor::After))))
        }
    });
    HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment; filename=\"audit-log.csv\""),
        ))
        .streaming(rows)
}

fn written(t: &mut TenantConn, entry: &Listed) -> Result<Vec<u8>, Error> {
    let stamp = rfc3339(entry.at);
    let summary = |(field, before, after): (String, Option<String>, String)| match before {
        Some(before) => format!("{field}: {before:?} -> {after:?}"),
        None => format!("{field}: {after:?}"),
    };
    let changes: Vec<String> = entry.changes().into_iter().map(summary).collect();
    let names = if entry.names { listing::names(t, entry.id)?.join("\n") } else { String::new() };
    let email = if entry.actor_id.is_some() { entry.actor_key.as_str() } else { "" };
    let word = |name: &str, known: Option<&'static str>| known.map_or_else(|| name.to_owned(), str::to_owned);
    let mut line = Vec::new();
    let cells: [&str; HEAD.len()] = [
        &stamp,
        &entry.actor,
        email,
        &entry.address,
        &entry.agent,
        &word(&entry.action, entry.action.parse().ok().map(Action::label)),
        &word(&entry.kind, entry.kind.parse().ok().map(Kind::label)),
        &entry.title,
        &entry.n.to_string(),
        &changes.join("\n"),
        &names,
    ];
    write_row(&mut line, b',', cells);
    Ok(line)
}

fn head() -> Vec<u8> {
    let mut line = BOM.to_vec();
    write_row(&mut line, b',', HEAD);
    line
}
