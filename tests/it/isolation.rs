//! Nobody reaches what is not theirs: every address of the route map, with everything in it that can name a thing,
//! called by everybody it is not for.

use tenantry::app::routes::MAP;
use tenantry::app::routes::Who;

use crate::security::table::{CALLS, who};
use crate::security::world::Side;
use crate::security::{assert_alike, call, owner, without_chance};
use crate::support::actor::{Actor, Page};
use crate::support::app::App;
use crate::support::promise::{Tally, keep};
use crate::support::records::Records;

#[test]
fn every_address_is_in_the_table_of_calls() {
    for route in MAP {
        let name = format!("{} {}", route.method, route.path);
        assert!(
            CALLS.iter().any(|call| call.route == name),
            "{name} is missing in the table that isolation is tested by"
        );
    }
    CALLS.iter().for_each(|call| _ = who(call)); // fails for what is at no address
}

/// Without this, a call that is misspelt would be as well isolated as any.
#[actix_web::test]
async fn every_call_of_the_table_works_for_whom_it_is_meant() {
    let app = App::spawn().await;
    let side = Side::of(&app, "Akonit").await;
    let (ends_session, others): (Vec<_>, Vec<_>) = CALLS.iter().partition(|call| call.route == "POST /sign-out");
    let (gets, posts): (Vec<_>, Vec<_>) = others.into_iter().partition(|call| call.method() == "GET");
    for one in gets.into_iter().chain(posts).chain(ends_session) {
        let stranger = app.stranger();
        let (address, form) = one.of(&side);
        let answer = call(owner(one, &side, &stranger), one, &(address.clone(), form)).await;
        // Links that nobody has are all that the table has for pages that are opened by one.
        let fine = [200, 303, 409, 422].contains(&answer.status) || address.contains(&side.thing("no_token"));
        // What was deleted by the calls before.
        let gone = one.route.ends_with("/delete") && answer.status == 404;
        assert!(fine || gone, "{} {address}: {} {}", one.route, answer.status, answer.text());
    }
}

#[actix_web::test]
async fn another_tenants_administrator_reaches_nothing_of_a_tenant() {
    let app = App::spawn().await;
    let (ours, theirs, never) =
        (Side::of(&app, "Akonit").await, Side::of(&app, "Basalt").await, Side::that_never_was(&app));
    let mut records = Records::of(&app);
    let before = records.all();
    let (mut shown, mut told_apart, mut changed) = (Tally::default(), Tally::default(), Tally::default());
    for one in CALLS.iter().filter(|one| matches!(who(one), Who::TenantAdmin | Who::SignedIn | Who::Reader)) {
        for at in one.claims() {
            let (address, form) = one.swapped(&theirs, at, &ours);
            let what = format!("{} {address} {form:?}", one.route);
            let answer = call(&theirs.admin, one, &(address, form)).await;
            // The cursor that somebody holds is what they typed: it may come back to them.
            if !what.contains(&ours.thing("cursor")) {
                shown.count(!ours.is_seen(&answer), || what.clone());
                let nothing = call(&theirs.admin, one, &one.swapped(&theirs, at, &never)).await;
                told_apart.count(named(&answer, &ours) == named(&nothing, &never), || what.clone());
            } else {
                shown.count(!answer.text().contains(ours.canary), || what.clone());
            }
            changed.count(before == records.all(), || what.clone());
        }
    }
    // Last, everything in the call is another's; what they may add is added to their own.
    let before = records.of_tenant("Akonit");
    for one in CALLS.iter().filter(|one| who(one) == Who::TenantAdmin) {
        let (address, form) = one.of(&ours);
        let what = format!("{} {address} {form:?}", one.route);
        let answer = call(&theirs.admin, one, &(address, form)).await;
        if !what.contains(&ours.thing("cursor")) && !what.contains(&ours.thing("title").replace(' ', "+")) {
            shown.count(!answer.text().contains(ours.canary), || what.clone());
        }
        changed.count(before == records.of_tenant("Akonit"), || what.clone());
    }
    let tried = changed.tried();
    let seen = format!(
        "{tried} requests with another tenant's ids: {shown} of {} answers with foreign bytes, {told_apart} of {} unlike \
         the answer for an id that never was, {changed} changed rows",
        shown.tried(),
        told_apart.tried()
    );
    let kept = shown.is_clean() && told_apart.is_clean() && changed.is_clean() && tried > 100;
    keep("Another tenant reaches nothing", &seen, "0 with foreign bytes, 0 unlike, 0 changed rows", kept);
}

/// The answer with the ids of a tenant called the same as those of every other.
fn named(answer: &Page, side: &Side) -> String {
    side.ids().fold(without_chance(answer), |text, id| text.replace(id, "ID"))
}

#[actix_web::test]
async fn a_customer_user_reaches_nothing_of_the_administrators() {
    let app = App::spawn().await;
    let side = Side::of(&app, "Akonit").await;
    let mut records = Records::of(&app);
    let before = records.all();
    let (mut reached, mut changed) = (Tally::default(), Tally::default());
    for (place, person) in &side.people {
        let lost = without_chance(&person.get("/no/such/page").await);
        for one in CALLS.iter().filter(|one| who(one) == Who::TenantAdmin) {
            let (address, form) = one.of(&side);
            let what = format!("{} {address} {form:?} as a user of {place}", one.route);
            let answer = call(person, one, &(address, form)).await;
            reached.count(answer.status == 404 && without_chance(&answer) == lost, || what);
        }
        changed.count(before == records.all(), || (*place).to_owned());
    }
    let tried = reached.tried();
    let seen = format!(
        "{tried} requests of {} customer users to pages of administrators: {reached} other than the same 404, {changed} \
         users changed rows",
        changed.tried()
    );
    let kept = reached.is_clean() && changed.is_clean() && tried > 100;
    keep("Customer users reach no administrator's page", &seen, "0 other, 0 changed rows", kept);
}

#[actix_web::test]
async fn a_customer_user_sees_their_own_branch_and_nothing_beside_or_above_it() {
    let app = App::spawn().await;
    let side = Side::of(&app, "Akonit").await;
    let never = Side::that_never_was(&app);
    let mut records = Records::of(&app);
    let before = records.all();
    let (mut shown, mut told_apart, mut changed) = (Tally::default(), Tally::default(), Tally::default());
    let below = |place| match place {
        "outer" => vec!["customer", "inner", "sibling"],
        "customer" => vec!["inner"],
        _ => vec![],
    };
    for (place, person) in &side.people {
        for one in CALLS.iter().filter(|one| matches!(who(one), Who::SignedIn | Who::CustomerUser | Who::Reader)) {
            let claims = one.claims();
            if one.method() != "GET" && claims.is_empty() {
                continue; // changes only themselves
            }
            let answer = call(person, one, &one.of(&side)).await;
            for other in side.people.keys().filter(|other| *other != place && !below(place).contains(*other)) {
                for text in [format!("{} {other}", side.canary), format!("{other}@")] {
                    let unseen = !answer.html.contains(&text);
                    shown.count(unseen, || format!("{} shows {text:?} to a user of {place}", one.route));
                }
            }
            for text in ["device", "asset"].map(|thing| format!("{} {thing}", side.canary)) {
                let theirs = *place == "customer" || below(place).contains(&"customer");
                let right = theirs || !answer.html.contains(&text);
                shown.count(right, || format!("{} shows {text:?} to a user of {place}", one.route));
            }
            for at in claims {
                let claimed = match one.claimed(at) {
                    "cursor" => continue, // of another list, so it is not understood
                    "device" | "asset" => "customer",
                    other => other,
                };
                if claimed == *place || below(place).contains(&claimed) {
                    assert!(answer.status == 200, "{} is closed to a user of {place}", one.route);
                    continue;
                }
                let nothing = call(person, one, &one.swapped(&side, at, &never)).await;
                let alike = without_chance(&answer) == without_chance(&nothing);
                told_apart.count(alike, || format!("{} as a user of {place}", one.route));
            }
        }
        changed.count(before == records.all(), || (*place).to_owned());
    }
    let tried = told_apart.tried();
    let seen = format!(
        "{tried} requests with ids of customers beside and above: {told_apart} unlike the answer for an id that never was; \
         {shown} of {} texts of others shown; {changed} of {} users changed rows",
        shown.tried(),
        changed.tried()
    );
    let kept = shown.is_clean() && told_apart.is_clean() && changed.is_clean() && tried > 10;
    keep("Customer users see their own branch alone", &seen, "0 unlike, 0 shown, 0 changed rows", kept);
}

#[actix_web::test]
async fn an_administrator_has_no_page_of_customer_users() {
    let app = App::spawn().await;
    let side = Side::of(&app, "Akonit").await;
    let lost = without_chance(&side.admin.get("/no/such/page").await);
    for one in CALLS.iter().filter(|one| who(one) == Who::CustomerUser) {
        let answer = call(&side.admin, one, &one.of(&side)).await;
        assert_alike(&without_chance(&answer), &lost, one.route);
    }
}

#[actix_web::test]
async fn nobody_is_asked_to_sign_in_and_learns_nothing() {
    let app = App::spawn().await;
    let side = Side::of(&app, "Akonit").await;
    let mut records = Records::of(&app);
    let before = records.all();
    let (mut shown, mut changed) = (Tally::default(), Tally::default());
    for one in CALLS {
        let nobody = app.stranger();
        let (address, form) = one.of(&side);
        let what = format!("{} {address}", one.route);
        let answer = call(&nobody, one, &(address.clone(), form)).await;
        shown.count(!side.is_seen(&answer), || what.clone());
        if who(one) != Who::Anyone {
            see_asked_to_sign_in(&nobody, &answer, &address).await;
        }
        changed.count(before == records.all(), || what);
    }
    let seen = format!(
        "{} requests of nobody at every route: {shown} with a byte of a tenant, {changed} changed rows",
        shown.tried()
    );
    keep("Nobody reaches nothing", &seen, "0 with a byte, 0 changed rows", shown.is_clean() && changed.is_clean());
}

/// A page asks to sign in and then comes back; a form is kept until one has signed in.
async fn see_asked_to_sign_in(nobody: &Actor, answer: &Page, address: &str) {
    if answer.status == 401 {
        assert_eq!(answer.h1(), "Sign in");
        return;
    }
    assert_eq!(answer.status, 303, "{address}");
    let to = answer.headers["location"].to_str().unwrap();
    let next = to.strip_prefix("/sign-in?next=").unwrap_or_else(|| panic!("{address} leads to {to}"));
    let next = percent_encoding::percent_decode_str(next).decode_utf8().unwrap();
    assert_eq!(next, address);
    assert_eq!(nobody.get(to).await.value("input[name=next]"), address);
}

#[actix_web::test]
async fn an_answer_that_is_kept_for_a_form_is_given_to_its_sender_alone() {
    let app = App::spawn().await;
    let (ours, theirs) = (Side::of(&app, "Akonit").await, Side::of(&app, "Basalt").await);
    let form = ours.admin.get("/administrators/new").await;
    let fields = [("email", "lea@lea.example"), ("activation_method", "link")];
    let link = ours.admin.send(&form, &fields).await.value("#link");
    let id = form.value("input[name=form_id]");
    let again = ours.admin.send(&form, &fields).await;
    again.see("lea@lea.example was added.").see("its link was shown only once");
    assert!(!again.html.contains(&link) && again.all("#link").is_empty());

    let page = theirs.admin.submit("/administrators/new", &[fields[0], fields[1], ("form_id", &id)]).await;
    assert_ne!(page.value("#link"), link);
    ours.assert_unseen(&page, "a form with another's id");
}
