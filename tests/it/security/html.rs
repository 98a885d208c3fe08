//! Every page is HTML as the standard has it, so that every browser and screen reader makes the same of it.

use super::markup::look_around;
use super::table::CALLS;
use super::world::Side;
use super::{call, owner};
use crate::support::actor::{Fields, Page};
use crate::support::app::App;
use crate::support::promise::Tally;

fn count(tally: &mut Tally, page: &Page, what: &str) {
    if page.headers.get("content-type").is_some_and(|kind| kind.as_bytes().starts_with(b"text/html")) {
        let faults = if page.html.contains("<html") { page.faults() } else { Vec::new() };
        tally.count(faults.is_empty(), || format!("{what} ({}): {}", page.path, faults.join("; ")));
    }
}

#[actix_web::test]
async fn every_page_and_every_answer_to_a_form_is_valid_html() {
    let app = App::spawn().await;
    let mut tally = Tally::default();
    count(&mut tally, &app.stranger().get(&app.setup_link.clone().unwrap()).await, "the set-up page");
    let side = Side::of(&app, "Akonit").await;
    for person in [&side.admin, &side.people["customer"], &app.stranger()] {
        look_around(person, "/", 4, |page, what| count(&mut tally, page, what)).await;
    }
    for one in CALLS {
        let stranger = app.stranger();
        for form in [one.of(&side).1, Fields::new()] {
            let address = one.of(&side).0;
            if one.route != "POST /sign-out" {
                count(&mut tally, &call(owner(one, &side, &stranger), one, &(address, form)).await, one.route);
            }
        }
    }
    assert!(tally.is_clean() && tally.tried() > 150, "{} pages, {tally} invalid", tally.tried());
}
