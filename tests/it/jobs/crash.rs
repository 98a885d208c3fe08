//! The program is killed in the middle of its work, and started again.

use std::time::{Duration, Instant};

use super::delete;
use crate::support::actor::Actor;
use crate::support::app::PASSWORD;
use crate::support::machine::Machine;
use crate::support::process::{run, serve};
use crate::support::records::Records;

#[actix_web::test]
async fn a_deletion_ends_as_if_the_program_had_never_been_killed() {
    let machine = Machine::new();
    let settings = machine.with(&[]);
    let added = run(&["tenant", "add", "Acme", "--email", "ann@acme.example"], &settings);
    let mut serving = serve(&[], &settings);
    let ann = Actor::new(&serving.base);
    ann.submit(added.out.trim(), &[("password", PASSWORD)]).await.see_path("/customers");
    let root = ann.submit("/customers/new", &[("title", "Root")]).await.path;
    let mut records = Records::at(&machine.url());
    let before = records.all().lasting();
    let farms = ann.submit("/customers/new", &[("title", "Beta Farms"), ("parent", &root[11..])]).await.path;
    records.add_branch(&farms, 2_000);
    let all = "select (select count(*) from customers) + (select count(*) from users)";
    let job = delete(&ann, &farms, "Beta Farms").await.path;

    let mut left = records.number(all);
    for _ in 0..3 {
        let since = Instant::now();
        while records.number(all) > left - 800 {
            assert!(since.elapsed() < Duration::from_secs(30), "it does not go on");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        drop(serving); // kill -9
        left = records.number(all);
        assert!(left > 3, "it was too quick to be killed in the middle");
        // What is counted is what was done, to the row.
        assert_eq!(records.number("select done from jobs"), 6_003 - left);
        serving = serve(&[], &settings);
    }
    let ann = Actor::new(&serving.base);
    ann.sign_in("ann@acme.example", PASSWORD).await.see_path("/customers");
    ann.get_until(&job, "Beta Farms was deleted.").await;
    ann.get("/customers").await.see("1 customer").see_no("with their inner customers");
    assert_eq!(records.number("select done from jobs"), 6_001);
    before.assert_same(&records.all().lasting(), "a branch that came and went");
}
