//! While an administrator looks as one of their users, nothing can be changed, whatever the page, and nothing can be seen
//! but what the user sees.

use tenantry::app::routes::Who;

use super::table::{CALLS, who};
use super::world::Side;
use super::{assert_alike, call, call_with, without_chance};
use crate::support::app::App;
use crate::support::records::Records;

#[actix_web::test]
async fn every_form_but_the_one_that_ends_it_is_refused() {
    let app = App::spawn().await;
    let side = Side::of(&app, "Akonit").await;
    let user = format!("/users/{}", side.thing("user"));
    side.admin.press(&side.admin.get(&user).await, "View as user").await.see_path("/home");
    let token = side.admin.token().await;
    let mut records = Records::of(&app);
    let before = records.all();
    for one in CALLS.iter().filter(|one| one.method() == "POST" && one.route != "POST /impersonation/end") {
        let answer = call_with(&side.admin, one, &one.of(&side), &token).await;
        answer.see_status(403);
        assert_eq!(answer.h1(), "You are viewing as another user", "{}", one.route);
        assert!(answer.has_button("Stop viewing"), "{}", one.route);
        before.assert_same(&records.all(), one.route);
    }
}

#[actix_web::test]
async fn every_page_is_the_one_that_the_user_sees() {
    let app = App::spawn().await;
    let side = Side::of(&app, "Akonit").await;
    let user = format!("/users/{}", side.thing("user_of_customer"));
    side.admin.press(&side.admin.get(&user).await, "View as user").await.see_path("/home");
    let mia = &side.people["customer"];
    for one in CALLS.iter().filter(|one| one.method() == "GET" && who(one) != Who::Anyone) {
        let theirs = call(mia, one, &one.of(&side)).await;
        let seen = call(&side.admin, one, &one.of(&side)).await;
        assert_eq!(seen.status, theirs.status, "{}", one.route);
        if seen.headers["content-type"].to_str().unwrap().starts_with("text/html") {
            assert!(seen.has_button("Stop viewing"), "{}: no bar", one.route);
            // But for the bar, the way out of it, and the mark at the session that it is.
            let main = |page: &crate::support::actor::Page| {
                let page = without_chance(page).replace("<span class=\"pill here\">This one</span>", "");
                page.split("<main").nth(1).unwrap_or_default().to_owned()
            };
            assert_alike(&main(&seen), &main(&theirs), one.route);
        }
        if who(one) == Who::TenantAdmin {
            seen.see_status(404);
        }
    }
}
