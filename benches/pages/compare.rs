//! Two programs on the same machine, each with the data that it fills itself, measured in turn.

use crate::disk;
use crate::lists::{Asked, beside};
use crate::paths::{DEEP, LISTS, OTHERS, PORTAL, SEARCHES};
use crate::process::Result;
use crate::site::Site;
use crate::table::{Figure, Table};
use crate::walk::walk;
use crate::written;

pub fn rows(table: &Table, before: &Site, now: &Site) {
    let took = [before, now].map(|site| site.filled.took.as_secs_f64());
    let text = format!("{:.1} → {:.1} s = {:.2}×", took[0], took[1], took[1] / took[0]);
    table.row("filling it: `demo`, once", Ok(Figure::new(text, [])));
    disk::compared(table, &before.filled.disk, &now.filled.disk);
    let admin = LISTS.iter().map(|page| (page.0, page.1));
    let admin =
        admin.chain(SEARCHES.iter().map(|page| (page.0, page.1))).chain(OTHERS.iter().map(|page| (page.0, page.1)));
    let mut known = Vec::new();
    for (what, path) in [("Customers page", "/customers")].into_iter().chain(admin) {
        if !known.contains(&path) {
            known.push(path);
            table.row(what, changed(&Asked::admin(now, path), &Asked::admin(before, path)));
        }
    }
    for (what, path, _) in PORTAL {
        table.row(what, changed(&Asked::user(now, path), &Asked::user(before, path)));
    }
    for (what, first, _) in DEEP {
        table.row(&format!("{what}, in its middle"), deep(now, before, first));
    }
    written::compared(table, before, now);
}

/// A page; when it shows another number of rows than it did, that is told. One that there was not is no gap.
fn changed(now: &Asked, before: &Asked) -> Result<Figure> {
    if before.whom.get(&before.path)?.status == 404 {
        return Ok(Figure::new("there was no such page", []));
    }
    let ((n, _), (m, _)) = (now.rows()?, before.rows()?);
    let rows = if n == m { String::new() } else { format!("; {m} → {n} rows") };
    Ok(Figure::new(beside(now, before)?.change("µs") + &rows, []))
}

fn deep(now: &Site, before: &Site, first: &str) -> Result<Figure> {
    let reached = [now, before].map(|site| walk(site, &site.path(first), false));
    let [now_reached, before_reached] = reached;
    let (there, there_before) = (now_reached?.remove(0), before_reached?.remove(0));
    let ratio = beside(
        &Asked { site: now, whom: &there.whom, path: there.path },
        &Asked { site: before, whom: &there_before.whom, path: there_before.path },
    )?;
    Ok(Figure::new(ratio.change("µs"), []))
}
