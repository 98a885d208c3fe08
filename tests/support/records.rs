//! The rows of the application's database, read behind its back: to see that nothing was changed, and that what is
//! counted is right.

mod filling;

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::Text;
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection};

use super::app::App;

/// A connection of the test's own.
pub enum Records {
    /// To the file.
    Sqlite(SqliteConnection),
    /// To the server.
    Postgres(PgConnection),
}

/// All rows at a moment, each as a line that begins with its table. When somebody was last seen is left out, and how
/// often something was tried, which a refused request leaves behind as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows(Vec<String>);

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

impl Records {
    /// Connects to the database of an application.
    pub fn of(app: &App) -> Self {
        Self::at(&app.database_url())
    }

    /// Connects to the database that a `DATABASE_URL` says.
    pub fn at(url: &str) -> Self {
        match url.strip_prefix("sqlite:") {
            Some(path) => {
                let mut connection = SqliteConnection::establish(path).unwrap();
                connection.batch_execute("pragma busy_timeout = 10000").unwrap();
                Self::Sqlite(connection)
            }
            None => Self::Postgres(PgConnection::establish(url).unwrap()),
        }
    }

    /// What a statement selects: one column of text, named `line`.
    pub fn lines(&mut self, sql: &str) -> Vec<String> {
        let query = diesel::sql_query(sql);
        let lines: Vec<Line> = match self {
            Self::Sqlite(connection) => query.load(connection),
            Self::Postgres(connection) => query.load(connection),
        }
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
        lines.into_iter().map(|line| line.line).collect()
    }

    /// A number that a statement selects.
    pub fn number(&mut self, sql: &str) -> i64 {
        let lines = self.lines(&format!("select cast(({sql}) as text) as line"));
        lines[0].parse().unwrap_or_else(|_| panic!("{sql}: {lines:?}"))
    }

    /// Waits until a number that a statement selects is as `wanted`.
    pub async fn wait_until(&mut self, sql: &str, wanted: impl Fn(i64) -> bool) {
        let since = Instant::now();
        while !wanted(self.number(sql)) {
            assert!(since.elapsed() < Duration::from_secs(60), "it does not go on: {sql}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Runs statements.
    pub fn run(&mut self, sql: &str) {
        match self {
            Self::Sqlite(connection) => connection.batch_execute(sql),
            Self::Postgres(connection) => connection.batch_execute(sql),
        }
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// Runs statements that a database may refuse; answers whether it took them.
    pub fn attempt(&mut self, sql: &str) -> bool {
        match self {
            Self::Sqlite(connection) => connection.batch_execute(sql),
            Self::Postgres(connection) => connection.batch_execute(sql),
        }
        .is_ok()
    }

    /// Every number that is kept and is not what counting would give: a line each.
    pub fn wrong_numbers(&mut self) -> Vec<String> {
        let mut wrong = Vec::new();
        for (what, kept, counted) in [
            (
                "devices",
                "customer_counts",
                "select count(*) from things x where x.tenant_id = k.tenant_id and x.customer_id = k.customer_id",
            ),
            (
                "users",
                "customer_counts",
                "select count(*) from users x where x.tenant_id = k.tenant_id and x.customer_id = k.customer_id",
            ),
            (
                "inner customers",
                "customer_counts",
                "select count(*) from customers x where x.tenant_id = k.tenant_id and x.parent_id = k.customer_id",
            ),
            (
                "branch",
                "branch_counts",
                "select count(*) from things x join customer_branches b on b.tenant_id = x.tenant_id
                 and b.customer_id = x.customer_id where b.tenant_id = k.tenant_id and b.ancestor_id = k.customer_id
                 and not b.stale and x.kind = k.kind",
            ),
        ] {
            let n = match what {
                "devices" => "devices_count + assets_count",
                "inner customers" => "inner_count",
                "users" => "users_count",
                _ => "n",
            };
            let of = "from customers c where c.tenant_id = k.tenant_id and c.id = k.customer_id";
            let name = format!("(select title {of})");
            let there = match kept {
                "customer_counts" => format!(" and (select deletion_id {of}) is null"),
                _ => String::new(),
            };
            wrong.extend(self.lines(&format!(
                "select '{what} of ' || {name} || ': ' || cast({n} as text) as line from {kept} k where {n} <> ({counted}){there}"
            )));
        }
        for (kind, counted) in [
            ("customers", "customers where deletion_id is null"),
            ("top_customers", "customers where deletion_id is null and parent_id is null"),
            ("devices", "things where kind = 'device'"),
            ("devices_not_assigned", "things where kind = 'device' and customer_id is null"),
        ] {
            let kept = self.number(&format!("select coalesce(sum(n), 0) from tenant_counts where kind = '{kind}'"));
            let counted = self.number(&format!("select count(*) from {counted}"));
            if kept != counted {
                wrong.push(format!("{kind}: {kept} instead of {counted}"));
            }
        }
        let copies = "select count(*) from things_in_branches";
        let right = "select count(*) from things x join customer_branches b on b.tenant_id = x.tenant_id
             and b.customer_id = x.customer_id where b.ancestor_id <> b.customer_id";
        if self.number(copies) != self.number(right) {
            wrong.push("copies of things in branches".into());
        }
        wrong
    }

    /// Lets no background work go on, until it is allowed again: each slice of it fails and is undone.
    pub fn stop_work(&mut self) {
        self.run(match self {
            Self::Sqlite(_) => {
                "create trigger stopped before update on jobs when new.done <> old.done
                 begin select raise(abort, 'stopped by a test'); end"
            }
            Self::Postgres(_) => {
                "create function stop() returns trigger language plpgsql as
                 $$ begin raise exception 'stopped by a test'; end $$;
                 create trigger stopped before update on jobs for each row when (new.done <> old.done)
                 execute function stop()"
            }
        });
    }

    /// See `stop_work`.
    pub fn let_work(&mut self) {
        self.run(match self {
            Self::Sqlite(_) => "drop trigger stopped",
            Self::Postgres(_) => "drop trigger stopped on jobs; drop function stop",
        });
    }

    /// The tables of the application with their columns.
    pub fn tables(&mut self) -> Vec<(String, Vec<String>)> {
        let tables = self.lines(match self {
            Self::Sqlite(_) => {
                "select name as line from sqlite_master where type = 'table' and name not like 'sqlite%' order by name"
            }
            Self::Postgres(_) => {
                "select tablename::text as line from pg_tables where schemaname = 'public' order by tablename"
            }
        });
        let ours = tables.into_iter().filter(|table| !table.starts_with("__") && !table.contains("_search"));
        let ours: Vec<String> = ours.collect();
        let columns = ours.into_iter().map(|table| {
            let columns = match self {
                Self::Sqlite(_) => format!("select name as line from pragma_table_info('{table}')"),
                Self::Postgres(_) => format!(
                    "select column_name::text as line from information_schema.columns
                     where table_schema = 'public' and table_name = '{table}' order by ordinal_position"
                ),
            };
            let columns = self.lines(&columns);
            (table, columns)
        });
        columns.collect()
    }

    /// All rows.
    pub fn all(&mut self) -> Rows {
        self.read("")
    }

    /// The rows of the tenant with this title.
    pub fn of_tenant(&mut self, title: &str) -> Rows {
        self.read(&format!(" where tenant_id = (select id from tenants where title = '{title}')"))
    }

    fn read(&mut self, condition: &str) -> Rows {
        let quote = if matches!(self, Self::Sqlite(_)) { "quote({})" } else { "quote_nullable({}::text)" };
        let mut rows = Vec::new();
        for (table, columns) in self.tables().into_iter().filter(|(table, _)| table != "throttles") {
            if !condition.is_empty() && !columns.iter().any(|column| column == "tenant_id") {
                continue;
            }
            let values = columns.iter().filter(|column| *column != "seen_at");
            let values: Vec<String> = values.map(|column| quote.replace("{}", column)).collect();
            let values = values.join(" || ' ' || ");
            rows.extend(self.lines(&format!("select '{table} ' || {values} as line from {table}{condition}")));
        }
        rows.sort_unstable();
        Rows(rows)
    }
}

impl Rows {
    /// What is there besides work, totals, which are kept in pieces, the log, and what signing in leaves behind.
    pub fn lasting(mut self) -> Self {
        let passing = [
            "jobs ",
            "tenant_counts ",
            "form_posts ",
            "sessions ",
            "known_browsers ",
            "links ",
            "audit_",
            // Where the server was reached last.
            "installation ",
        ];
        let is_passing = |row: &String| passing.iter().any(|table| row.starts_with(table));
        self.0.retain(|row| !is_passing(row) && !row.contains("'administrator'"));
        self
    }

    /// Each as a line, bytes in hexadecimal.
    pub fn lines(&self) -> &[String] {
        &self.0
    }

    /// Fails when rows came, went or were changed since; `what` was done meanwhile.
    #[track_caller]
    pub fn assert_same(&self, later: &Self, what: &str) {
        if self != later {
            let gone: Vec<_> = self.0.iter().filter(|row| !later.0.contains(row)).collect();
            let come: Vec<_> = later.0.iter().filter(|row| !self.0.contains(row)).collect();
            panic!("{what} changed rows\n before: {gone:#?}\n after: {come:#?}");
        }
    }
}
