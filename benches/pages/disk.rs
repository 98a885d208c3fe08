//! What a database takes on the disk, by table and by index.

use crate::place::Beside;
use crate::process::Result;
use crate::table::{Figure, Limit, Table, at_most};

/// A table or an index.
pub struct Part {
    name: String,
    bytes: f64,
}

const MB: f64 = 1e6;
/// So many of them are in the row; all are told apart from it.
const LARGEST: usize = 6;

/// All of them, the largest first. PostgreSQL's tables are counted with what it keeps beside them.
pub fn parts(beside: &mut Beside) -> Result<Vec<Part>> {
    let lines = beside.lines(match beside {
        Beside::Sqlite(_) => "select name as text, pgsize as n from dbstat where aggregate = true order by n desc",
        Beside::Postgres(_) => {
            "select relname as text,
                    case when relkind = 'i' then pg_relation_size(oid) else pg_table_size(oid) end as n
             from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'i') order by n desc"
        }
    })?;
    Ok(lines.into_iter().map(|line| Part { name: line.text, bytes: line.n as f64 }).collect())
}

/// In MB.
fn sum(parts: &[Part]) -> f64 {
    parts.iter().map(|part| part.bytes).sum::<f64>() / MB
}

/// A row of the sum, held to `limit` when there is one, and a detail of each.
pub fn row(table: &Table, what: &str, parts: &[Part], limit: Option<f64>) {
    let largest = parts.iter().take(LARGEST).map(|part| format!("{} {:.0}", part.name, part.bytes / MB));
    let text = format!("{:.0} MB ({})", sum(parts), largest.collect::<Vec<_>>().join(", "));
    let limit: Option<Limit> = limit.map(|limit| at_most(sum(parts), limit, "{} MB"));
    table.row(what, Ok(Figure::new(text, limit)));
    for part in parts {
        table.detail(&part.name, &format!("{:.2}", part.bytes / MB));
    }
}

/// A row of two programs' sums.
pub fn compared(table: &Table, before: &[Part], now: &[Part]) {
    let (before, now) = (sum(before), sum(now));
    let text = format!("{before:.0} → {now:.0} MB = {:.2}×", now / before);
    table.row("disk after `demo`", Ok(Figure::new(text, [])));
}
