//! From page to page of a list by its own links.

use crate::http::{Connection, Person, get};
use crate::process::Result;
use crate::site::{Site, rows};

/// What begins a row.
const ROW: &str = "<th scope=\"row\"";

/// A page that was reached.
pub struct Reached {
    /// Rows before it.
    pub rows: u64,
    pub path: String,
    /// The administrator, with the cookies that hold how long pages are.
    pub whom: Person,
}

/// Which rows a page shows, counted from 1, and of how many: `26–50 of 1,060`.
fn position(page: &str) -> Result<(u64, u64, u64)> {
    let text = page.split("class=\"pager\"").nth(1).and_then(|pager| pager.split("<p>").nth(1)?.split("</p>").next());
    let text = text.ok_or("a list without a position")?.replace(',', "");
    let numbers: Vec<u64> = text.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect();
    match numbers[..] {
        [from, to, of] if !text.ends_with('+') => Ok((from, to, of)),
        _ => Err(format!("a list is at {text:?}").into()),
    }
}

/// Where its Next link leads.
fn next(page: &str) -> Result<String> {
    let link = page.split("rel=\"next\"").next().filter(|before| before.len() < page.len());
    let link = link.and_then(|before| before.rsplit("href=\"").next()?.split('"').next());
    Ok(link.ok_or("a page without a next one")?.replace("&#38;", "&").replace("&amp;", "&"))
}

/// Follows Next from the first page to the middle of a list, and to its last full page; every page must begin where the one
/// before it ended.
pub fn walk(site: &Site, first: &str, to_the_end: bool) -> Result<Vec<Reached>> {
    let mut connection = Connection::open(site.server.address)?;
    let mut whom = site.ada.clone();
    let answer = connection.send(&get(first, &whom.cookies))?;
    whom.cookies = [&[whom.cookies], &answer.cookies[..]].concat().join("; ");
    let (mut page, mut path, mut reached) = (answer.body, first.to_owned(), Vec::new());
    let start = rows(&page);
    let (_, size, all) = position(&page)?;
    let mut stops = vec![all / 2];
    stops.extend(to_the_end.then_some(all.saturating_sub(size)));
    let mut at = 0;
    while let Some(stop) = stops.first() {
        if at + size > *stop && at > 0 {
            if rows(&page).iter().any(|row| start.contains(row)) || page.matches(ROW).count() as u64 != size {
                return Err(format!("after {at} rows {path} shows rows of the first page, or not as many").into());
            }
            reached.push(Reached { rows: at, path: path.clone(), whom: whom.clone() });
            stops.remove(0);
            continue;
        }
        path = next(&page)?;
        page = connection.send(&get(&path, &whom.cookies))?.body;
        at += size;
        let (from, ..) = position(&page)?;
        if from != at + 1 {
            return Err(format!("after {at} rows {path} begins at {from}").into());
        }
    }
    Ok(reached)
}
