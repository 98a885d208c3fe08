//! Memory of a server that has just been started, and how soon it is ready.

use std::time::Duration;

use crate::http::{Load, Person, get, load};
use crate::paths::{EXPORTS, LISTS, OTHERS, PORTAL, SEARCHES};
use crate::place::Place;
use crate::process::{Result, Server};
use crate::site::Site;
use crate::table::{Figure, Table, at_most};
use crate::turns::{Ratio, in_turn};

const CONNECTIONS: usize = 64;
/// So many of the connections do nothing but export.
const EXPORTING: usize = 4;
/// Searches of one person wait for each other, so that many people search.
const PEOPLE: usize = 16;

/// The rows of a site; `storm` is how long all connections are at work.
pub fn rows(table: &Table, site: &mut Site, empty: &Place, storm: Duration) {
    let what = format!("memory: idle; at most while {CONNECTIONS} connections ask for all pages and {EXPORTING} files");
    table.row(&format!("{what}, for {} s", storm.as_secs()), mixture(site, storm));
    for (at_once, what) in [(1, "one export"), (6, "six exports at once")] {
        table.row(&format!("memory that {what} of all devices adds at most"), exports(site, at_once));
    }
    table.row("start to ready, against an empty database", starts(site, empty));
}

/// Every page that is measured, of an administrator and of a customer user, and files.
fn mixture(site: &mut Site, storm: Duration) -> Result<Figure> {
    site.restart()?;
    let (site, server) = (&*site, &site.server);
    let idle = server.resident()?;
    let admins = (0..PEOPLE)
        .map(|_| Person::sign_in(server.address, &site.filled.email, &site.filled.password))
        .collect::<std::io::Result<Vec<_>>>()?;
    let pages: Vec<&str> = LISTS.iter().map(|page| page.1).chain(OTHERS.iter().map(|page| page.1)).collect();
    let pages: Vec<String> =
        pages.into_iter().chain(SEARCHES.iter().map(|page| page.1)).map(|path| site.path(path)).collect();
    let request = |which: usize, n: u64| {
        let n = n as usize + which * 7;
        match which {
            0..EXPORTING => get(&site.path(EXPORTS[n % EXPORTS.len()]), &admins[which].cookies),
            _ if n.is_multiple_of(5) => get(PORTAL[n % PORTAL.len()].1, &site.user.cookies),
            _ => get(&pages[n % pages.len()], &admins[which % PEOPLE].cookies),
        }
    };
    server.forget_peak()?;
    let Load { requests, errors, .. } = load(server.address, (CONNECTIONS, u64::MAX, storm), 200, request);
    let peak = server.peak()?;
    let text = format!("{idle:.0} MB; {peak:.0} MB, {errors} errors in {requests} requests");
    Ok(Figure::new(text, [at_most(peak.round(), 100.0, "{} MB"), at_most(errors as f64, 0.0, "{} errors")]))
}

/// What exports add to the memory of a server that has answered pages.
fn exports(site: &mut Site, at_once: usize) -> Result<Figure> {
    site.restart()?;
    let server = &site.server;
    let (page, file) = (get("/customers", &site.ada.cookies), get(EXPORTS[0], &site.ada.cookies));
    let ask = |request: &String, connections, each| {
        let done = load(server.address, (connections, each, Duration::from_secs(3600)), 200, |_, _| request.clone());
        if done.errors == 0 { Ok(()) } else { Err(format!("{} errors", done.errors)) }
    };
    ask(&page, 4, 20)?;
    let before = server.resident()?;
    server.forget_peak()?;
    ask(&file, at_once, 1)?;
    let each = (server.peak()? - before) / at_once as f64;
    let text = format!("{:.0} MB, {each:.0} MB each", each * at_once as f64);
    Ok(Figure::new(text, [at_most(each.round(), 20.0, "{} MB each")]))
}

/// How long a server takes to be ready.
fn starts(site: &mut Site, empty: &Place) -> Result<Figure> {
    site.server.stop();
    let start = |place: &Place| Ok(Server::start(&mut place.serve())?.start.as_secs_f64() * 1e3);
    let ratio = Ratio::of(&in_turn(|| start(&site.place), || start(empty))?);
    site.restart()?;
    let limits = [at_most(ratio.times(), 2.0, "{}×"), at_most(ratio.one(), 100.0, "{} ms")];
    Ok(Figure::new(ratio.text("ms"), limits))
}
