//! Files of very many rows: what comes in, beside the database loading as many rows by itself, and what goes out, beside
//! the same without HTTP.

use std::fmt::Write as _;
use std::fs;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::changes::{PATIENCE, calm, watched};
use crate::data::TENANT;
use crate::http::{Connection, get};
use crate::loading::load_alone;
use crate::paths::EXPORTS;
use crate::process::{Result, peak_of};
use crate::site::{Site, page, rows as rows_of};
use crate::table::{Figure, Table, at_least_percent, at_most};

/// Whose the devices are.
pub const CUSTOMERS: usize = 100;
pub const TYPES: &[&str] = &["gateway", "camera", "meter", "valve", "thermostat", "door sensor"];
pub const PLACES: &[&str] = &["North hall", "Cellar", "Greenhouse", "Roof", "Yard", "Office", "Store room"];

/// A file of `n` devices comes in; all devices go out.
pub fn rows(table: &Table, site: &Site, n: usize) {
    let how = if site.place.database.is_some() { "COPY" } else { "one INSERT" };
    table.row(&format!("importing {n} devices, against as many rows by {how}"), import(site, n));
    table.row("exporting all devices, against the same without HTTP", export(site));
}

/// The devices of a file, of the customers that a list of titles begins with.
fn csv(site: &Site, n: usize) -> Result<String> {
    let list = page(&site.ada, &format!("/customers?sort=title&size={CUSTOMERS}"))?.body;
    // What HTML escapes is left to others.
    let titles: Vec<_> = rows_of(&list).into_iter().filter(|(_, title)| !title.contains('&')).collect();
    let mut csv = String::from("Name,Type,Label,Customer\n");
    for i in 0..n {
        let (kind, place, (_, title)) = (TYPES[i % TYPES.len()], PLACES[i % PLACES.len()], &titles[i % titles.len()]);
        writeln!(csv, "BENCH-{i:07},{kind},\"{place}, floor {}\",\"{title}\"", i % 90)?;
    }
    Ok(csv)
}

fn import(site: &Site, n: usize) -> Result<Figure> {
    let file = site.place.directory.path().join("devices.csv");
    fs::write(&file, csv(site, n)?)?;
    let (alone, calm) = (load_alone(site, n)?.as_secs_f64(), calm(site)?);
    let mut import = site.place.command("import");
    import.args(["--tenant", TENANT, "devices"]).arg(&file).stdout(Stdio::null()).stderr(Stdio::null());
    let began = Instant::now();
    let mut import = import.spawn()?;
    let ((memory, took), p99) = watched(site, || Ok((until_ended(&mut import)?, began.elapsed().as_secs_f64())))?;
    fs::remove_file(&file)?;
    site.place.beside()?.settle()?;
    let (share, pages) = (alone / took, p99 / calm);
    let text = format!(
        "{took:.1} : {alone:.1} s = {:.0} %; {memory:.0} MB; p99 of pages {p99:.1} : {calm:.1} ms = {pages:.1}×",
        share * 100.0
    );
    let limits =
        [at_least_percent(share, 60.0), at_most(memory.round(), 100.0, "{} MB"), at_most(pages, 3.0, "{}× p99")];
    Ok(Figure::new(text, limits))
}

/// Waits for a process and answers the most memory that it had, in MB.
fn until_ended(process: &mut Child) -> Result<f64> {
    let (since, mut most) = (Instant::now(), 0.0_f64);
    loop {
        most = peak_of(process.id()).unwrap_or(0.0).max(most);
        match process.try_wait()? {
            Some(status) if status.success() => return Ok(most),
            Some(status) => return Err(format!("the import ended with {status}").into()),
            None if since.elapsed() > PATIENCE => {
                process.kill()?;
                return Err("the import takes too long".into());
            }
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

/// All devices over HTTP, and by the program alone.
fn export(site: &Site) -> Result<Figure> {
    let began = Instant::now();
    let answer = Connection::open(site.server.address)?.send(&get(EXPORTS[0], &site.ada.cookies))?;
    let over_http = began.elapsed().as_secs_f64();
    if answer.status != 200 {
        return Err(format!("an export was answered {}", answer.status).into());
    }
    let mut export = site.place.command("export");
    export.args(["--tenant", TENANT, "devices"]).stdout(Stdio::null());
    let began = Instant::now();
    if !export.status()?.success() {
        return Err("devices could not be exported".into());
    }
    let alone = began.elapsed().as_secs_f64();
    let (megabytes, share) = (answer.bytes as f64 / 1e6, alone / over_http);
    let text = format!("{megabytes:.0} MB in {over_http:.1} : {alone:.1} s = {:.0} %", share * 100.0);
    Ok(Figure::new(text, [at_least_percent(share, 50.0)]))
}
