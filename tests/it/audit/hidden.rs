//! Whoever hides entries beside the server, so that the pages show something else than what was written, is found out by
//! `tenantry audit verify`: every column of every table of the log, and what no column shows.

use super::tampering::{assert_unbroken, lived_in, verify};
use crate::support::app::on_postgres;
use crate::support::machine::Machine;
use crate::support::records::Records;

const TABLES: [&str; 3] = ["audit_entries", "audit_concerns", "audit_heads"];

/// One row of each table.
fn one(table: &str) -> &'static str {
    match table {
        "audit_entries" => "id = (select id from audit_entries where title = 'Acme 3' order by seq limit 1)",
        "audit_concerns" => {
            "(of_id, entry_id) = (select of_id, entry_id from audit_concerns
             where tenant_id = (select id from tenants where title = 'Acme') order by entry_id desc, of_id limit 1)"
        }
        _ => "slot = (select max(slot) from audit_entries where title = 'Acme 3')",
    }
}

/// What can be put in the place of a value.
fn others(column: &str) -> Vec<String> {
    let all: &[&str] = match on_postgres() {
        true => &[
            "'01234567-0123-7012-8012-012345670123'",
            "$ + 1",
            "$ || 'x'",
            "$ || '\\x00'::bytea",
            "null",
            "$ + 100",
            "$ + interval '1 second'",
            "(select id from tenants where title = 'Zeta')",
        ],
        false => &[
            "cast($ as text)",
            "cast($ as blob)",
            "cast($ as real) + 0.5",
            "cast($ as integer)",
            "$ || cast(x'00' as text)",
            "cast($ || x'00' as blob)",
            "substr($, 1, length($) - 1)",
            "x''",
            "''",
            "0",
            "-$",
            "$ + 100",
            "null",
            "(select id from tenants where title = 'Zeta')",
        ],
    };
    all.iter().map(|other| other.replace('$', column)).collect()
}

/// A tenant's log, and the tables of it kept as they are.
struct Kept {
    machine: Machine,
    records: Records,
}

impl Kept {
    async fn new() -> Self {
        let machine = Machine::new();
        lived_in(&machine, "Acme").await;
        lived_in(&machine, "Zeta").await;
        assert_unbroken(&machine);
        let mut records = Records::at(&machine.url());
        if !on_postgres() {
            records.run("pragma foreign_keys = off");
        }
        TABLES.iter().for_each(|table| records.run(&format!("create table keep_{table} as select * from {table}")));
        Self { machine, records }
    }

    /// Does it, expects that it is found, and undoes it. Answers whether it changed anything.
    fn is_found(&mut self, statement: &str) -> bool {
        if !self.records.attempt(statement) {
            return false;
        }
        let except = if on_postgres() { "except all" } else { "except" };
        let differs = |table: &str| {
            format!(
                "(select count(*) from (select * from {table} {except} select * from keep_{table}) x)
                 + abs((select count(*) from {table}) - (select count(*) from keep_{table}))"
            )
        };
        if self.records.number(&TABLES.map(differs).join(" + ")) == 0 {
            return false;
        }
        let ended = verify(&self.machine, &[]);
        assert_eq!(ended.code, Some(1), "not found: {statement}\n{ended:?}");
        for table in TABLES {
            self.records.run(&format!("delete from {table}; insert into {table} select * from keep_{table}"));
        }
        true
    }
}

#[actix_web::test]
async fn every_column_is_looked_at_whatever_stands_in_it() {
    let mut kept = Kept::new().await;
    let tables = kept.records.tables();
    for (table, columns) in tables.iter().filter(|(table, _)| TABLES.contains(&table.as_str())) {
        for column in columns {
            let mut found = 0;
            for other in others(column) {
                let statement = format!("update {table} set {column} = {other} where {}", one(table));
                found += usize::from(kept.is_found(&statement));
            }
            // Of whom a row is, the keys of PostgreSQL let nobody change.
            let refused = on_postgres() && column == "tenant_id";
            assert!(found > 0 || refused, "nothing was tried on {table}.{column}");
        }
    }
    assert_unbroken(&kept.machine);
}

#[actix_web::test]
async fn rows_that_no_chain_looks_at_are_found() {
    let mut kept = Kept::new().await;
    let columns =
        "tenant_id, id, slot, seq, at, actor_id, actor, actor_key, address, agent, action, kind, subject_id, title,
         title_key, n, changes, concerns, hash, items";
    let entry = |id: &str, slot: &str, seq: &str| {
        let values = columns.replacen(" id, slot, seq,", &format!(" {id}, {slot}, {seq},"), 1);
        let values = values.replacen(" concerns,", " '',", 1);
        format!(
            "insert into audit_entries ({columns}) select {values} from audit_entries where {}",
            one("audit_entries")
        )
    };
    let id = match on_postgres() {
        true => "'01234567-0123-7012-8012-012345670123'",
        false => "x'01234567012370128012012345670123'",
    };
    let both = [
        entry(id, "slot", "0"),
        entry(id, "slot", "-5"),
        entry(id, "99", "1"),
        entry(id, "-1", "1"),
        "insert into audit_heads select tenant_id, 99, n, hash, code from audit_heads where slot = 0".to_owned(),
        // A log of another tenant under this one's name.
        "update audit_concerns set tenant_id = (select id from tenants where title = 'Zeta')".to_owned(),
    ];
    for statement in both {
        assert!(kept.is_found(&statement), "not done: {statement}");
    }
    if !on_postgres() {
        for statement in [
            entry(id, "0.5", "1"),
            entry(id, "'0'||'x'", "1"),
            entry("cast(id as text)", "slot", "seq + 0.5"),
            "update audit_concerns set of_id = substr(of_id, 1, 15)".to_owned(),
            "update audit_concerns set of_id = cast(of_id as text)".to_owned(),
        ] {
            assert!(kept.is_found(&statement), "not done: {statement}");
        }
    }
    assert_unbroken(&kept.machine);
}

#[actix_web::test]
async fn a_tenant_that_is_hidden_or_removed_leaves_a_log_that_is_found() {
    let kept = Kept::new().await;
    let mut records = kept.records;
    let hidden = match on_postgres() {
        true => "set session_replication_role = replica; delete from tenants where title = 'Zeta'",
        false => "update tenants set id = cast(id as text) where title = 'Zeta'",
    };
    records.run(hidden);
    assert_eq!(verify(&kept.machine, &[]).code, Some(1));
}

#[actix_web::test]
async fn what_answers_in_the_place_of_a_table_is_found() {
    let mut kept = Kept::new().await;
    for table in TABLES {
        let view = format!("alter table {table} rename to other; create view {table} as select * from other");
        kept.records.run(&view);
        assert_eq!(verify(&kept.machine, &[]).code, Some(1), "{view}");
        kept.records.run(&format!("drop view {table}; alter table other rename to {table}"));
    }
    assert_unbroken(&kept.machine);
    let more: &[(&str, &str)] = match on_postgres() {
        true => &[(
            "alter table audit_concerns enable row level security",
            "alter table audit_concerns disable row level security",
        )],
        // An index that leaves a row out shows a list without it.
        false => &[(
            "drop index audit_entries_kind;
             create index audit_entries_kind on audit_entries (tenant_id, kind, id) where title <> 'Acme 3';
             pragma writable_schema = on;
             update sqlite_schema set sql = replace(sql, ' where title <> ''Acme 3''', '') where name = 'audit_entries_kind';
             pragma writable_schema = reset",
            "drop index audit_entries_kind; create index audit_entries_kind on audit_entries (tenant_id, kind, id)",
        )],
    };
    for (done, undone) in more {
        kept.records.run(done);
        assert_eq!(verify(&kept.machine, &[]).code, Some(1), "{done}");
        kept.records.run(undone);
    }
    assert_unbroken(&kept.machine);
}

/// Without the key of the table, one row can stand in for another and the numbers are as before.
#[actix_web::test]
async fn a_row_that_stands_in_for_another_is_found() {
    let mut kept = Kept::new().await;
    if on_postgres() {
        kept.records.run("alter table audit_concerns drop constraint audit_concerns_pkey");
        let first = "(select of_id from audit_concerns where entry_id = c.entry_id order by of_id limit 1)";
        let statement = format!("update audit_concerns c set of_id = {first}");
        assert!(kept.is_found(&statement));
    } else {
        // The same bytes as a text and as a blob are two keys.
        let statement = "update or ignore audit_concerns set of_id = cast((select min(x.of_id) from audit_concerns x
             where x.entry_id = audit_concerns.entry_id) as text) where of_id > (select min(x.of_id) from audit_concerns x
             where x.entry_id = audit_concerns.entry_id)";
        assert!(kept.is_found(statement));
    }
    assert_unbroken(&kept.machine);
}
