//! The rows of what is written.

use crate::process::Result;
use crate::site::Site;
use crate::table::{Figure, Table, at_most};
use crate::turns::{ROUNDS, Ratio, Turns, in_turn};
use crate::writes::{Round, WRITES, Whose, Write, Writer};

const AT_ONCE: [usize; 2] = [1, 16];

/// Each write of one site, held to a part of what ThingsBoard takes.
pub fn writes(table: &Table, site: &Site) {
    // A fifth on PostgreSQL, an eighth on SQLite.
    let part = if site.place.database.is_some() { 5.0 } else { 8.0 };
    let writer = Writer::new(site).map_err(|why| why.to_string());
    let mut writer = match writer {
        Ok(writer) => writer,
        Err(why) => return table.row("writes", Err(why.into())),
    };
    for (what, write, whose, limit) in WRITES {
        for connections in AT_ONCE {
            let rounds = several(&mut writer, *write, *whose, connections);
            let limit = limit.map(|limit| limit * 1e3 / part);
            table.row(&name(what, connections), rounds.map(|rounds| figure(&rounds, limit)));
        }
    }
}

fn name(what: &str, connections: usize) -> String {
    format!("{what}, {connections} at once")
}

fn several(writer: &mut Writer, write: Write, whose: Whose, connections: usize) -> Result<Vec<Round>> {
    // The first does not count.
    writer.round(write, whose, connections)?;
    (0..ROUNDS).map(|_| writer.round(write, whose, connections)).collect()
}

/// `program + database = sum`, of which the interval is, and how many a second.
fn figure(rounds: &[Round], limit: Option<f64>) -> Figure {
    let median = |of: fn(&Round) -> f64| rounds.iter().map(of).collect::<Turns>().median();
    let (program, database) = (median(|round| round.cost.program), median(|round| round.cost.database));
    let sum: Turns = rounds.iter().map(|round| round.cost.sum()).collect();
    let (low, high) = sum.interval();
    let parts = if database > 0.0 { format!("{program:.0} + {database:.0} = ") } else { String::new() };
    let hashes = match median(|round| round.hashes) {
        0.0 => String::new(),
        n => format!("; {n} hashes taken off"),
    };
    let rate = median(|round| round.a_second);
    let text = format!("{parts}{:.0} µs ({low:.0}–{high:.0}){hashes}; {rate:.0} a second", sum.median());
    Figure::new(text, limit.map(|limit| at_most(sum.median(), limit.round(), "{} µs")))
}

/// Each write of two programs, in turn.
pub fn compared(table: &Table, before: &Site, now: &Site) {
    let writers = Writer::new(before).and_then(|before| Ok((before, Writer::new(now)?)));
    let (mut before, mut now) = match writers {
        Ok(writers) => writers,
        Err(why) => return table.row("writes", Err(why)),
    };
    for (what, write, whose, _) in WRITES {
        for connections in AT_ONCE {
            let rounds =
                in_turn(|| before.round(*write, *whose, connections), || now.round(*write, *whose, connections));
            table.row(&name(what, connections), rounds.map(|rounds| both(&rounds)));
        }
    }
}

/// CPU time, and how many a second.
fn both(rounds: &[(Round, Round)]) -> Figure {
    let pairs = |of: fn(&Round) -> f64| {
        Ratio::of(&rounds.iter().map(|(before, now)| (of(now), of(before))).collect::<Vec<_>>())
    };
    let (cost, rate) = (pairs(|round| round.cost.sum()), pairs(|round| round.a_second));
    Figure::new(format!("{}; {}", cost.change("µs"), rate.change("a second")), [])
}
