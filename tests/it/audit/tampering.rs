//! Whoever changes the log beside the server is found out by `tenantry audit verify`.

use crate::support::actor::Actor;
use crate::support::app::{PASSWORD, on_postgres};
use crate::support::machine::Machine;
use crate::support::process::{Ended, add_tenant, run, serve};
use crate::support::promise::{Tally, keep, size};
use crate::support::records::Records;

/// A tenant in which a few things were done, by a server that has stopped.
pub async fn lived_in(machine: &Machine, title: &str) {
    let email = format!("ann@{}.example", title.to_lowercase());
    let added = add_tenant(title, &email, &machine.with(&[]));
    let serving = serve(&[], &machine.with(&[]));
    let ann = Actor::new(&serving.base);
    ann.submit(added.out.trim(), &[("password", PASSWORD)]).await.see_path("/customers");
    for n in 0..12 {
        let page = ann.submit("/customers/new", &[("title", &format!("{title} {n}"))]).await;
        if n % 3 == 0 {
            ann.submit(&page.path, &[("city", "Oslo")]).await.see("was saved");
        }
    }
    let users = format!("{}/users/new", ann.get("/customers").await.href(&format!("{title} 1")));
    ann.submit(&users, &[("email", "jo@beta.example"), ("activation_method", "link")]).await;
    serving.terminate();
    assert_eq!(serving.end().code, Some(0));
}

pub fn verify(machine: &Machine, more: &[&str]) -> Ended {
    run(&[&["audit", "verify"], more].concat(), &machine.with(&[]))
}

#[track_caller]
pub fn assert_unbroken(machine: &Machine) {
    let ended = verify(machine, &[]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{ended:?}");
}

#[actix_web::test]
async fn a_log_that_nobody_touched_is_as_it_was_written() {
    let machine = Machine::new();
    lived_in(&machine, "Acme").await;
    lived_in(&machine, "Zeta").await;
    let ended = verify(&machine, &[]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let lines: Vec<&str> = ended.out.lines().collect();
    assert_eq!(lines, ["Acme: 19 entries, nothing was changed", "Zeta: 19 entries, nothing was changed"]);
    assert_eq!(verify(&machine, &["--tenant", "zeta"]).out, "Zeta: 19 entries, nothing was changed\n");
    let ended = verify(&machine, &["--tenant", "Nobody"]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(1), "tenantry: there is no tenant \"Nobody\"\n"));
    assert_eq!(verify(&machine, &["now"]).code, Some(2));
}

#[actix_web::test]
async fn the_first_entry_that_was_changed_is_named() {
    let machine = Machine::new();
    lived_in(&machine, "Acme").await;
    lived_in(&machine, "Zeta").await;
    let mut records = Records::at(&machine.url());
    let theirs = "tenant_id = (select id from tenants where title = 'Zeta')";
    records.run(&format!(
        "update audit_entries set actor = 'Mallory' where {theirs} and title = 'Zeta 3' and action = 'add'"
    ));
    let ended = verify(&machine, &[]);
    assert_eq!(ended.code, Some(1));
    assert_eq!(ended.err, "tenantry: the audit log of 1 tenant is not as it was written\n");
    assert!(ended.out.starts_with("Acme: 19 entries, nothing was changed\nZeta: entry "), "{}", ended.out);
    assert!(
        ended.out.contains("was changed: ") && ended.out.contains("Mallory add customer \"Zeta 3\""),
        "{}",
        ended.out
    );
    assert_eq!(verify(&machine, &["--tenant", "Acme"]).code, Some(0));
}

/// How each column of an entry is changed: a statement for an entry with this id, by the name of the column.
fn changes_of_columns(records: &mut Records, other: &str, bytes: &str) -> Vec<(String, String)> {
    let columns = records.lines(if on_postgres() {
        "select column_name || ' ' || data_type as line from information_schema.columns
         where table_schema = 'public' and table_name = 'audit_entries'"
    } else {
        "select name || ' ' || lower(type) as line from pragma_table_info('audit_entries')"
    });
    let changes = columns.iter().map(|line| {
        let (column, kind) = line.split_once(' ').unwrap();
        let value = match kind {
            // The other tenant has that place in its own chain.
            "uuid" | "blob" if column == "tenant_id" => {
                "(select id from tenants where title = 'Zeta'), seq = seq + 1000".into()
            }
            "bytea" | "blob" if column == "hash" => bytes.to_owned(),
            "uuid" | "blob" => other.to_owned(),
            "text" => format!("{column} || 'x'"),
            "integer" | "bigint" => format!("{column} + 1000"),
            "timestamp with time zone" => format!("{column} + interval '1 microsecond'"),
            kind => panic!("how is {column}, {kind}, changed?"),
        };
        (column.to_owned(), format!("update audit_entries set {column} = {value} where id = ONE"))
    });
    changes.collect()
}

/// Every kind of change to the tables, at random places.
#[actix_web::test]
async fn whatever_is_changed_removed_put_in_or_moved_is_found() {
    let machine = Machine::new();
    lived_in(&machine, "Acme").await;
    assert_eq!(run(&["tenant", "add", "Zeta", "--email", "ann@zeta.example"], &machine.with(&[])).code, Some(0));
    assert_unbroken(&machine);
    let mut records = Records::at(&machine.url());
    let tables = ["audit_entries", "audit_concerns", "audit_heads"];
    tables.iter().for_each(|table| records.run(&format!("create table keep_{table} as select * from {table}")));
    let seed = fastrand::u64(..);
    let mut chance = fastrand::Rng::with_seed(seed);
    let theirs = "tenant_id = (select id from tenants where title = 'Acme')";
    let id = if on_postgres() { "id::text" } else { "lower(hex(id))" };
    let ids = records.lines(&format!("select {id} as line from audit_entries where {theirs} order by id"));
    let id = |id: &str| if on_postgres() { format!("'{id}'") } else { format!("x'{id}'") };
    let empty = if on_postgres() { "'\\x00'::bytea" } else { "x'00'" };
    let other = id("01234567012370128012012345670123");
    let last = format!(
        "{theirs} and seq = (select max(seq) from audit_entries x where x.{theirs} and x.slot = audit_entries.slot)"
    );
    let all_columns = records.tables().into_iter().find(|(table, _)| table == "audit_entries").unwrap().1;
    let put_in: Vec<String> = all_columns
        .iter()
        .map(|column| match column.as_str() {
            "id" => other.clone(),
            "seq" => format!("(select max(seq) + 1 from audit_entries x where x.{theirs} and x.slot = e.slot)"),
            column => format!("e.{column}"),
        })
        .collect();
    let mut kinds = changes_of_columns(&mut records, &other, empty);
    kinds.extend(
        [
            ("an entry is removed", "delete from audit_entries where id = ONE".to_owned()),
            ("the last entries are removed", format!("delete from audit_entries where {last}")),
            (
                "they are removed and the ends mended",
                format!(
                    "delete from audit_entries where {last}; update audit_heads set n = n - 1, hash = coalesce((select hash
                     from audit_entries e where e.tenant_id = audit_heads.tenant_id and e.slot = audit_heads.slot
                     and e.seq = audit_heads.n - 1), hash) where n > 0 and {theirs}"
                ),
            ),
            (
                "two entries are moved and take a title",
                "update audit_entries set seq = seq + 1000 where id in (ONE, TWO); update audit_entries set title =
                 (select title from audit_entries where id = ONE) || '!' where id = TWO"
                    .to_owned(),
            ),
            (
                "an entry is put in",
                format!(
                    "insert into audit_entries ({}) select {} from audit_entries e where e.id = ONE",
                    all_columns.join(", "),
                    put_in.join(", ")
                ),
            ),
            (
                "a chain is said to be longer",
                format!("update audit_heads set n = n + 1 where {theirs} and slot = (select slot from audit_entries where id = ONE)"),
            ),
            (
                "the end of a chain is removed",
                format!("delete from audit_heads where {theirs} and slot = (select slot from audit_entries where id = ONE)"),
            ),
            (
                "an entry is hidden from somebody's log",
                "delete from audit_concerns where entry_id = (select entry_id from audit_concerns order by random() limit 1)"
                    .to_owned(),
            ),
            (
                "an entry is put into another's log",
                format!(
                    "insert into audit_concerns (tenant_id, of_id, entry_id) select tenant_id, {other}, id from audit_entries
                     where id = ONE"
                ),
            ),
        ]
        .map(|(kind, statement)| (kind.to_owned(), statement)),
    );
    let (turns, mut unseen) = (size(10 * kinds.len(), 2 * kinds.len()), Tally::default());
    for turn in 0..turns {
        let (kind, statement) = &kinds[turn % kinds.len()];
        let one = chance.usize(..ids.len());
        let two = (one + 1 + chance.usize(..ids.len() - 1)) % ids.len();
        let statement = statement.replace("ONE", &id(&ids[one])).replace("TWO", &id(&ids[two]));
        records.run(&statement);
        let ended = verify(&machine, &[]);
        let found = ended.code == Some(1) && ended.out.starts_with("Acme: ");
        unseen.count(found, || format!("seed {seed}, turn {turn}, {kind}: {ended:?}"));
        for table in tables {
            records.run(&format!("delete from {table}; insert into {table} select * from keep_{table}"));
        }
    }
    assert_unbroken(&machine);
    let seen = format!("{turns} changes to its tables, of {} kinds, each column one: {unseen} not found", kinds.len());
    keep("The audit log shows when someone changes the table", &seen, "0 not found", unseen.is_clean());
}

#[actix_web::test]
async fn going_on_does_not_cover_up_what_was_removed() {
    let machine = Machine::new();
    lived_in(&machine, "Acme").await;
    let mut records = Records::at(&machine.url());
    // Whoever cuts off the newest entries and mends the ends as well as they can without the key.
    records.run(
        "delete from audit_concerns where entry_id in (select id from audit_entries where seq = (select max(seq)
           from audit_entries x where x.slot = audit_entries.slot));
         delete from audit_entries where seq = (select max(seq) from audit_entries x where x.slot = audit_entries.slot);
         update audit_heads set n = n - 1, hash = coalesce((select hash from audit_entries e where e.slot = audit_heads.slot
           and e.seq = audit_heads.n - 1), hash) where n > 0",
    );
    assert_eq!(verify(&machine, &[]).code, Some(1));
    let serving = serve(&[], &machine.with(&[]));
    let ann = Actor::new(&serving.base);
    ann.sign_in("ann@acme.example", PASSWORD).await.see_path("/customers");
    for n in 0..40 {
        ann.submit("/customers/new", &[("title", &format!("Later {n}"))]).await.see("was added");
    }
    serving.terminate();
    serving.end();
    let ended = verify(&machine, &[]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    // Where a chain lost all of its entries, the next one does not fit; elsewhere the record of its end does not.
    let told = ["the record of where chain", "entry 1 of chain"];
    assert!(told.iter().any(|words| ended.out.contains(words)), "{}", ended.out);
}

#[actix_web::test]
async fn another_key_is_not_taken_for_tampering() {
    let machine = Machine::new();
    lived_in(&machine, "Acme").await;
    let key = ("TENANTRY_SECRET_KEY", "another secret key than that of before");
    let ended = run(&["audit", "verify"], &machine.with(&[key]));
    assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{ended:?}");
    assert!(ended.err.contains("is not the secret key that"), "{ended:?}");
}
