//! Fresh databases on the PostgreSQL server that `TENANTRY_TEST_POSTGRES` names: one for each test, gone with it.

use std::error::Error;
use std::sync::{Mutex, PoisonError};

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};
use url::Url;
use uuid::Uuid;

/// The migrated database that others are copied from; it stays until its server goes. CREATE DATABASE fails while
/// another session uses its template, so whoever holds the lock is alone with it.
static TEMPLATE: Mutex<Option<Database>> = Mutex::new(None);

/// The URL of the server, whose role may create databases; `None` when this run does without PostgreSQL.
pub fn server() -> Option<Url> {
    let url = std::env::var("TENANTRY_TEST_POSTGRES").ok().filter(|url| !url.is_empty())?;
    Some(Url::parse(&url).expect("TENANTRY_TEST_POSTGRES is a URL"))
}

/// A database of one test, dropped with this value, whoever is still connected.
pub struct Database {
    server: Url,
    name: String,
}

impl Database {
    /// A new database without any table.
    pub fn empty() -> Self {
        Self::create("template0")
    }

    /// A new database, migrated: a copy of one that `migrate`, given its URL, prepares once in a test program.
    pub fn migrated(migrate: impl FnOnce(&str)) -> Self {
        // A failed migration fails its own test; the next test may try again.
        let mut template = TEMPLATE.lock().unwrap_or_else(PoisonError::into_inner);
        let template = template.get_or_insert_with(|| {
            let database = Self::empty();
            migrate(&database.url());
            database.close();
            database
        });
        Self::create(&template.name)
    }

    /// Where the application finds it.
    pub fn url(&self) -> String {
        let mut url = self.server.clone();
        url.set_path(&self.name);
        url.into()
    }

    fn create(template: &str) -> Self {
        let server = server().expect("TENANTRY_TEST_POSTGRES names a server; bin/test starts one");
        let name = format!("tenantry_test_{}", Uuid::now_v7().simple());
        // Copying files takes half the time of the default, which writes every page to the log.
        run(&server, &format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"));
        Self { server, name }
    }

    /// Lets nobody in any more, so that it can always be copied.
    fn close(&self) {
        run(&self.server, &format!("ALTER DATABASE {} ALLOW_CONNECTIONS false", self.name));
        run(&self.server, &self.disconnection());
    }

    fn disconnection(&self) -> String {
        format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'", self.name)
    }

    fn drop_now(&self) -> Result<(), Box<dyn Error>> {
        let mut connection = PgConnection::establish(self.server.as_str())?;
        // A moment for the others to go: when it finds one, DROP DATABASE looks again only after 100 ms.
        connection.batch_execute(&self.disconnection())?;
        connection.batch_execute("SELECT pg_sleep(0.005)")?;
        connection.batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name))?;
        Ok(())
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // No second panic: the test may have failed because the server is gone.
        if let Err(error) = self.drop_now() {
            eprintln!("the database {} stays behind: {error}", self.name);
        }
    }
}

fn run(server: &Url, sql: &str) {
    let mut connection =
        PgConnection::establish(server.as_str()).expect("the server of TENANTRY_TEST_POSTGRES answers");
    connection.batch_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
}
