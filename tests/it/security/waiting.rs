//! Transactions that must wait for each other on PostgreSQL, where many write at once.

use super::call;
use super::table::Call;
use super::world::Side;
use crate::support::app::App;
use crate::support::held::hold_rows;

/// Forms whose effect depends on where customers are, in an order in which each can be sent.
const OF_THE_HIERARCHY: [(&str, &str); 18] = [
    ("/customers", "title=Fresh&parent=@customer"),
    // Whoever moves a customer lists it with its title for those above.
    ("/customers/@inner", "title=Renamed&parent=&version=@no_number&base=%7B%7D"),
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

#[actix_web::test]
async fn whatever_depends_on_where_customers_are_waits_until_they_have_moved() {
    let app = App::spawn().await;
    let side = Side::of(&app, "Akonit").await;
    for (address, form) in OF_THE_HIERARCHY {
        let one = Call { route: "POST ", address, form };
        println!("{address} {form}");
        let held = hold_rows(&app, "select id from tenants");
        let filled = one.of(&side);
        let (answer, ()) = tokio::join!(call(&side.admin, &one, &filled), held.release_at(1));
        assert!([200, 303, 409, 422].contains(&answer.status), "{address} {form}: {}", answer.text());
    }
}
