//! Transactions that must wait for each other on PostgreSQL, where many write at once.

use super::call;
use super::table::Call;
use super::world::Side;
use crate::support::app::App;
use crate::support::paused_server::hold_rows;

/// Forms whose effect depends on where customers are, in an order in which each can be sent.
const OF_THE_HIERARCHY: [(&str, &str); 17] = [
    ("/customers", "title=Fresh&parent=@customer"),
    ("/customers/@customer", "title=Moved&parent=@sibling&version=1&base="),
    ("/devices", "name=Fresh&type=default&customer=@customer"),
    ("/devices/@device", "name=Renamed&type=x&customer=@sibling&version=1&base="),
    ("/devices/assignment", "ids=@loose&asked=yes&to=@inner"),
    ("/devices/unassignment", "only=@device"),
    ("/devices/unassignment", "all=yes&inside=@inner&asked=yes"),
    ("/customers/@customer/devices", "ids=@loose"),
    ("/customers/@inner/devices", "all=yes&q=name&asked=yes"),
    ("/assets/assignment", "ids=@asset&asked=yes&to=@inner"),
    ("/dashboards/@dashboard/customers", "ids=@sibling"),
    ("/customers/@inner/dashboards", "ids=@dashboard"),
    ("/devices/@device/delete", ""),
    ("/devices/delete", "ids=@loose&asked=yes"),
    ("/customers/@inner/delete", "confirm=@inner_title"),
    ("/customers/delete", "ids=@sibling&asked=yes&confirm=nothing"),
    ("/customers/delete", "all=yes&inside=@outer&asked=yes&confirm=2"),
];

/// Forms about a user that do what no row of theirs waits for by itself. Whoever looks as one can do nothing more.
const OF_A_USER: [(&str, &str); 7] = [
    ("/users/@invited/activation-link", ""),
    ("/users/@invited/activation-mail", ""),
    ("/customers/@customer/users/activation-mail", "ids=@invited"),
    ("/users/@user/reset-mail", ""),
    ("/users/@user/sessions", "session=@session"),
    ("/users/@second/impersonation", ""),
    ("/users/@user/impersonation", ""),
];

/// While somebody holds the rows of a query, the form waits.
async fn waits(app: &App, side: &Side, rows: &str, (address, form): (&'static str, &'static str)) {
    println!("{address} {form}");
    let one = Call { route: "POST ", address, form };
    let filled = one.of(side);
    let held = hold_rows(app, rows);
    let (answer, ()) = tokio::join!(call(&side.admin, &one, &filled), held.release_at(1));
    assert!([200, 303, 409, 422].contains(&answer.status), "{address} {form}: {}", answer.text());
}

#[actix_web::test]
async fn whatever_depends_on_where_customers_are_waits_until_they_have_moved() {
    let app = App::spawn().await;
    let side = Side::of(&app, "Akonit").await;
    for one in OF_THE_HIERARCHY {
        waits(&app, &side, "select id from tenants", one).await;
    }
}

#[actix_web::test]
async fn whatever_is_done_about_a_user_waits_until_nobody_changes_the_user() {
    let app = App::spawn().await;
    let side = Side::of(&app, "Akonit").await;
    // Of a customer's users, those that are there when nobody changes the customer any more.
    let of_many = ("/customers/@customer/users/activation-mail", "all=yes&q=&status=");
    waits(&app, &side, "select id from customers", of_many).await;
    for one in OF_A_USER {
        waits(&app, &side, "select id from users", one).await;
    }
}
