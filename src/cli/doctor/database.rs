//! The database: whether it answers, is of this version, whole, and of the same time; and what waits in it. What servers are
//! asked about themselves is raw.

use std::path::Path;
use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::base::clock::Timestamp;
use crate::base::text::Count;
use crate::base::text::keys::TWIN;
use crate::base::time::DisplayZone;
use crate::cli::backup::megabytes;
use crate::cli::doctor::data_dir::open_to_others;
use crate::cli::doctor::{Finding, Level};
use crate::config::Storage;
use crate::db::schema::{jobs, mails, sessions};
use crate::db::{self, Access, Conn, DatabaseUrl};
use crate::tenancy::installation;

/// A write-ahead log larger than this was kept from being written back.
const LARGE_LOG: u64 = 256_000_000;
/// Clocks may differ by so much.
const SKEW: Duration = Duration::from_secs(30);

/// Looks at it.
pub(crate) fn examine(storage: &Storage, now: Timestamp) -> Vec<Finding> {
    let (place, url) = (&storage.place, &storage.database);
    if let DatabaseUrl::Sqlite(path) = url
        && !path.exists()
    {
        let message = format!("there is none at {}; `tenantry serve` creates it", path.display());
        return vec![Finding::failed("database", message)];
    }
    let mut conn = match url.connect(Access::Read) {
        Ok(conn) => conn,
        Err(why) => {
            return vec![Finding::failed("database", format!("{url} cannot be opened; check DATABASE_URL: {why}"))];
        }
    };
    let version = version(&mut conn, url);
    if version.level == Level::Failed {
        return vec![version];
    }
    let mut findings = vec![version];
    let has_key = place.secrets().is_ok_and(|secrets| secrets.is_some());
    if has_key && !installation::is_under(&mut conn, &storage.secrets).unwrap_or(true) {
        findings.push(Finding::failed("key", place.other_key()));
    }
    findings.extend(match url {
        DatabaseUrl::Sqlite(path) => vec![whole(&mut conn), log(path)],
        DatabaseUrl::Postgres(_) => vec![server(&mut conn)],
    });
    findings.extend(twins(&mut conn));
    findings.push(clock(&mut conn, now));
    findings.extend(waiting(&mut conn, now));
    findings
}

fn version(conn: &mut Conn, url: &DatabaseUrl) -> Finding {
    let Ok(applied) = db::applied(conn) else {
        return Finding::failed("database", format!("{url} has no tables yet; run `tenantry migrate`"));
    };
    let known = db::known(url.is_postgres()).unwrap_or_default();
    if let Some(newer) = applied.iter().find(|version| !known.contains(version)) {
        let message = format!("{url} was migrated by a newer Tenantry ({newer} is not known here); use that version");
        return Finding::failed("database", message);
    }
    match known.len().saturating_sub(applied.len()) {
        0 => Finding::fine("database", format!("{url} answers and is up to date")),
        n => Finding::failed("database", format!("{url} misses {n} migrations; run `tenantry migrate`")),
    }
}

#[derive(QueryableByName)]
struct Checked {
    #[diesel(sql_type = Text)]
    quick_check: String,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

fn number(conn: &mut Conn, sql: &str) -> QueryResult<i64> {
    diesel::sql_query(sql).get_result::<Number>(conn).map(|row| row.n)
}

fn whole(conn: &mut Conn) -> Finding {
    match diesel::sql_query("pragma quick_check(1)").get_result::<Checked>(conn) {
        Ok(said) if said.quick_check == "ok" => Finding::fine("integrity", "every page of the database is whole"),
        Ok(said) => Finding::failed(
            "integrity",
            format!("the database is damaged; restore the last backup: {}", said.quick_check),
        ),
        Err(why) => {
            Finding::failed("integrity", format!("the database cannot be read; restore the last backup: {why}"))
        }
    }
}

/// Names that are the same as another: an earlier version let both be.
fn twins(conn: &mut Conn) -> Option<Finding> {
    let like = format!("%{TWIN}%");
    let columns =
        [("customers", "title_key"), ("things", "name_key"), ("users", "email_key"), ("tenants", "title_key")];
    let counts = columns.map(|(table, column)| format!("(select count(*) from {table} where {column} like '{like}')"));
    match number(conn, &format!("select {} as n", counts.join(" + "))) {
        Ok(0) => None,
        Ok(n) => {
            let told = "names are the same as others, since they are compared more strictly now; give them others";
            Some(Finding::warning("names", format!("{} {told}", Count::from(n))))
        }
        Err(why) => Some(Finding::failed("names", why.to_string())),
    }
}

fn log(path: &Path) -> Finding {
    if open_to_others(path) && path.parent().is_some_and(open_to_others) {
        let message = format!("{0} is open to others on this machine; run chmod 600 {0}*", path.display());
        return Finding::warning("file", message);
    }
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    let log = size(&path.with_file_name(format!("{}-wal", path.file_name().unwrap_or_default().display())));
    let message = format!("{} holds {}, its log {}", path.display(), megabytes(size(path)), megabytes(log));
    match log {
        LARGE_LOG.. => Finding::warning("file", format!("{message}; something reads for long: restart the server")),
        _ => Finding::fine("file", message),
    }
}

fn server(conn: &mut Conn) -> Finding {
    let looked = (|| {
        let version = number(conn, "select current_setting('server_version_num')::bigint / 10000 as n")?;
        let used = number(conn, "select count(*) as n from pg_stat_activity where backend_type = 'client backend'")?;
        let most = number(conn, "select current_setting('max_connections')::bigint as n")?;
        QueryResult::Ok((version, used, most))
    })();
    match looked {
        Err(why) => Finding::failed("server", format!("PostgreSQL cannot be asked: {why}")),
        Ok((version @ ..15, ..)) => {
            Finding::failed("server", format!("PostgreSQL {version} is too old; use 15 or newer"))
        }
        Ok((version, used, most)) => {
            let message = format!("PostgreSQL {version}, {used} of {most} connections are in use");
            if used * 10 > most * 8 {
                Finding::warning(
                    "server",
                    format!("{message}; each process of Tenantry may use 8: raise max_connections"),
                )
            } else {
                Finding::fine("server", message)
            }
        }
    }
}

/// PostgreSQL tells the time; SQLite only whether something was written in what is the future by this clock.
fn clock(conn: &mut Conn, now: Timestamp) -> Finding {
    let database_time = match conn {
        Conn::Pg(_) => number(conn, "select (extract(epoch from clock_timestamp()) * 1000000)::bigint as n"),
        Conn::Sqlite(_) => sessions::table
            .select(diesel::dsl::max(sessions::seen_at))
            .first::<Option<Timestamp>>(conn)
            .map(|newest| newest.map_or(0, Timestamp::micros)),
    };
    let Ok(database_time) = database_time.map(Timestamp::from_micros) else {
        return Finding::failed("clock", "the database cannot be asked");
    };
    let behind = database_time > now + SKEW;
    let ahead = matches!(conn, Conn::Pg(_)) && database_time + SKEW < now;
    let here = DisplayZone::utc().format(now, now).exact;
    if behind || ahead {
        let there = DisplayZone::utc().format(database_time, now).exact;
        let message = format!("it is {here} here, but {there} in the database; let both machines keep time by NTP");
        return Finding::failed("clock", message);
    }
    Finding::fine("clock", format!("it is {here}"))
}

fn waiting(conn: &mut Conn, now: Timestamp) -> Vec<Finding> {
    let hour = Duration::from_secs(3600);
    let late = mails::table.filter(mails::state.eq("queued").and(mails::created_at.lt(now - hour))).count();
    let failed = jobs::table.filter(jobs::state.eq("failed")).count();
    let (late, failed): (QueryResult<i64>, QueryResult<i64>) = (late.get_result(conn), failed.get_result(conn));
    let (Ok(late), Ok(failed)) = (late, failed) else {
        return vec![Finding::failed("work", "the database cannot be asked")];
    };
    let mut findings = Vec::new();
    if late > 0 {
        let mails = Count::from(late).of("mail waits", "mails wait");
        findings.push(Finding::warning(
            "work",
            format!("{mails} for more than an hour; see `mail` here, and the log of the server"),
        ));
    }
    if failed > 0 {
        let jobs = Count::from(failed).of("piece of work has", "pieces of work have");
        findings.push(Finding::warning("work", format!("{jobs} failed; their pages offer to try again")));
    }
    if findings.is_empty() {
        findings.push(Finding::fine("work", "no mail and no work is late"));
    }
    findings
}
