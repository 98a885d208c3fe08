//! The rows of the application's database, read behind its back: to see that nothing was changed, and that what is
//! counted is right.

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

    /// Runs statements.
    pub fn run(&mut self, sql: &str) {
        match self {
            Self::Sqlite(connection) => connection.batch_execute(sql),
            Self::Postgres(connection) => connection.batch_execute(sql),
        }
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// Adds inner customers of the one at `parent`, four inside each, and two users to each of them, without asking
    /// the application: the n-th has the title "Branch n" and users called `a-n@branch.example` and `b-n@branch.example`.
    pub fn add_branch(&mut self, parent: &str, customers: usize) {
        let parent = parent.rsplit('/').next().unwrap().replace('-', "");
        let (id, parent, now) = match self {
            Self::Sqlite(_) => ("unhex(printf('%032x', {}))", format!("x'{parent}'"), "1700000000000000"),
            Self::Postgres(_) => {
                ("cast(lpad(to_hex({}), 32, '0') as uuid)", format!("cast('{parent}' as uuid)"), "now()")
            }
        };
        let id = |n: &str| id.replace("{}", n);
        let numbers = format!("with recursive n (i) as (select 1 union all select i + 1 from n where i < {customers})");
        let tenant = format!("(select tenant_id from customers where id = {parent})");
        let texts = "country, country_key, state, city, city_key, zip, address, address2, phone, email, email_key";
        self.run(&format!(
            "insert into customers (tenant_id, id, parent_id, title, title_key, description, search_key, created_at,
                 updated_at, users_count, inner_count, {texts})
             {numbers} select {tenant}, {}, case when i < 4 then {parent} else {} end, 'Branch ' || i,
                 'branch ' || i, '', 'branch ' || i, {now}, {now}, 2, 0, '', '', '', '', '', '', '', '', '', '', ''
             from n",
            id("i"),
            id("(i / 4)")
        ));
        for (letter, row) in [("a", "1000000 + i"), ("b", "2000000 + i")] {
            self.run(&format!(
                "insert into users (tenant_id, id, role, customer_id, email, email_key, first_name, last_name, name_key,
                     phone, description, created_at, updated_at)
                 {numbers} select {tenant}, {}, 'customer_user', {}, '{letter}-' || i || '@branch.example',
                     '{letter}-' || i || '@branch.example', '', '', '', '', '', {now}, {now}
                 from n",
                id(&format!("({row})")),
                id("i")
            ));
        }
        self.run(&format!(
            "delete from customer_branches where tenant_id = {tenant};
             insert into customer_branches (tenant_id, ancestor_id, customer_id, title_key, has_devices)
             with recursive up (ancestor, customer, title_key, devices) as (
               select id, id, title_key, devices_count from customers where tenant_id = {tenant}
               union all
               select c.parent_id, up.customer, up.title_key, up.devices
               from up join customers c on c.id = up.ancestor and c.tenant_id = {tenant} where c.parent_id is not null)
             select {tenant}, ancestor, customer, title_key, devices > 0 from up"
        ));
        self.run(&format!(
            "update customers set inner_count = (select count(*) from customers c
                 where c.tenant_id = customers.tenant_id and c.parent_id = customers.id);
             insert into tenant_counts (tenant_id, kind, slot, n) values ({tenant}, 'customers', 99, {customers})
             on conflict (tenant_id, kind, slot) do update set n = tenant_counts.n + {customers}"
        ));
    }

    /// Gives a tenant `n` devices of nobody without asking the application, called `name` and a number from 100000 on.
    pub fn add_many_devices(&mut self, tenant: &str, name: &str, label: &str, n: usize) {
        let (id, now) = match self {
            Self::Sqlite(_) => ("randomblob(16)", "1"),
            Self::Postgres(_) => ("gen_random_uuid()", "now()"),
        };
        self.run(&format!(
            "insert into things (tenant_id, id, kind, name, name_key, type_name, type_key, label, label_key, description,
               search_key, created_at, updated_at)
             with recursive many (n) as (select 100000 union all select n + 1 from many where n < 100000 + {n} - 1)
             select t.id, {id}, 'device', '{name}' || n, '{name}' || n, 'x', 'x', '{label}', '{label}', '',
               '{name}' || n || ' {label} x', {now}, {now} from many cross join tenants t where t.title = '{tenant}';
             insert into tenant_counts (tenant_id, kind, slot, n)
             select id, 'devices', {slot}, {n} from tenants where title = '{tenant}';",
            slot = 20 + n,
        ));
    }

    /// Gives each customer that `add_branch` added a device, and nobody `free` more, without asking the application: the
    /// n-th is called "Device n" or "Free n".
    pub fn add_devices(&mut self, tenant: &str, free: usize) {
        let tenant = format!("(select id from tenants where title = '{tenant}')");
        let (id, now) = match self {
            Self::Sqlite(_) => ("unhex(printf('%032x', {} + i))", "1700000000000000"),
            Self::Postgres(_) => ("cast(lpad(to_hex({} + i), 32, '0') as uuid)", "now()"),
        };
        let numbers = format!("with recursive n (i) as (select 1 union all select i + 1 from n where i < {free})");
        let columns = "tenant_id, id, kind, customer_id, name, name_key, type_name, type_key, label, label_key,
             description, search_key, created_at, updated_at";
        let rest = "'default', 'default', '', '', ''";
        let month = match self {
            Self::Sqlite(_) => "strftime('%Y-%m', x.created_at / 1000000, 'unixepoch')",
            Self::Postgres(_) => "to_char(x.created_at at time zone 'UTC', 'YYYY-MM')",
        };
        let row_of = match self {
            Self::Sqlite(_) => "(select seq as i, id as customer, title from customers where title like 'Branch %') n",
            Self::Postgres(_) => {
                "(select row_number() over () as i, id as customer, title from customers where title like 'Branch %') n"
            }
        };
        self.run(&format!(
            "insert into things ({columns})
             select {tenant}, {of_branch}, 'device', customer, 'Device' || substr(title, 7), 'device' || substr(title, 7),
                 {rest}, 'device' || substr(title, 7), {now}, {now} from {row_of};
             insert into things ({columns})
             {numbers} select {tenant}, {of_none}, 'device', null, 'Free ' || i, 'free ' || i, {rest}, 'free ' || i, {now},
                 {now} from n;
             update customers set devices_count = (select count(*) from things where things.tenant_id = customers.tenant_id
                 and customer_id = customers.id);
             update customer_branches set has_devices = exists (select 1 from things
                 where things.tenant_id = customer_branches.tenant_id and things.customer_id = customer_branches.customer_id);
             delete from things_in_branches;
             insert into things_in_branches (tenant_id, ancestor_id, kind, thing_id, name_key, type_key, label_key)
             select b.tenant_id, b.ancestor_id, x.kind, x.id, x.name_key, x.type_key, x.label_key
                 from customer_branches b join things x on x.tenant_id = b.tenant_id and x.customer_id = b.customer_id
                 where b.ancestor_id <> b.customer_id;
             delete from branch_counts;
             insert into branch_counts (tenant_id, customer_id, kind, n)
             select b.tenant_id, b.ancestor_id, x.kind, count(*)
                 from customer_branches b join things x on x.tenant_id = b.tenant_id and x.customer_id = b.customer_id
                 group by b.tenant_id, b.ancestor_id, x.kind;
             insert into thing_types (tenant_id, kind, type_key, slot, type_name, n)
             select {tenant}, 'device', 'default', 99, 'default', count(*) from things where tenant_id = {tenant};
             insert into tenant_counts (tenant_id, kind, slot, n)
             select {tenant}, 'devices', 99, count(*) from things where tenant_id = {tenant};
             insert into thing_months (tenant_id, kind, month, slot, n)
             select tenant_id, kind, {month}, 99, count(*) from things x group by tenant_id, kind, {month};
             insert into thing_tallies (tenant_id, customer_id, kind, tallied_by, tally_key, tally_name, n)
             select b.tenant_id, b.ancestor_id, x.kind, 'type', x.type_key, min(x.type_name), count(*)
                 from customer_branches b join things x on x.tenant_id = b.tenant_id and x.customer_id = b.customer_id
                 group by b.tenant_id, b.ancestor_id, x.kind, x.type_key;
             insert into thing_tallies (tenant_id, customer_id, kind, tallied_by, tally_key, tally_name, n)
             select b.tenant_id, b.ancestor_id, x.kind, 'month', {month}, {month}, count(*)
                 from customer_branches b join things x on x.tenant_id = b.tenant_id and x.customer_id = b.customer_id
                 group by b.tenant_id, b.ancestor_id, x.kind, {month};
             insert into tenant_counts (tenant_id, kind, slot, n) values ({tenant}, 'devices_not_assigned', 99, {free})",
            of_branch = id.replace("{}", "4000000"),
            of_none = id.replace("{}", "8000000"),
        ));
        if let Self::Postgres(_) = self {
            // As a database is after a while: without statistics every plan is a guess.
            self.run("analyze");
        }
    }

    /// Every number that is kept and is not what counting would give: a line each.
    pub fn wrong_numbers(&mut self) -> Vec<String> {
        let mut wrong = Vec::new();
        for (what, kept, counted) in [
            (
                "devices",
                "customers",
                "select count(*) from things x where x.tenant_id = k.tenant_id and x.customer_id = k.id",
            ),
            (
                "inner customers",
                "customers",
                "select count(*) from customers x where x.tenant_id = k.tenant_id and x.parent_id = k.id",
            ),
            (
                "branch",
                "branch_counts",
                "select count(*) from things x join customer_branches b on b.tenant_id = x.tenant_id
                 and b.customer_id = x.customer_id where b.tenant_id = k.tenant_id and b.ancestor_id = k.customer_id
                 and not b.gone and x.kind = k.kind",
            ),
        ] {
            let (name, n) = match what {
                "devices" => ("title", "devices_count + assets_count"),
                "inner customers" => ("title", "inner_count"),
                _ => ("(select title from customers c where c.tenant_id = k.tenant_id and c.id = k.customer_id)", "n"),
            };
            let there = if kept == "customers" { " and k.deletion_id is null" } else { "" };
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
        let passing = ["jobs ", "tenant_counts ", "form_posts ", "sessions ", "links ", "audit_"];
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
