//! What is past is forgotten, and nothing else.

use std::time::Duration;

use crate::support::app::{App, PASSWORD, Setup};
use crate::support::records::Records;

const DAY: u64 = 24;

#[actix_web::test]
async fn sessions_forms_links_and_mails_are_forgotten_when_nobody_can_use_them_any_more() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let users = format!("{beta}/users");
    let rows = |table: &str| Records::of(&app).number(&format!("select count(*) from {table}"));
    let used = acme.invite(&beta, "jo@beta.example").await;
    let jo = app.stranger();
    jo.submit(&used, &[("password", PASSWORD)]).await.see_path("/home");
    let ann = acme.admin().await;
    ann.submit(&format!("{users}/new"), &[("email", "mia@beta.example")]).await;
    let replaced = sink.mail_to("mia@beta.example").await.links()[0].to_owned();
    let path = ann.get(&users).await.href("mia@beta.example");
    ann.press(&ann.get(&path).await, "Resend activation mail").await;
    let expired = sink.mail_to("mia@beta.example").await.links()[0].to_owned();
    ann.get_until(&path, "Mail sent").await;
    let look = async |link: &str| app.stranger().get(link).await.status;

    // Nothing of it is past yet.
    let before = Records::of(&app).all();
    app.shared.tidy().await.unwrap();
    before.assert_same(&Records::of(&app).all(), "housekeeping, too early,");
    assert_eq!((rows("mails"), rows("links")), (2, 4));

    // Whoever comes back within the time of a session goes on.
    app.wait_hours(1);
    app.shared.tidy().await.unwrap();
    jo.get("/home").await.see_path("/home");

    // After a day: sessions that cannot go on, and answers to forms that nobody sends again.
    app.wait_hours(25);
    let ann = acme.admin().await;
    assert!(rows("sessions") > 1 && rows("form_posts") > 0);
    app.shared.tidy().await.unwrap();
    assert_eq!((rows("sessions"), rows("form_posts"), rows("links")), (1, 0, 4));
    ann.get(&path).await.see("Invited, expires in 2 days");

    // A link tells for ninety days more that it was used or has expired; then it is as unknown as any other.
    app.wait_hours(2 * DAY);
    for days in [0, 89, 1] {
        app.wait_hours(days * DAY);
        let tells = days != 1;
        app.shared.tidy().await.unwrap();
        assert_eq!(look(&used).await, if tells { 410 } else { 404 }, "{days}");
        assert_eq!(look(&expired).await, if tells { 410 } else { 404 }, "{days}");
        assert_eq!(look(&replaced).await, 404);
    }
    assert_eq!(rows("links"), 0);
    // What became of the last mail stays on the page of the user.
    assert_eq!(rows("mails"), 1);
    let ann = acme.admin().await;
    ann.get(&path).await.see("Mail sent").see("Invitation expired");
    app.stranger().sign_in("jo@beta.example", PASSWORD).await.see_path("/home");
}

#[actix_web::test]
async fn a_mail_that_still_waits_is_kept() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let users = acme.customer("Beta").await + "/users";
    let ann = acme.admin().await;
    sink.set_mode(crate::support::smtp::Mode::RefuseForNow);
    ann.submit(&format!("{users}/new"), &[("email", "mia@beta.example")]).await;
    ann.get_until(&users, "Mail failed, tried again").await;
    app.shared.tidy().await.unwrap();
    sink.set_mode(crate::support::smtp::Mode::Accept);
    app.wait(Duration::from_secs(31));
    sink.mail_to("mia@beta.example").await;
}

#[actix_web::test]
async fn sessions_that_may_rest_for_days_are_not_forgotten_after_one() {
    let sessions = Some(["50h", "100h", "1h", "12h"]);
    let app = App::start(Setup { sessions, ..Setup::default() }).await;
    let acme = app.tenant("Acme").await;
    let mia = acme.user(&acme.customer("Beta").await, "mia@beta.example").await;
    app.wait_hours(49);
    app.shared.tidy().await.unwrap();
    mia.get("/home").await.see_path("/home");
}
