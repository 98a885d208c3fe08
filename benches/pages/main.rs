//! The figures of docs/performance.md: CPU time a request, work in the background, memory, disk and start, measured on data
//! that is made here. `bin/bench` runs it with a PostgreSQL beside SQLite; `cargo bench` alone leaves that out and says so.
//! The program is a process that is spoken to over HTTP: the one that was built with this, or `TENANTRY_BENCH_PROGRAM`.
//! With another one in `TENANTRY_BENCH_BEFORE`, both are measured in turn.

mod alone;
mod changes;
mod compare;
mod cpu;
mod data;
mod disk;
mod files;
mod http;
mod lists;
mod loading;
mod memory;
mod paths;
mod place;
mod process;
mod site;
mod statement;
mod table;
mod template;
mod turns;
mod walk;
mod writes;
mod written;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use data::Size;
use place::{Place, Postgres};
use process::{Result, Server};
use site::Site;
use table::{Figure, Table, at_most};

/// How much data there is, and how long the storm lasts.
struct Extent {
    size: Size,
    /// What lists are compared with: a part of it.
    part: usize,
    part_name: &'static str,
    storm: Duration,
    /// Whether the data is that of the limits of the disk.
    has_disk_limits: bool,
}

impl Extent {
    fn asked(arguments: &[String]) -> Self {
        let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
        let size = |customers, devices, assets| Size { customers, devices, assets };
        let (size, part, part_name, storm) = match (has("--full"), has("--small")) {
            (true, _) => (size(100_000, 2_000_000, 200_000), 100, "a hundredth", 60),
            (_, true) => (size(10_000, 50_000, 10_000), 10, "a tenth", 10),
            _ => (size(100_000, 1_000_000, 100_000), 100, "a hundredth", 60),
        };
        let has_disk_limits = size.devices == 1_000_000;
        Self { size, part, part_name, storm: Duration::from_secs(storm), has_disk_limits }
    }
}

/// `--bench` is what cargo adds.
const ARGUMENTS: [&str; 6] = ["--full", "--medium", "--small", "--sqlite", "--postgres", "--bench"];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == template::ARGUMENT) {
        return ended(template::serve().map(|()| true));
    }
    if let Some(unknown) = arguments.iter().find(|argument| !ARGUMENTS.contains(&argument.as_str())) {
        eprintln!(
            "{unknown} is not known: give --full, --medium or --small, and --sqlite or --postgres for one database"
        );
        return ExitCode::from(2);
    }
    ended(measure(&arguments))
}

fn ended(measured: Result<bool>) -> ExitCode {
    match measured {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("Not everything could be measured.");
            ExitCode::FAILURE
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

/// Answers whether everything could be measured.
fn measure(arguments: &[String]) -> Result<bool> {
    let program = std::env::var_os("TENANTRY_BENCH_PROGRAM").map(PathBuf::from);
    let program = program.unwrap_or_else(|| env!("CARGO_BIN_EXE_tenantry").into());
    let before = std::env::var_os("TENANTRY_BENCH_BEFORE").map(PathBuf::from);
    let extent = Extent::asked(arguments);
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let mut databases = Vec::new();
    if !has("--postgres") {
        databases.push(("SQLite", None));
    }
    if !has("--sqlite") {
        match Postgres::running() {
            Some(postgres) => databases.push(("PostgreSQL", Some(postgres))),
            None => eprintln!("Left out: PostgreSQL. `bin/bench` measures both."),
        }
    }
    let mut is_whole = true;
    for (name, postgres) in databases {
        let table = Table::of(name);
        let done = match &before {
            Some(before) => both(&table, before, &program, &extent, postgres.as_ref()),
            None => one(&table, &program, &extent, postgres.as_ref()),
        };
        if let Err(why) = done {
            table.row("everything after the rows above", Err(why));
        }
        is_whole &= !table.has_gaps();
    }
    let table = Table::of("");
    let sizes = [before.as_ref(), Some(&program)].into_iter().flatten().map(|path| megabytes(path));
    table.row("the binary", binary(&sizes.collect::<Result<Vec<_>>>()?));
    Ok(is_whole)
}

fn megabytes(path: &Path) -> Result<f64> {
    Ok(std::fs::metadata(path)?.len() as f64 / 1e6)
}

/// Of one program, or of two.
fn binary(sizes: &[f64]) -> Result<Figure> {
    let now = sizes.last().ok_or("no program")?;
    let text = sizes.iter().map(|size| format!("{size:.1}")).collect::<Vec<_>>().join(" → ");
    Ok(Figure::new(format!("{text} MB"), [at_most(*now, 25.0, "{} MB")]))
}

fn create(postgres: Option<&Postgres>, name: &str) -> Result<Option<Postgres>> {
    postgres.map(|postgres| postgres.create(name)).transpose()
}

fn both(table: &Table, before: &Path, now: &Path, extent: &Extent, postgres: Option<&Postgres>) -> Result<()> {
    let before = Site::new(before, extent.size, create(postgres, "before")?)?;
    let now = Site::new(now, extent.size, create(postgres, "now")?)?;
    compare::rows(table, &before, &now);
    Ok(())
}

fn one(table: &Table, program: &Path, extent: &Extent, postgres: Option<&Postgres>) -> Result<()> {
    let bare = Server::start(std::process::Command::new(std::env::current_exe()?).arg(template::ARGUMENT))?;
    let mut large = Site::new(program, extent.size, create(postgres, "large")?)?;
    let small = Site::new(program, extent.size.divided(extent.part), create(postgres, "small")?)?;
    let empty = Place::new(program, create(postgres, "empty")?)?;
    empty.run("migrate", &[])?;
    empty.run("tenant", &["add", "Empty", "--email", "admin@empty.example"])?;
    let (page_limit, disk_limit) = if postgres.is_some() { (4.0, 1_200.0) } else { (2.0, 1_000.0) };
    table.row("filling it: `demo`", Ok(Figure::new(format!("{:.1} s", large.filled.took.as_secs_f64()), [])));
    let Size { customers, devices, .. } = extent.size;
    let what = format!("disk for {customers} customers, {} users and {devices} devices", large.filled.users);
    disk::row(table, &what, &large.filled.disk, extent.has_disk_limits.then_some(disk_limit));
    lists::against_the_template(table, &bare, &large, page_limit);
    drop(bare);
    lists::sizes(table, &large, &small, extent.part_name);
    lists::searches(table, &large);
    lists::others(table, &large);
    lists::deep(table, &large);
    written::writes(table, &large);
    memory::rows(table, &mut large, &empty, extent.storm);
    drop((small, empty));
    changes::adding(table, &large);
    files::rows(table, &large, devices / 2);
    changes::rows(table, &large);
    Ok(())
}
