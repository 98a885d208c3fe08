//! Pages, in CPU time a request: each beside another page, or the same page of another site.

use crate::http::{Load, Person, get, load};
use crate::paths::{DEEP, LISTS, OTHERS, PORTAL, SEARCHES};
use crate::process::{Result, Server};
use crate::site::{Site, page};
use crate::table::{Figure, Table, at_most};
use crate::turns::{Ratio, in_turn};
use crate::walk::walk;

/// A page that somebody asks for.
pub struct Asked<'a> {
    pub site: &'a Site,
    pub whom: &'a Person,
    pub path: String,
}

impl<'a> Asked<'a> {
    pub fn admin(site: &'a Site, path: &str) -> Self {
        Self { site, whom: &site.ada, path: site.path(path) }
    }

    pub fn user(site: &'a Site, path: &str) -> Self {
        Self { site, whom: &site.user, path: site.path(path) }
    }

    /// How many rows it shows, and whether it is a list of pages.
    pub fn rows(&self) -> Result<(usize, bool)> {
        let body = page(self.whom, &self.path)?.body;
        Ok((body.matches("<th scope=\"row\"").count(), body.contains("class=\"pager\"")))
    }

    fn cost(&self) -> Result<f64> {
        self.site.cost(self.whom, &self.path)
    }
}

/// What both cost, in turn.
pub fn beside(one: &Asked, other: &Asked) -> Result<Ratio> {
    Ok(Ratio::of(&in_turn(|| one.cost(), || other.cost())?))
}

/// Limits that are not agreed but set by ourselves say so.
fn held(ratio: &Ratio, limit: f64) -> Figure {
    let words = if limit > 4.0 { "{}× (our own limit)" } else { "{}×" };
    Figure::new(ratio.text("µs"), [at_most(ratio.times(), limit, words)])
}

/// The Customers page beside its template alone, which `bare` serves.
pub fn against_the_template(table: &Table, bare: &Server, site: &Site, limit: f64) {
    let measured = || -> Result<Figure> {
        let request = get("/customers", "");
        let template = || {
            let before = bare.cpu()?;
            let done: Load =
                load(bare.address, (16, 100, std::time::Duration::from_secs(30)), 200, |_, _| request.clone());
            match done.errors {
                0 => Ok(bare.cpu()?.since(&before).as_secs_f64() * 1e6 / done.requests as f64),
                n => Err(format!("{n} errors of the template").into()),
            }
        };
        let customers = Asked::admin(site, "/customers");
        let ratio = Ratio::of(&in_turn(|| customers.cost(), template)?);
        let bytes = crate::http::Connection::open(bare.address)?.send(&request)?.bytes;
        let text = format!("{}; {} : {bytes} bytes", ratio.text("µs"), page(&site.ada, "/customers")?.bytes);
        Ok(Figure::new(text, [at_most(ratio.times(), limit, "{}×")]))
    };
    table.row("Customers page, against its template alone", measured());
}

/// Two pages that must show as many rows: full pages, where they are pages of lists.
fn alike(one: &Asked, other: &Asked, full: bool) -> Result<Figure> {
    let ((n, is_list), (m, _)) = (one.rows()?, other.rows()?);
    if n != m || full && is_list && n < 25 {
        return Err(format!("not comparable: {n} rows and {m} rows").into());
    }
    Ok(held(&beside(one, other)?, 1.5))
}

/// Pages that cost the same however large the tenant.
pub fn sizes(table: &Table, large: &Site, small: &Site, part: &str) {
    for (what, path) in LISTS {
        let measured = alike(&Asked::admin(large, path), &Asked::admin(small, path), true);
        table.row(&format!("{what}, against {part}"), measured);
    }
    for (what, path, _) in PORTAL {
        let measured = alike(&Asked::user(large, path), &Asked::user(small, path), false);
        table.row(&format!("{what}, against {part}"), measured);
    }
}

pub fn searches(table: &Table, site: &Site) {
    for (what, path, plain, limit) in SEARCHES {
        let ratio = beside(&Asked::admin(site, path), &Asked::admin(site, plain));
        table.row(&format!("{what}, against the plain list"), ratio.map(|ratio| held(&ratio, *limit)));
    }
}

/// Pages that others' costs are told by: the Customers page.
pub fn others(table: &Table, site: &Site) {
    let customers = Asked::admin(site, "/customers");
    let admin = OTHERS.iter().map(|(what, path, limit)| (what, Asked::admin(site, path), limit));
    let portal = PORTAL.iter().map(|(what, path, limit)| (what, Asked::user(site, path), limit));
    for (what, asked, limit) in admin.chain(portal) {
        let ratio = asked.rows().and_then(|_| beside(&asked, &customers));
        table.row(&format!("{what}, against the Customers page"), ratio.map(|ratio| held(&ratio, *limit)));
    }
}

/// Pages in the midst of long lists and at their end, reached as one would: by Next.
pub fn deep(table: &Table, site: &Site) {
    for (what, first, to_the_end) in DEEP {
        let first = Asked::admin(site, first);
        match walk(site, &first.path, *to_the_end) {
            Ok(reached) => {
                for place in reached {
                    let there = Asked { site, whom: &place.whom, path: place.path };
                    let measured = beside(&there, &first).map(|ratio| held(&ratio, 1.2));
                    table.row(&format!("{what} after {} rows, against the first page", place.rows), measured);
                }
            }
            Err(why) => table.row(&format!("{what} after many rows, against the first page"), Err(why)),
        }
    }
}
