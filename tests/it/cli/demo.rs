//! `tenantry demo` and `tenantry migrate`.

use crate::support::actor::Actor;
use crate::support::machine::Machine;
use crate::support::process::{Ended, add_tenant, run, serve};
use crate::support::records::Records;

fn demo(machine: &Machine, arguments: &[&str]) -> Ended {
    run(&[&["demo"], arguments].concat(), &machine.with(&[]))
}

/// What was printed after a name.
fn printed<'a>(ended: &'a Ended, name: &str) -> &'a str {
    ended.out.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("no {name} in {ended:?}"))
}

#[actix_web::test]
async fn the_demo_prints_a_sign_in_that_works() {
    let machine = Machine::new();
    let ended = demo(&machine, &["--customers", "200", "--devices", "900", "--assets", "60"]);
    assert_eq!((ended.code, ended.out.lines().count()), (Some(0), 2), "{ended:?}");
    let (email, password) = (printed(&ended, "Email: "), printed(&ended, "Password: "));

    let mut serving = serve(&[], &machine.with(&[]));
    let ada = Actor::new(&serving.base);
    ada.sign_in(email, password).await.see_path("/customers");
    assert!(ada.get("/customers?size=100").await.rows().len() > 20);
    assert_eq!(ada.get("/administrators").await.rows().len(), 2);
    let mut records = Records::at(&machine.url());
    assert_eq!(records.number("select count(*) from customers"), 200);
    // Users in every state, and customers at several levels.
    for (state, filter) in [
        ("invited", "activated_at is null and invited_until is not null"),
        ("active", "activated_at is not null and disabled_at is null"),
        ("disabled", "disabled_at is not null"),
    ] {
        assert_ne!(records.number(&format!("select count(*) from users where {filter}")), 0, "nobody is {state}");
    }
    let deep = "select count(*) from customers c join customers p on p.id = c.parent_id where p.parent_id is not null";
    assert_ne!(records.number(deep), 0);
    let number = |kind: &str, which: &str| format!("select count(*) from things where kind = '{kind}' and {which}");
    assert_eq!(records.number(&number("device", "true")), 900);
    assert_eq!(records.number(&number("asset", "true")), 60);
    assert!(records.number(&number("device", "customer_id is null")) > 30, "some are nobody's");
    let most = "select max(devices_count) from customer_counts";
    assert!((180..320).contains(&records.number(most)), "one customer has a quarter of them");
    let branch = "select max(n) from branch_counts b join customer_counts c on c.customer_id = b.customer_id \
         where b.kind = 'device' and c.inner_count > 0";
    assert!(records.number(branch) > 10);
    let list = ada.get("/devices?sort=customer").await;
    list.see("900 devices, ").see(" of 900");
    let list = ada.get("/devices?q=gateway").await;
    assert!(!list.rows().is_empty() && list.rows().iter().all(|name| name.starts_with("GW-")));
    crate::inventory::assert_consistent_at(&machine.url());
    serving.terminate();
    assert!(!serving.line("Tenantry is ready at ").is_empty());
    assert!(!serving.end().out.contains("Set up"), "a demo is set up already");
}

#[test]
fn the_demo_refuses_a_database_that_has_a_tenant() {
    let machine = Machine::new();
    let added = add_tenant("Acme", "ann@acme.example", &machine.with(&[]));
    assert_eq!(added.code, Some(0), "{added:?}");
    let before = Records::at(&machine.url()).all();
    let ended = demo(&machine, &["--customers", "3"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
    assert!(ended.err.ends_with("has a tenant already; demo fills an empty database only\n"), "{}", ended.err);
    assert_eq!(ended.err.lines().count(), 1);
    before.assert_same(&Records::at(&machine.url()).all(), "a refused demo");
}

#[test]
fn the_same_seed_makes_the_same_tenant_with_another_password() {
    let made = |seed: &str| {
        let machine = Machine::new();
        let ended = demo(&machine, &["--customers", "40", "--seed", seed]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let customers = "select c.title || '|' || c.description || '|' || c.country || '|' || c.city || '|' || c.zip \
             || '|' || c.address || '|' || c.address2 || '|' || c.phone || '|' || c.email || '|' \
             || cast(n.users_count as text) || '|' || cast(n.inner_count as text) || '|' || coalesce(p.title, '') \
             as line from customers c join customer_counts n on n.customer_id = c.id left join customers p on p.id = c.parent_id order by c.id";
        let things = "select x.kind || '|' || x.name || '|' || x.type_name || '|' || x.label || '|' || coalesce(c.title, '') \
             as line from things x left join customers c on c.id = x.customer_id order by x.kind, x.name";
        let users = "select email || '|' || first_name || '|' || last_name || '|' \
             || case when activated_at is null then 'invited' when disabled_at is null then 'active' else 'disabled' end \
             as line from users order by email_key";
        let mut records = Records::at(&machine.url());
        let people_and_things = [records.lines(users), records.lines(things)].concat();
        (records.lines(customers), people_and_things, printed(&ended, "Password: ").to_owned())
    };
    let (first, second, other) = (made("7"), made("7"), made("8"));
    assert_eq!((first.0.len(), &first.0), (40, &second.0));
    assert_eq!(first.1, second.1);
    assert_ne!(first.2, second.2);
    assert_ne!(first.0, other.0);
}

#[test]
fn migrating_twice_changes_nothing_the_second_time() {
    let machine = Machine::new();
    let first = run(&["migrate"], &machine.with(&[]));
    assert_eq!((first.code, first.err.as_str()), (Some(0), ""));
    assert!(first.out.contains("migrations were run\n"), "{}", first.out);
    let before = Records::at(&machine.url()).all();
    let second = run(&["migrate"], &machine.with(&[]));
    assert_eq!(second.code, Some(0));
    assert!(second.out.ends_with("is up to date\n"), "{}", second.out);
    before.assert_same(&Records::at(&machine.url()).all(), "a second migration");
}
