//! Says within `cargo test` what that run left out, so that nobody takes a part for the whole.

fn main() {
    // Tools that ask for a list of tests get an empty one.
    if std::env::args().any(|argument| argument == "--list") {
        return;
    }
    // `bin/test` says which parts it runs, each with a command of its own.
    let parts = std::env::var("TENANTRY_TEST_PARTS").unwrap_or_default();
    let on_postgres = std::env::var("TENANTRY_TEST_DATABASE").is_ok_and(|database| database == "postgres");
    let runs = |part: &str, here: bool| here || parts.split(' ').any(|known| known == part);
    let skipped: Vec<&str> = [
        ("sqlite", !on_postgres, "the integration tests on SQLite"),
        ("postgres", on_postgres, "the integration tests on PostgreSQL"),
        ("browser", false, "the journeys in a browser"),
    ]
    .into_iter()
    .filter_map(|(part, here, what)| (!runs(part, here)).then_some(what))
    .collect();
    if !skipped.is_empty() {
        println!("\nLeft out: {}. `bin/test` runs everything.", skipped.join(" and "));
    }
}
