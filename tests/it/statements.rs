//! How many statements a page or a change takes on PostgreSQL, as the server's own log says: each is a way there and back.

use std::time::{Duration, Instant};

use crate::support::actor::{Actor, Fields};
use crate::support::app::{App, PASSWORD, Setup};
use crate::support::postgres::{self, Database};
use crate::support::records::Records;

/// What is asked, and the statements it takes, those of its session included.
const PAGES: [(&str, usize); 19] = [
    ("/customers", 3),
    ("/customers?sort=title", 3),
    ("/customers?sort=-devices", 3),
    ("/customers?q=beta", 4),
    ("{customer}", 6),
    ("{customer}/customers", 4),
    ("{customer}/users", 3),
    ("{customer}/devices", 4),
    ("/users", 4),
    ("/devices", 3),
    ("/devices?sort=name", 3),
    ("/devices?sort=customer", 6),
    ("/devices?q=meter", 4),
    ("/assets", 2),
    ("{device}", 4),
    ("/dashboards", 3),
    ("/audit", 4),
    ("/home", 5),
    ("/account", 4),
];
/// The same of a customer user.
const PORTAL: [(&str, usize); 4] = [("/home", 8), ("/devices", 4), ("/assets", 3), ("/inner-customers", 5)];
/// The same of changes, with BEGIN and COMMIT.
const CHANGES: [(&str, usize); 6] = [
    ("a customer", 10),
    ("a user", 14),
    ("a device", 11),
    ("an assignment", 22),
    ("another title", 11),
    ("signing in", 26),
];

/// What workers ask meanwhile: whether there is anything to do.
const WORKERS: [&str; 2] = ["SELECT EXISTS (SELECT \"mails\"", "SELECT EXISTS (SELECT \"jobs\""];
/// A page is asked for so often, and the fewest statements count: workers may do more than ask.
const TRIES: usize = 5;
const PATIENCE: Duration = Duration::from_secs(30);

/// The log of the server that has a database.
struct Log {
    admin: Records,
    /// How its lines about the database begin.
    database: String,
    read_to: i64,
    marks: usize,
}

impl Log {
    /// From now on all statements over the database are logged, those of connections that are made later.
    fn of(database: &Database) -> Self {
        let url = database.url();
        let name = url.rsplit('/').next().unwrap().to_owned();
        let mut admin = Records::at(postgres::server().unwrap().as_str());
        assert_eq!(
            admin.lines("select current_setting('logging_collector') as line"),
            ["on"],
            "the test reads PostgreSQL's log: set logging_collector = on and log_line_prefix = '%d '"
        );
        admin.run(&format!("alter database {name} set log_statement = 'all'; set log_statement = 'all'"));
        let read_to = admin.number("select size from pg_stat_file(pg_current_logfile())");
        Self { admin, database: name, read_to, marks: 0 }
    }

    /// What was asked since it was read last.
    fn statements(&mut self) -> Vec<String> {
        self.marks += 1;
        let mark = format!("mark {} of {}", self.marks, self.database);
        self.admin.run(&format!("select '{mark}'"));
        let read = format!("select pg_read_file(pg_current_logfile(), {}, 100000000) as line", self.read_to);
        let since = Instant::now();
        loop {
            let text = self.admin.lines(&read).concat();
            if let Some(end) = text.find(&format!("select '{mark}'")) {
                let end = text[end..].find('\n').map_or(text.len(), |line| end + line + 1);
                self.read_to += end as i64;
                let prefix = format!("{} LOG:  ", self.database);
                let lines = text[..end].lines().filter_map(|line| line.strip_prefix(&prefix));
                let asked = lines.filter(|line| line.starts_with("execute ") || line.starts_with("statement: "));
                return asked
                    .filter(|line| !WORKERS.iter().any(|worker| line.contains(&format!(": {worker}"))))
                    .map(str::to_owned)
                    .collect();
            }
            assert!(since.elapsed() < PATIENCE, "the log has no {mark}");
        }
    }

    /// The fewest statements in which somebody gets an answer.
    async fn fewest(&mut self, mut ask: impl AsyncFnMut(usize) -> Asked) -> Vec<String> {
        let mut fewest: Option<Vec<String>> = None;
        for n in 0..TRIES {
            let asked = ask(n).await;
            self.statements();
            let answer = match asked {
                Asked::Page(who, address) => who.get(&address).await,
                Asked::Change(who, address, form) => who.post(&address, &form).await,
            };
            assert!(answer.status < 400, "{}: {}", answer.path, answer.text());
            let asked = self.statements();
            if fewest.as_ref().is_none_or(|fewest| asked.len() < fewest.len()) {
                fewest = Some(asked);
            }
        }
        fewest.unwrap()
    }
}

/// What is counted, once everything before it was done.
enum Asked {
    Page(Actor, String),
    Change(Actor, String, Fields),
}

#[actix_web::test]
async fn pages_and_changes_take_no_more_statements_than_they_need() {
    if postgres::server().is_none() || !crate::support::app::on_postgres() {
        return; // SQLite is asked without a way there and back.
    }
    let dir = tempfile::tempdir().unwrap();
    let database = Database::migrated(|url| crate::support::app::migrate(dir.path(), url));
    let mut log = Log::of(&database);
    let place = Some((dir.path().to_owned(), database.url()));
    let app = App::start(Setup { place, ..Setup::default() }).await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    acme.customer_under("Gamma", &beta).await;
    let bob = acme.user(&beta, "bob@beta.example").await;
    for n in 0..30 {
        let customer = if n % 2 == 0 { beta.rsplit('/').next().unwrap() } else { "" };
        let form = [("name", &*format!("Meter {n}")), ("type", "meter"), ("customer", customer)];
        ann.submit("/devices/new", &form).await.see("was added.");
    }
    let meter = ann.get("/devices").await.href("Meter 29");

    let mut seen = Vec::new();
    let named = |address: &str| address.replace("{customer}", &beta).replace("{device}", &meter);
    for (who, pages) in [(&ann, PAGES.as_slice()), (&bob, &PORTAL)] {
        for (address, most) in pages {
            let n = log.fewest(async |_| Asked::Page(who.clone(), named(address))).await;
            seen.push((*address, n, *most));
        }
    }
    for (what, most) in CHANGES {
        let n = log.fewest(async |n| change(&ann, what, &beta, n).await).await;
        seen.push((what, n, most));
    }
    let wrong: Vec<_> = seen.iter().filter(|(_, asked, expected)| asked.len() != *expected).collect();
    let shown = wrong.iter().map(|(what, asked, expected)| {
        format!("{what}: {} statements, {expected} written down\n  {}", asked.len(), asked.join("\n  "))
    });
    assert!(wrong.is_empty(), "{}", shown.collect::<Vec<_>>().join("\n"));
}

async fn change(ann: &Actor, what: &str, customer: &str, n: usize) -> Asked {
    let name = format!("Another {n}");
    let (form, fields): (String, Vec<(&str, String)>) = match what {
        "a customer" => ("/customers/new".into(), vec![("title", name)]),
        // Whose link is displayed: a mail is handed over at the same time.
        "a user" => {
            let email = format!("u{n}@beta.example");
            (format!("{customer}/users/new"), vec![("email", email), ("activation_method", "link".into())])
        }
        "a device" => ("/devices/new".into(), vec![("name", name), ("type", "meter".into())]),
        "an assignment" => {
            let device = ann.get("/devices").await.href(&name);
            (device, vec![("customer", customer.rsplit('/').next().unwrap().into())])
        }
        "another title" => (customer.to_owned(), vec![("title", format!("Beta {n}"))]),
        _ => {
            let page = Actor::new(&ann.base);
            let (address, form) =
                page.get("/sign-in").await.filled(&[("email", "admin@acme.example"), ("password", PASSWORD)]);
            return Asked::Change(page, address, form);
        }
    };
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let (address, form) = ann.get(&form).await.filled(&fields);
    Asked::Change(ann.clone(), address, form)
}
