//! Home dashboards: whose comes first, and what becomes of those that are gone.

use super::add;
use super::assigning::{assign, unassign};
use crate::support::actor::Actor;
use crate::support::app::App;

fn id(at: &str) -> &str {
    at.rsplit('/').next().unwrap()
}

/// A tenant with a user in an inner customer, and four dashboards: the user's, the customer's, the outer one's, the
/// tenant's.
struct World {
    ann: Actor,
    mia: Actor,
    outer: String,
    inner: String,
    own: String,
    of_inner: String,
    of_outer: String,
    of_tenant: String,
}

impl World {
    async fn of(app: &App) -> Self {
        let acme = app.tenant("Acme").await;
        let ann = acme.admin().await;
        let outer = acme.customer("Outer").await;
        let middle = acme.customer_under("Middle", &outer).await;
        let inner = acme.customer_under("Inner", &middle).await;
        let mia = acme.user(&inner, "mia@inner.example").await;
        let [own, of_inner, of_outer, of_tenant] = [
            add(&ann, "Own", &[("note", "", "own")]).await,
            add(&ann, "Customer’s", &[("note", "", "customer")]).await,
            add(&ann, "Outer one’s", &[("note", "", "outer")]).await,
            add(&ann, "Tenant’s", &[("note", "", "tenant")]).await,
        ];
        Self { ann, mia, outer, inner, own, of_inner, of_outer, of_tenant }
    }

    async fn set_all(&self) {
        self.ann
            .press(&self.ann.get(&self.of_tenant).await, "Set as tenant home")
            .await
            .see("Tenant’s is the tenant’s home now.");
        self.ann.submit(&self.outer, &[("home_dashboard", id(&self.of_outer))]).await.see("Outer was saved.");
        self.ann.submit(&self.inner, &[("home_dashboard", id(&self.of_inner))]).await.see("Inner was saved.");
        assign(&self.ann, &self.inner, &[&self.own]).await;
        self.mia.submit("/account", &[("home_dashboard", id(&self.own))]).await.see("Your home dashboard was saved.");
    }

    async fn home(&self) -> String {
        self.mia.get("/home").await.h1()
    }
}

#[actix_web::test]
async fn the_nearest_choice_is_the_home_and_a_deleted_one_is_none() {
    let app = App::spawn().await;
    let world = World::of(&app).await;
    assert_eq!(world.home().await, "Inner", "the plain home page");
    world.set_all().await;
    for (title, at) in [
        ("Own", &world.own),
        ("Customer’s", &world.of_inner),
        ("Outer one’s", &world.of_outer),
        ("Tenant’s", &world.of_tenant),
    ] {
        assert_eq!(world.home().await, title);
        world.ann.press(&world.ann.get(&format!("{at}/delete")).await, "Delete dashboard").await.see("was deleted.");
    }
    assert_eq!(world.home().await, "Inner");
}

#[actix_web::test]
async fn an_unassigned_dashboard_stops_being_a_home_for_good() {
    let app = App::spawn().await;
    let world = World::of(&app).await;
    world.set_all().await;
    unassign(&world.ann, &world.inner, &world.own).await;
    assert_eq!(world.home().await, "Customer’s");
    assign(&world.ann, &world.inner, &[&world.own]).await;
    assert_eq!(world.home().await, "Customer’s", "it was chosen before it was taken away");

    // Somebody has the customer's form open while its home is taken away: saving it does not bring it back.
    let form = world.ann.get(&world.inner).await;
    unassign(&world.ann, &world.inner, &world.of_inner).await;
    assert_eq!(world.home().await, "Outer one’s");
    world.ann.send(&form, &[("city", "Graz")]).await.see_status(409).see("Home dashboard");
    assert_eq!(world.home().await, "Outer one’s");
    unassign(&world.ann, &world.outer, &world.of_outer).await;
    assert_eq!(world.home().await, "Tenant’s");
    let page = world.ann.get(&world.of_tenant).await;
    world.ann.press(&page, "Remove as tenant home").await.see("Tenant’s is no longer the tenant home.");
    assert_eq!(world.home().await, "Inner");
}

#[actix_web::test]
async fn choosing_a_home_for_a_customer_assigns_it() {
    let app = App::spawn().await;
    let world = World::of(&app).await;
    let page = world.ann.submit(&world.inner, &[("home_dashboard", id(&world.own))]).await;
    page.see("Inner was saved.").see("Dashboards 1");
    assert_eq!(world.mia.get("/dashboards").await.rows(), ["Own"]);
    let page = world.ann.submit("/customers/new", &[("title", "New"), ("home_dashboard", id(&world.own))]).await;
    page.see("New was added.").see("Dashboards 1");
    assert_eq!(world.ann.get("/dashboards").await.cells("Own")[1], "2");
    let page = world.ann.submit(&world.inner, &[("home_dashboard", "0190a000-0000-7000-8000-000000000001")]).await;
    page.see_status(422);
    assert_eq!(page.error("home_dashboard"), "Choose a home dashboard from the list");
}

#[actix_web::test]
async fn the_toolbar_leads_to_other_dashboards_unless_it_is_hidden() {
    let app = App::spawn().await;
    let world = World::of(&app).await;
    world.set_all().await;
    world.mia.submit("/account", &[("home_dashboard", "")]).await.see("Your home dashboard was saved.");
    let page = world.mia.get("/home").await;
    assert_eq!((page.h1().as_str(), page.has_button("Show")), ("Customer’s", true));
    let other = world.mia.get(&format!("/home?dashboard={}", id(&world.own))).await;
    assert_eq!((other.h1().as_str(), other.status), ("Own", 200));
    world.mia.get(&format!("/home?dashboard={}", id(&world.of_outer))).await.see_status(404);

    let page = world.ann.get(&world.inner).await;
    world.ann.send(&page, &[("hide_home_toolbar", "yes")]).await.see("Inner was saved.");
    let page = world.mia.get("/home").await;
    page.see("customer");
    assert!(!page.has_button("Show"));
    assert_eq!(page.attributes("h1", "class"), ["sr-only"]);
    assert_eq!(world.ann.get(&world.inner).await.attributes("#f-hide_home_toolbar[checked]", "value"), ["yes"]);
}

#[actix_web::test]
async fn a_home_that_is_inherited_is_among_those_to_show_although_it_is_not_assigned() {
    let app = App::spawn().await;
    let world = World::of(&app).await;
    world.ann.press(&world.ann.get(&world.of_tenant).await, "Set as tenant home").await;
    let page = world.mia.get("/home").await;
    assert!(page.h1() == "Tenant’s" && !page.has_button("Show"), "there is no other to show");
    assign(&world.ann, &world.inner, &[&world.own]).await;
    let page = world.mia.get("/home").await;
    assert_eq!((page.h1(), page.all("main select option")), ("Tenant’s".into(), vec!["Tenant’s".into(), "Own".into()]));
    let own = world.mia.get(&format!("/home?dashboard={}", id(&world.own))).await;
    assert_eq!((own.h1(), own.all("main select option").len()), ("Own".into(), 2));
    let back = world.mia.get(&format!("/home?dashboard={}", id(&world.of_tenant))).await;
    assert_eq!(
        (back.status, back.h1(), back.value("main select")),
        (200, "Tenant’s".into(), id(&world.of_tenant).into())
    );
}

#[actix_web::test]
async fn one_chooses_only_among_what_one_may_see() {
    let app = App::spawn().await;
    let world = World::of(&app).await;
    let page = world.mia.submit("/account", &[("home_dashboard", id(&world.of_outer))]).await;
    page.see_status(422);
    assert_eq!(page.error("home_dashboard"), "Choose a home dashboard from the list");
    assert_eq!(world.home().await, "Inner");
    assert!(world.ann.get("/account").await.attributes("#f-home_dashboard", "name").is_empty());
}
