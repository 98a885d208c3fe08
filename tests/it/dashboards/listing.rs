//! The list of dashboards.

use super::add;
use crate::support::app::App;

#[actix_web::test]
async fn dashboards_are_searched_sorted_and_paged() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    ann.get("/dashboards").await.see("No dashboards yet");
    for n in 1..=12 {
        add(&ann, &format!("Floor {n:02}"), &[]).await;
    }
    add(&ann, "ŁÓDŹ 100%", &[]).await;
    let page = ann.get("/dashboards?size=10").await;
    assert_eq!(page.rows()[..2], ["ŁÓDŹ 100%", "Floor 12"]);
    page.see("1–10 of 13");
    let next = ann.get(&page.href("Next")).await;
    assert_eq!(next.rows(), ["Floor 03", "Floor 02", "Floor 01"]);
    assert_eq!(ann.get(&next.href("Previous")).await.rows(), page.rows());
    for (sort, first) in
        [("title", "Floor 01"), ("-title", "ŁÓDŹ 100%"), ("customers", "Floor 01"), ("created", "Floor 01")]
    {
        let page = ann.get(&format!("/dashboards?size=10&sort={sort}")).await;
        assert_eq!(page.rows()[0], first, "{sort}");
        let next = ann.get(&page.href("Next")).await;
        assert_eq!(next.rows().len(), 3, "{sort}");
        assert_eq!(ann.get(&next.href("Previous")).await.rows(), page.rows(), "{sort}");
    }
    assert_eq!(ann.get("/dashboards?q=%C5%82%C3%B3d").await.rows(), ["ŁÓDŹ 100%"]);
    assert_eq!(ann.get("/dashboards?q=0%25").await.rows(), ["ŁÓDŹ 100%"]);
    assert_eq!(ann.get("/dashboards?q=100%25++%C5%82%C3%B3d").await.rows(), ["ŁÓDŹ 100%"]);
    ann.get("/dashboards?q=nowhere").await.see("Nothing matches “nowhere”");
}

#[actix_web::test]
async fn several_are_deleted_after_a_question() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    for title in ["One", "Two", "Other"] {
        add(&ann, title, &[]).await;
    }
    let page = ann.get("/dashboards?q=o").await;
    assert_eq!(page.rows(), ["Other", "Two", "One"]);
    ann.press(&page, "Delete").await.see_refusal("Nothing was selected, so nothing was deleted.");
    let page = ann.get("/dashboards?q=oth").await;
    let asked = ann.fill_and_press(&page, &[("all", "yes")], "Delete").await;
    asked.see("Delete Other?");
    ann.press(&asked, "Delete dashboard").await.see("Other was deleted.");
    let page = ann.get("/dashboards").await;
    let asked = ann.fill_and_press(&page, &[("all", "yes")], "Delete").await;
    asked.see("Delete 2 dashboards?");
    let again = ann.fill_and_press(&asked, &[("confirm", "3")], "Delete dashboards").await;
    again.see_status(422);
    assert_eq!(again.error("confirm"), "Type 2, the number of dashboards, to confirm");
    ann.fill_and_press(&again, &[("confirm", "2")], "Delete dashboards").await.see("2 dashboards were deleted.");
    ann.get("/dashboards").await.see("No dashboards yet");
}
