//! Forms change what they show and nothing else: a field that is none of a form's is refused, and so is one that comes
//! twice.

use std::collections::BTreeSet;

use super::table::{CALLS, Call};
use super::world::Side;
use super::{call_with, owner};
use crate::support::app::App;
use crate::support::promise::{Tally, keep};
use crate::support::records::Records;

/// Fields of a form that have the name of a column.
pub fn own_fields(call: &Call) -> &'static [&'static str] {
    match call.route {
        "POST /customers" | "POST /customers/{id}" => &[
            "title",
            "description",
            "country",
            "state",
            "city",
            "zip",
            "address",
            "address2",
            "phone",
            "email",
            "hide_home_toolbar",
            "version",
            "form_id",
        ],
        "POST /customers/{id}/users" | "POST /administrators" | "POST /users/{id}" => {
            &["email", "first_name", "last_name", "phone", "description", "version", "form_id"]
        }
        "POST /devices" | "POST /assets" | "POST /devices/{id}" | "POST /assets/{id}" => {
            &["name", "label", "description", "version", "form_id"]
        }
        "POST /dashboards" | "POST /dashboards/{id}" => &["title", "description", "version", "widgets", "form_id"],
        "POST /imports" => &["what", "form_id"],
        "POST /imports/{id}" => &[
            "title",
            "description",
            "country",
            "state",
            "city",
            "zip",
            "address",
            "address2",
            "phone",
            "email",
            "hide_home_toolbar",
            "first_name",
            "last_name",
            "name",
            "label",
        ],
        "POST /account" => &["first_name", "last_name", "phone", "version"],
        "POST /setup/{token}" => &["first_name", "last_name", "email"],
        "POST /sign-in" | "POST /forgot-password" | "POST /account/email" => &["email"],
        _ => &[],
    }
}

#[actix_web::test]
async fn a_field_that_is_none_of_the_form_is_refused() {
    let app = App::spawn().await;
    let side = Side::of(&app, "Akonit").await;
    let mut records = Records::of(&app);
    let columns: BTreeSet<String> = records.tables().into_iter().flat_map(|(_, columns)| columns).collect();
    assert!(columns.contains("tenant_id") && columns.contains("password_hash") && columns.len() > 40, "{columns:?}");
    let others = ["users_count[]", "customer[tenant_id]", "__proto__", "ids[]", "_method", "Title", "csrf "];
    let before = records.all();
    let (mut forms, mut taken, mut changed) = (0, Tally::default(), Tally::default());
    for one in CALLS.iter().filter(|one| one.method() == "POST" && !one.address.contains("@no_token")) {
        let stranger = app.stranger();
        let actor = owner(one, &side, &stranger);
        let (token, (address, form)) = (actor.token().await, one.of(&side));
        for name in columns.iter().map(String::as_str).chain(others) {
            if own_fields(one).contains(&name) {
                continue;
            }
            let mut form = form.clone();
            form.insert(name.len() % (form.len() + 1), (name.to_owned(), "1".to_owned()));
            let answer = call_with(actor, one, &(address.clone(), form), &token).await;
            taken.count(answer.status == 400, || format!("{} with {name}: {}", one.route, answer.status));
        }
        forms += 1;
        changed.count(before == records.all(), || one.route.to_owned());
    }
    let seen = format!(
        "{} forms with a field too many ({} columns, {forms} forms): {taken} taken, {changed} changed rows",
        taken.tried(),
        columns.len()
    );
    let kept = taken.is_clean() && changed.is_clean() && taken.tried() > 40 * forms;
    keep("Mass assignment", &seen, "0 taken, 0 changed rows", kept);
}

#[actix_web::test]
async fn a_field_that_comes_twice_is_refused() {
    let app = App::spawn().await;
    let side = Side::of(&app, "Akonit").await;
    let mut records = Records::of(&app);
    let before = records.all();
    let (mut taken, mut changed) = (Tally::default(), Tally::default());
    for one in CALLS.iter().filter(|one| one.method() == "POST" && !one.address.contains("@no_token")) {
        let stranger = app.stranger();
        let actor = owner(one, &side, &stranger);
        let (token, (address, form)) = (actor.token().await, one.of(&side));
        for (name, value) in form.iter().filter(|(name, _)| name != "ids") {
            for again in [value.as_str(), "", "something else"] {
                let mut form = form.clone();
                form.push((name.clone(), again.to_owned()));
                let answer = call_with(actor, one, &(address.clone(), form), &token).await;
                let refused = answer.status == 400 && answer.text().contains("Nothing was changed");
                taken.count(refused, || format!("{} with {name} twice: {}", one.route, answer.status));
            }
        }
        changed.count(before == records.all(), || one.route.to_owned());
    }
    let seen = format!("{} forms with a key twice: {taken} taken, {changed} changed rows", taken.tried());
    let kept = taken.is_clean() && changed.is_clean() && taken.tried() > 100;
    keep("Mass assignment: doubled keys", &seen, "0 taken, 0 changed rows", kept);
}
