//! Whoever loses a home dashboard learns of it in their own log, with what it was; and what is only to be known of a
//! change is not shown as one.

use super::{fields, newest, said};
use crate::dashboards::add;
use crate::support::actor::{Actor, Page};
use crate::support::app::App;

fn id(at: &str) -> &str {
    at.rsplit('/').next().unwrap()
}

/// The newest entry of a log, on its own page.
async fn newest_of(ann: &Actor, log: &str) -> Page {
    let log = ann.get(log).await;
    ann.get(&log.attributes(".log .at a", "href")[0]).await
}

async fn post(ann: &Actor, address: &str, fields: &[(&str, &str)]) -> Page {
    let mut form = vec![("csrf".to_owned(), ann.token().await)];
    form.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let answer = ann.post(address, &form).await;
    ann.get(&answer.see_status(303).location()).await
}

/// Two customers and a user of the first whose home is the same dashboard, which is the tenant's as well.
struct World {
    ann: Actor,
    first: String,
    second: String,
    user: String,
    board: String,
}

impl World {
    async fn of(app: &App) -> Self {
        let acme = app.tenant("Acme").await;
        let ann = acme.admin().await;
        let (first, second) = (acme.customer("First").await, acme.customer("Second").await);
        let board = add(&ann, "Board", &[("note", "", "a")]).await;
        for customer in [&first, &second] {
            ann.submit(customer, &[("home_dashboard", id(&board))]).await.see("was saved");
        }
        let mia = acme.user(&first, "mia@first.example").await;
        mia.submit("/account", &[("home_dashboard", id(&board))]).await.see("was saved");
        ann.press(&ann.get(&board).await, "Set as tenant home").await.see("home now");
        let user = ann.get(&format!("{first}/users")).await.href("mia@first.example");
        Self { ann, first, second, user, board }
    }

    /// Fails unless the log tells that the home was lost.
    async fn assert_lost(&self, log: &str) {
        let log = format!("{log}/audit?action=change");
        let page = newest_of(&self.ann, &log).await;
        assert_eq!(fields(&page), ["Home dashboard Board –"], "{log}: {}", page.text());
        assert_eq!(page.all(".changes td")[0], "Board", "{log}");
    }
}

#[actix_web::test]
async fn a_deleted_dashboard_tells_everybody_whose_home_it_was() {
    let app = App::spawn().await;
    let world = World::of(&app).await;
    world.ann.submit(&format!("{}/delete", world.board), &[]).await.see("Board was deleted.");
    for log in [&world.first, &world.second, &world.user] {
        world.assert_lost(log).await;
    }
    let page = newest_of(&world.ann, "/audit?kind=tenant&action=change").await;
    assert_eq!(fields(&page), ["Home dashboard Board –"]);
    let deleted = newest_of(&world.ann, "/audit?kind=dashboard&action=delete").await;
    assert!(fields(&deleted).contains(&"Customers it was assigned to 2".to_owned()), "{:?}", fields(&deleted));
}

#[actix_web::test]
async fn a_dashboard_that_is_taken_from_customers_tells_those_whose_home_it_was() {
    let app = App::spawn().await;
    let world = World::of(&app).await;
    post(&world.ann, &format!("{}/customers/unassignment", world.board), &[("all", "yes")]).await.see("unassigned");
    for log in [&world.first, &world.second, &world.user] {
        world.assert_lost(log).await;
    }
    let page = newest_of(&world.ann, "/audit?action=unassign").await;
    assert_eq!(fields(&page), ["Customers 2"]);
    assert!(page.all(".changes th").contains(&"Detail".to_owned()), "{}", page.text());
}

#[actix_web::test]
async fn one_customer_that_loses_it_has_its_entry_and_another_has_none() {
    let app = App::spawn().await;
    let world = World::of(&app).await;
    let before = said(&world.ann.get(&format!("{}/audit", world.second)).await);
    post(&world.ann, &format!("{}/dashboards/unassignment", world.first), &[("ids", id(&world.board))]).await;
    world.assert_lost(&world.first).await;
    world.assert_lost(&world.user).await;
    assert_eq!(said(&world.ann.get(&format!("{}/audit", world.second)).await), before);
    // Nothing to lose: no entry.
    post(&world.ann, &format!("{}/dashboards", world.first), &[("ids", id(&world.board))]).await;
    post(&world.ann, &format!("{}/dashboards/unassignment", world.first), &[("ids", id(&world.board))]).await;
    let page = newest(&world.ann).await;
    assert_eq!(
        (page.h1(), fields(&page)),
        ("admin@acme.example unassigned dashboard Board".into(), vec!["Customer First".into()])
    );
    assert_eq!(page.all(".changes th")[0], "Detail");
}

#[actix_web::test]
async fn a_user_above_a_deleted_customer_learns_that_their_home_went_with_it() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let outer = acme.customer("Outer").await;
    let inner = acme.customer_under("Inner", &outer).await;
    let board = add(&ann, "Board", &[("note", "", "a")]).await;
    post(&ann, &format!("{inner}/dashboards"), &[("ids", id(&board))]).await;
    let mia = acme.user(&outer, "mia@outer.example").await;
    mia.submit("/account", &[("home_dashboard", id(&board))]).await.see("was saved");
    let user = ann.get(&format!("{outer}/users")).await.href("mia@outer.example");
    let asked = ann.get(&format!("{inner}/delete")).await;
    ann.send(&asked, &[("confirm", "Inner")]).await.see("Inner");
    let page = newest_of(&ann, &format!("{user}/audit?action=change")).await;
    assert_eq!(fields(&page), ["Home dashboard Board –"]);
    let deleted = newest_of(&ann, "/audit?kind=customer&action=delete").await;
    assert!(fields(&deleted).contains(&"Dashboards unassigned 1".to_owned()));
    assert!(deleted.all(".changes th").contains(&"Detail".to_owned()));
}
