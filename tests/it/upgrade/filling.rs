//! A database with a row in every table, made by using the program. `TENANTRY_FIXTURE=file bin/test sqlite upgrade::filling`
//! (and postgres) writes these rows down as SQL: what a release has left behind, for the next ones to be tried on.

use std::fmt::Write as _;

use super::{kind, on_postgres, settings};
use crate::dashboards::add as add_dashboard;
use crate::support::actor::Actor;
use crate::support::app::{App, PASSWORD, Setup};
use crate::support::machine::Machine;
use crate::support::process::run;
use crate::support::records::Records;
use crate::support::smtp::{Mode, Security, Sink};

/// Does something of everything that leaves a row.
pub async fn fill(app: &App, sink: &Sink) {
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let profile = [("first_name", "Ann"), ("last_name", "Østby"), ("phone", "+47 1234")];
    ann.submit("/account", &profile).await.see("Your profile was saved.");
    let harbour = acme.customer("Harbour").await;
    let pier = acme.customer_under("Pier", &harbour).await;
    acme.customer("Mill").await;
    let mia = acme.user(&pier, "mia@pier.example").await;
    acme.invite(&pier, "jo@pier.example").await;
    app.stranger().sign_in("mia@pier.example", "not the password").await.see_status(422);

    let id = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    for (list, name, customer) in [
        ("/devices", "Boiler", id(&pier)),
        ("/devices", "Loose pump", String::new()),
        ("/assets", "Hall", id(&harbour)),
    ] {
        let thing = [("name", name), ("type", "Heating"), ("label", "in the cellar"), ("customer", &customer)];
        ann.submit(&format!("{list}/new"), &thing).await.see(&format!("{name} was added."));
    }
    let board =
        add_dashboard(&ann, "Overview", &[("note", "Welcome", "to all"), ("inner_customers", "", "users")]).await;
    crate::dashboards::assign(&ann, &pier, &[&board]).await;
    mia.post("/account/home", &[("csrf".into(), mia.token().await), ("home_dashboard".into(), id(&board))]).await;
    start_impersonation(&ann, &pier, "mia@pier.example").await;

    // Somebody with the same address and password in another tenant, who has not chosen one yet.
    let beta = app.tenant("Beta").await;
    let mill = beta.customer("Mill").await;
    beta.user(&mill, "mia@pier.example").await;
    app.stranger().sign_in("mia@pier.example", PASSWORD).await.see("Choose a tenant");

    // A mail that was sent, and one that waits, with its letter.
    let ann = acme.admin().await;
    ann.submit("/administrators/new", &[("email", "eve@acme.example")]).await.see("is queued");
    sink.mail_to("eve@acme.example").await;
    sink.set_mode(Mode::RefuseForNow);
    ann.submit("/administrators/new", &[("email", "bob@acme.example")]).await.see("is queued");
    ann.get_until("/administrators", "Mail failed, tried again").await;

    // An import that was looked through, and one that is under way.
    let rows = "Name,Customer\nChecked,Pier\nRefused,Nobody\n";
    crate::imports::check(&ann, "devices", rows).await;
    let checked = crate::imports::check(&ann, "devices", "Name,Customer\nLate arrival,Mill\n").await;
    let mut records = Records::of(app);
    records.stop_work();
    let begun = ann.press(&checked, &checked.all("form[action$='/commit'] button").pop().unwrap()).await;
    begun.see("has started");
    records.wait_until("select count(*) from jobs where problem <> ''", |n| n > 0).await;
}

async fn start_impersonation(ann: &Actor, customer: &str, email: &str) {
    let user = ann.get(&format!("{customer}/users")).await.href(email);
    ann.press(&ann.get(&user).await, "View as user").await.see_path("/home");
}

/// Every row as a statement, tables after those that they refer to.
fn fixture(records: &mut Records) -> String {
    let schema: String =
        super::names().map(|name| super::read(&format!("migrations/{}/{name}/up.sql", kind()))).collect();
    let mut tables = records.tables();
    tables.sort_by_key(|(table, _)| schema.find(&format!("create table {table} ")));
    let quote = if on_postgres() { "quote_nullable({}::text)" } else { "quote({})" };
    let mut sql = String::from("begin;\n");
    for (table, columns) in tables {
        let values: Vec<String> = columns.iter().map(|column| quote.replace("{}", column)).collect();
        let rows = records.lines(&format!("select {} as line from {table}", values.join(" || ', ' || ")));
        let rows: Vec<String> = rows.into_iter().map(|row| format!("({row})")).collect();
        writeln!(sql, "insert into {table} ({}) values\n{};", columns.join(", "), rows.join(",\n")).unwrap();
    }
    sql + "commit;\n"
}

#[actix_web::test]
async fn everything_that_is_kept_is_in_a_backup() {
    let (machine, other) = (Machine::new(), Machine::new());
    assert_eq!(run(&["migrate"], &settings(&machine)).code, Some(0));
    let sink = Sink::start(Security::None);
    let place = Some((machine.data_dir(), machine.url()));
    let app = App::start(Setup { smtp_url: Some(sink.url()), place, ..Setup::default() }).await;
    fill(&app, &sink).await;
    drop(app);
    let mut records = Records::at(&machine.url());
    records.let_work();
    let hash = if on_postgres() {
        "decode(repeat('5e', 32), 'hex'), now()"
    } else {
        "unhex(printf('%064x', 94)), 1700000000000000"
    };
    // No tenant may be set up by a link any more, but one that lost the race may have left its own.
    records.run(&format!("insert into setup_links (secret_hash, created_at) values ({hash})"));
    for (table, _) in records.tables() {
        assert!(records.number(&format!("select count(*) from {table}")) > 0, "nothing here leaves a row in {table}");
    }
    if let Some(file) = std::env::var_os("TENANTRY_FIXTURE") {
        std::fs::write(file, fixture(&mut records)).unwrap();
    }

    let file = machine.dir.path().join("one.backup");
    let file = file.to_str().unwrap();
    let made = run(&["backup", file], &settings(&machine));
    assert_eq!(made.code, Some(0), "{made:?}");
    let restored = run(&["restore", file], &settings(&other));
    assert_eq!(restored.code, Some(0), "{restored:?}");
    let columns = records.tables().into_iter().collect();
    let (here, there) =
        (super::contents(&mut records, &columns), super::contents(&mut Records::at(&other.url()), &columns));
    assert_eq!(here, there, "a backup that was restored");
    let serving = crate::support::process::serve(&[], &settings(&other));
    let ann = Actor::new(&serving.base);
    ann.sign_in("admin@acme.example", PASSWORD).await.see_path("/customers");
    ann.get("/customers?q=arbou").await.see("Harbour");
    ann.get("/devices?q=oile").await.see("Boiler");
}
