//! Opening a page changes nothing, however often and by whomever: mail scanners and link previews open links, too.

use std::time::{Duration, Instant};

use reqwest::Method;

use super::owner;
use super::table::CALLS;
use super::world::Side;
use crate::support::app::{App, Setup};
use crate::support::promise::{Tally, keep, size};
use crate::support::records::Records;
use crate::support::smtp::{Security, Sink};

#[actix_web::test]
async fn opening_pages_changes_nothing() {
    let sink = Sink::start(Security::None);
    let app = App::start(Setup { smtp_url: Some(sink.url()), ..Setup::default() }).await;
    let setup = app.setup_link.clone().unwrap();
    let mut records = Records::of(&app);
    let before = records.all();
    for method in [Method::GET, Method::HEAD, Method::GET] {
        assert_eq!(app.stranger().request(method, &setup, None, &[]).await.status, 200);
    }
    before.assert_same(&records.all(), "opening the set-up link");

    let side = Side::of(&app, "Akonit").await;
    let guest = format!("/customers/{}/users/new", side.thing("customer"));
    let invite = |email| [("email", email), ("activation_method", "mail")];
    side.admin.submit(&guest, &invite("late@late.example")).await.see("was added");
    let expired = sink.mail_to("late@late.example").await.links()[0].to_owned();
    app.wait_hours(73);
    let side_again = app.stranger();
    let email = format!("admin@{}.example", side.canary.to_lowercase());
    side_again.sign_in(&email, crate::support::app::PASSWORD).await.see_path("/customers");
    side_again.submit(&guest, &invite("new@new.example")).await.see("was added");
    let open = sink.mail_to("new@new.example").await.links()[0].to_owned();
    side_again.submit("/forgot-password", &[("email", &email)]).await.see("Check your email");
    let reset = sink.mail_to(&email).await.links()[0].to_owned();
    let patience = Instant::now() + Duration::from_secs(20);
    while records.number("select count(*) from mails where state = 'queued'") > 0 {
        assert!(Instant::now() < patience, "the last delivery is not written down");
        std::thread::yield_now();
    }

    let before = records.all();
    let tried = "select count(*) * 1000003 + sum(spent_until) from throttles";
    let tries = records.number(tried);
    let stranger = app.stranger();
    let links = [setup.as_str(), &expired, &open, &reset];
    let (mut asked, mut changed) = (0, Tally::default());
    for _ in 0..size(20, 3) {
        for method in [Method::GET, Method::HEAD] {
            for one in CALLS.iter().filter(|one| one.method() == "GET") {
                let address = one.of(&side).0;
                for actor in [&side_again, &stranger, owner(one, &side, &stranger)] {
                    let answer = actor.request(method.clone(), &address, None, &[]).await;
                    assert!(answer.status < 500, "{method} {address}");
                    asked += 1;
                }
            }
            for link in links {
                for actor in [&stranger, &side_again, &app.stranger()] {
                    let answer = actor.request(method.clone(), link, None, &[("sec-purpose", "prefetch")]).await;
                    assert!([200, 410].contains(&answer.status), "{method} {link}: {}", answer.status);
                    asked += 1;
                }
            }
        }
        changed.count(before == records.all(), || "rows".into());
        changed.count(records.number(tried) == tries, || "tries that are counted".into());
    }
    assert_eq!(stranger.get(&open).await.h1(), "Choose a password");
    assert_eq!(stranger.get(&reset).await.h1(), "Choose a password");
    let routes = CALLS.iter().filter(|one| one.method() == "GET").count() + links.len();
    let seen = format!(
        "{asked} GET and HEAD at {routes} addresses, links included; rows looked at {} times, {changed} times others than \
         last-seen were changed",
        changed.tried()
    );
    let kept = asked >= 1_000 && changed.is_clean();
    keep("Opening a link changes nothing", &seen, "≥ 1,000 requests, 0 rows changed", kept);
}
