//! Files of a million rows: what comes in, beside the database making as many rows by itself, and what goes out, beside
//! the same without HTTP.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;

use crate::changes::{PATIENCE, watch};
use crate::http::get;
use crate::process::{Result, peak_of};
use crate::site::{Beside, Site};

/// What became of an import.
pub struct Imported {
    /// How long the file took, and as many rows that the database made by itself, with all their indexes.
    pub took: Duration,
    pub alone: Duration,
    /// The most memory that the import had, in MB.
    pub memory: u64,
    /// The slowest of a hundred pages that others read meanwhile, in milliseconds.
    pub p99: f64,
}

/// Imports `n` devices of the customers that a list of titles begins with.
pub fn import(site: &Site, n: u64) -> Result<Imported> {
    let page = site.ada.get(&format!("/customers?sort=title&size={CUSTOMERS}"))?.body;
    let titles: Vec<&str> = page.split("<th scope=\"row\"").skip(1).filter_map(link_text).collect();
    if titles.is_empty() {
        return Err("the list of customers has no titles".into());
    }
    let mut csv = String::from("Name,Type,Label,Customer\n");
    for i in 0..n as usize {
        let (kind, place, title) = (TYPES[i % TYPES.len()], PLACES[i % PLACES.len()], titles[i % titles.len()]);
        writeln!(csv, "BENCH-{i:07},{kind},\"{place}, floor {}\",\"{title}\"", i % 90)?;
    }
    let file = site.directory.path().join("devices.csv");
    fs::write(&file, csv)?;
    let alone = alone(site, n)?;
    let mut import = site.command("import");
    import.args(["--tenant", TENANT, "devices"]).arg(&file).stdout(Stdio::null()).stderr(Stdio::null());
    let stop = AtomicBool::new(false);
    let began = Instant::now();
    let mut import = import.spawn()?;
    let (memory, watched) = std::thread::scope(|scope| {
        let watching = scope.spawn(|| watch(site, &stop, PATIENCE));
        let memory = until_ended(&mut import);
        stop.store(true, Ordering::Relaxed);
        (memory, watching.join())
    });
    let took = began.elapsed();
    let watched = watched.map_err(|_| "nobody watched")?;
    if watched.errors > 0 {
        return Err(format!("{} errors while a file was imported", watched.errors).into());
    }
    fs::remove_file(&file)?;
    Ok(Imported { took, alone, memory: memory?, p99: watched.p99() })
}

const TENANT: &str = "Northwind Grid";
/// Whose the devices are.
const CUSTOMERS: usize = 100;
const TYPES: &[&str] = &["gateway", "camera", "meter", "valve", "thermostat", "door sensor"];
const PLACES: &[&str] = &["North hall", "Cellar", "Greenhouse", "Roof", "Yard", "Office", "Store room"];

/// The text of the first link.
fn link_text(row: &str) -> Option<&str> {
    let text = row.split("<a ").nth(1)?.split('>').nth(1)?.split('<').next()?;
    // What HTML escapes is left to others.
    (!text.contains('&')).then_some(text)
}

/// How long the database takes to make such rows by itself, by one statement; then they go again.
fn alone(site: &Site, n: u64) -> Result<Duration> {
    let mut beside = site.beside()?;
    let list = |of: &[&str]| of.iter().map(|one| format!("'{}'", one.to_lowercase())).collect::<Vec<_>>().join(", ");
    let (types, places) = (list(TYPES), list(PLACES));
    let ids = "'7fff0000-0000-7000-8000-'";
    let (numbers, id, at, name, one_of): (_, _, _, _, fn(&str, usize) -> String) = match beside {
        Beside::Sqlite(_) => (
            format!("with recursive n (i) as (select 0 union all select i + 1 from n where i < {n} - 1)"),
            format!("unhex({ids} || printf('%012x', i), '-')"),
            "0",
            "printf('alone-%07d', i)",
            |list: &str, n: usize| format!("json_extract(json_array({list}), '$[' || (i % {n}) || ']')"),
        ),
        Beside::Postgres(_) => (
            format!("with n (i) as (select generate_series(0, {n} - 1))"),
            format!("({ids} || lpad(to_hex(i), 12, '0'))::uuid"),
            "timestamptz 'epoch'",
            "'alone-' || lpad(i::text, 7, '0')",
            |list: &str, n: usize| format!("(array[{list}])[i % {n} + 1]"),
        ),
    };
    let (kind, place) = (one_of(&types, TYPES.len()), one_of(&places, PLACES.len()));
    beside.run("begin")?;
    let began = Instant::now();
    beside.run(&format!(
        "{numbers}, rows (i, name, type, label) as
           (select i, {name}, {kind}, {place} || ', floor ' || (i % 90) from n),
         whose (tenant_id, id, at) as
           (select tenant_id, id, row_number() over (order by title_key) - 1 from
             (select c.tenant_id, c.id, c.title_key from customers c join tenants t on t.id = c.tenant_id
              where t.title = '{TENANT}' and c.parent_id is null and c.deletion_id is null
              order by c.title_key limit {CUSTOMERS}) first)
         insert into things (tenant_id, id, kind, customer_id, name, name_key, type_name, type_key, label, label_key,
                             description, search_key, version, created_at, updated_at)
         select c.tenant_id, {id}, 'device', c.id, name, name, type, type, label, label, '',
                'ʬʬ' || name || ' ' || label || ' ' || type, 1, {at}, {at}
         from rows join whose c on c.at = rows.i % {CUSTOMERS}"
    ))?;
    beside.run("commit")?;
    let took = began.elapsed();
    beside.run("delete from things where name_key like 'alone-%'")?;
    beside.tidy()?;
    Ok(took)
}

/// Waits for a process and answers the most memory that it had, in MB.
fn until_ended(process: &mut Child) -> Result<u64> {
    let (since, mut most) = (Instant::now(), 0);
    loop {
        most = peak_of(process.id()).unwrap_or(0).max(most);
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

/// What became of an export.
pub struct Exported {
    /// How long all devices took over HTTP, and by the program alone.
    pub over_http: Duration,
    pub alone: Duration,
    pub bytes: u64,
    /// What the server's memory grew by at most, in MB.
    pub grew: u64,
}

/// Exports all devices.
pub fn export(site: &Site) -> Result<Exported> {
    let before = site.server.peak()?;
    let request = get("/devices/export", &site.ada.cookies).replace("Host:", "Connection: close\r\nHost:");
    let began = Instant::now();
    let bytes = read_whole(TcpStream::connect(site.server.address)?, &request)?;
    let over_http = began.elapsed();
    let grew = site.server.peak()?.saturating_sub(before);
    let mut export = site.command("export");
    export.args(["--tenant", TENANT, "devices"]).stdout(Stdio::null());
    let began = Instant::now();
    if !export.status()?.success() {
        return Err("devices could not be exported".into());
    }
    Ok(Exported { over_http, alone: began.elapsed(), bytes, grew })
}

/// Reads a streamed answer to its end, and answers how long it is; an error or one that broke off is none.
fn read_whole(mut stream: TcpStream, request: &str) -> Result<u64> {
    const END: &[u8] = b"\r\n0\r\n\r\n";
    stream.write_all(request.as_bytes())?;
    let (mut piece, mut bytes, mut start, mut last) = (vec![0; 64 * 1024], 0, Vec::new(), Vec::new());
    loop {
        let n = stream.read(&mut piece)?;
        if n == 0 {
            break;
        }
        bytes += n as u64;
        let wanted = 12_usize.saturating_sub(start.len()).min(n);
        start.extend_from_slice(&piece[..wanted]);
        last.extend_from_slice(&piece[n.saturating_sub(END.len())..n]);
        last.drain(..last.len().saturating_sub(END.len()));
    }
    match start.as_slice() {
        b"HTTP/1.1 200" if last == END => Ok(bytes),
        _ => Err(format!("an export was answered {:?} and broke off", String::from_utf8_lossy(&start)).into()),
    }
}

impl Beside {
    /// Removes what deleted rows left, so that later figures do not pay for it.
    pub fn tidy(&mut self) -> Result<()> {
        if let Self::Postgres(conn) = self {
            conn.batch_execute("vacuum analyze things")?;
        }
        Ok(())
    }
}
