//! What a branch shows follows its customers: moved, renamed, and with everything that is theirs.

use super::{add_named, assert_consistent, id};
use crate::support::app::App;
use crate::support::records::Records;

#[actix_web::test]
async fn devices_move_with_their_customer() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let north = acme.customer("North").await;
    let south = acme.customer("South").await;
    let middle = acme.customer_under("Middle", &north).await;
    let low = acme.customer_under("Low", &middle).await;
    add_named(&ann, &middle, ["Mid"]).await;
    add_named(&ann, &low, ["Low 1", "Low 2"]).await;
    let rows = async |customer: &str| ann.get(&format!("{customer}/devices?inner=yes&sort=name")).await.rows();
    assert_eq!(rows(&north).await, ["Low 1", "Low 2", "Mid"]);
    ann.submit(&middle, &[("parent", id(&south))]).await.see("was saved.");
    assert_eq!((rows(&north).await, rows(&south).await), (vec![], ["Low 1", "Low 2", "Mid"].map(String::from).into()));
    ann.get(&format!("{south}/devices")).await.see("0 devices, 3 with its inner customers");
    assert_consistent(&app);
    ann.submit(&low, &[("parent", "")]).await.see("was saved.");
    assert_eq!((rows(&south).await, rows(&low).await.len()), (vec!["Mid".to_owned()], 2));
    ann.submit(&south, &[("title", "Antarctica"), ("parent", id(&low))]).await.see("was saved.");
    let list = ann.get(&format!("{low}/devices?inner=yes&sort=customer")).await;
    assert_eq!(list.rows(), ["Low 1", "Low 2", "Mid"]);
    ann.submit(&middle, &[("title", "Zenith")]).await.see("was saved.");
    ann.submit(&low, &[("title", "Zero")]).await.see("was saved.");
    let list = ann.get(&format!("{low}/devices?inner=yes&sort=customer")).await;
    assert_eq!(list.rows(), ["Mid", "Low 1", "Low 2"]);
    assert_consistent(&app);
}

/// While a large branch moves in several steps, copies may be out of date.
#[actix_web::test]
async fn a_copy_that_is_out_of_date_shows_nothing() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let north = acme.customer("North").await;
    let south = acme.customer("South").await;
    add_named(&ann, &south, ["Secret 1", "Secret 2"]).await;
    add_named(&ann, &north, ["Own"]).await;
    Records::of(&app).run(
        "insert into things_in_branches (tenant_id, ancestor_id, kind, thing_id, name_key, type_key, label_key)
         select c.tenant_id, c.id, x.kind, x.id, x.name_key, x.type_key, x.label_key
         from customers c join things x on x.tenant_id = c.tenant_id where c.title = 'North'",
    );
    for sort in ["name", "-type", "label", "-created", "customer"] {
        for q in ["", "s", "own", "sec"] {
            let list = ann.get(&format!("{north}/devices?inner=yes&sort={sort}&q={q}&size=10")).await;
            assert!(list.rows().iter().all(|name| name == "Own"), "{sort} {q}: {:?}", list.rows());
            assert_eq!(list.rows().len(), usize::from(q.is_empty() || q == "own"));
        }
    }
}
