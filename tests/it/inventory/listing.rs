//! Lists of devices: filters and their chips, totals, page sizes, and what they say when they are empty. That every sort
//! and page is right is compared with a model elsewhere.

use super::{add, add_named, id};
use crate::support::app::App;

#[actix_web::test]
async fn filters_narrow_the_list_and_each_chip_takes_its_own_away() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    let gamma = acme.customer_under("Gamma", &beta).await;
    let (b, g) = (id(&beta), id(&gamma));
    add(
        &ann,
        "/devices",
        &[
            &[("name", "One"), ("type", "Meter"), ("customer", b)],
            &[("name", "Two"), ("type", "meter"), ("customer", g)],
            &[("name", "Three"), ("type", "valve"), ("customer", g)],
            &[("name", "Four"), ("type", "valve")],
        ],
    )
    .await;
    let rows = async |address: &str| ann.get(address).await.rows();
    assert_eq!(rows("/devices?type=METER").await, ["Two", "One"]);
    assert_eq!(rows("/devices?assigned=no").await, ["Four"]);
    assert_eq!(rows("/devices?customer=beta").await, ["One"]);
    assert_eq!(rows(&format!("/devices?customer={b}&inner=yes&sort=name")).await, ["One", "Three", "Two"]);
    let list = ann.get(&format!("/devices?customer={b}&inner=yes&type=meter&q=o&sort=-name&size=10")).await;
    assert_eq!(list.rows(), ["One"], "one letter finds the beginnings of names");
    let list = ann.get(&format!("/devices?customer={b}&inner=yes&type=meter&sort=-name")).await;
    assert_eq!(list.rows(), ["Two", "One"]);
    assert_eq!(list.all(".chip"), ["Customer: Beta", "Its inner customers included", "Type: meter"]);
    assert_eq!(list.value("[name=customer]"), "Beta");
    assert_eq!(list.href("Remove the filter Type: meter"), format!("/devices?customer={b}&inner=yes&sort=-name"));
    assert_eq!(list.href("Remove the filter Customer: Beta"), "/devices?type=meter&sort=-name");
    assert_eq!(list.href("Clear"), "/devices");
    // What is not assigned is no customer's: the list says whose filter it does not follow.
    let free = ann.get("/devices?customer=beta&assigned=no").await;
    free.see("Devices that are not assigned have no customer, so the customer in the filter is left out.");
    assert_eq!((free.rows(), free.all(".chip")), (vec!["Four".into()], vec!["Not assigned".into()]));
    ann.get("/devices?assigned=no").await.see_no("left out");
    assert_eq!(rows("/devices?type=nothing").await, [""; 0]);
    let nobody = ann.get("/devices?customer=nobody").await;
    nobody.see("Nothing matches").see("Customer: nobody");
    for foreign in ["01900000-0000-7000-8000-000000000000", "%00", "'"] {
        let page = ann.get(&format!("/devices?customer={foreign}&type=%00x&assigned=maybe&inner=no")).await;
        assert_eq!(page.status, 200, "{foreign}");
    }
    ann.get("/devices").await.see("4 devices, 1 not assigned").see("1–4 of 4");
}

#[actix_web::test]
async fn a_customers_list_can_include_its_inner_customers() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    let gamma = acme.customer_under("Gamma", &beta).await;
    let at = format!("{beta}/devices");
    let empty = ann.get(&at).await;
    empty.see("No devices assigned").see("Users of Beta see").see("0 of the tenant’s devices are not assigned");
    // Where there is none to choose, one is added.
    assert_eq!((empty.all(".empty a"), empty.link("Choose devices")), (vec!["Add device".to_owned()], None));
    add_named(&ann, "", ["Free"]).await;
    assert_eq!(ann.get(&at).await.all(".empty a"), ["Choose devices"]);
    add_named(&ann, &gamma, ["Inner 1", "Inner 2"]).await;
    ann.get(&at).await.see("0 devices, 2 with its inner customers").see("2 are assigned to its inner customers");
    add_named(&ann, &beta, ["Own"]).await;
    let own = ann.get(&at).await;
    own.see("1 device, 3 with its inner customers").see("1–1 of 1");
    assert_eq!((own.rows(), own.title()), (vec!["Own".to_owned()], "Devices of Beta – Tenantry".into()));
    assert!(own.link("Customer").is_none(), "all of one customer");
    let all = ann.get(&format!("{at}?inner=yes&sort=-customer")).await;
    assert_eq!(all.rows(), ["Inner 2", "Inner 1", "Own"]);
    assert_eq!(all.cells("Inner 1")[3], "Gamma");
    all.see("1–3 of 3");
    assert_eq!(all.attributes("[name=inner][checked]", "value"), ["yes"]);
    assert_eq!(all.all(".tabs a").remove(3), "Devices 1");
    let details = ann.get(&beta).await;
    details.see("device, 3 with inner customers 1");
    let list = ann.get("/customers").await;
    assert_eq!(list.href_in_row("Beta", "Manage customer devices: Beta"), at);
    assert_eq!(list.href_in_row("Beta", "Manage customer assets: Beta"), format!("{beta}/assets"));
    assert_eq!(list.cells("Beta")[5], "1");
    ann.get("/customers/01900000-0000-7000-8000-000000000000/devices").await.see_status(404);
}

#[actix_web::test]
async fn customers_are_sorted_by_their_devices() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    for (title, devices) in [("Alpha", 2), ("Beta", 0), ("Gamma", 3)] {
        let at = acme.customer(title).await;
        add_named(&ann, &at, (0..devices).map(|n| format!("{title} {n}"))).await;
    }
    let headers = ann.get("/customers").await.attributes("thead .sort", "href");
    let list = ann.get(headers.iter().find(|href| href.contains("devices")).unwrap()).await;
    assert_eq!(
        (list.path.as_str(), list.rows()),
        ("/customers?sort=-devices", ["Gamma", "Alpha", "Beta"].map(String::from).into())
    );
    assert_eq!(ann.get("/customers?sort=devices").await.rows(), ["Beta", "Alpha", "Gamma"]);
    let token = ann.token().await;
    for n in 0..9 {
        super::post(&ann, &token, "/customers", &[("title", &format!("Other {n}"))]).await.see_status(303);
    }
    let next = ann.get("/customers?sort=-devices&size=10").await.href("Next");
    assert_eq!(ann.get(&next).await.rows(), ["Other 0", "Beta"]);
}

#[actix_web::test]
async fn pages_are_walked_while_rows_come_and_go() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    let gamma = acme.customer_under("Gamma", &beta).await;
    let paths = add_named(&ann, &gamma, (10..40).map(|n| format!("Device {n}"))).await;
    let first = ann.get(&format!("{beta}/devices?inner=yes&sort=name&size=10")).await;
    first.see("1–10 of 30");
    // The last of the page goes, and one comes before it.
    ann.press(&ann.get(&format!("{}/delete", paths[9])).await, "Delete device").await.see("Device 19 was deleted.");
    add_named(&ann, &beta, ["Device 15b"]).await;
    let second = ann.get(&first.href("Next")).await;
    assert_eq!((second.rows()[0].as_str(), second.rows().len()), ("Device 20", 10));
    let third = ann.get(&second.href("Next")).await;
    assert_eq!((third.rows().last().unwrap().as_str(), third.link("Next")), ("Device 39", None));
    let back = ann.get(&ann.get(&third.href("Previous")).await.href("Previous")).await;
    assert_eq!(back.rows().last().unwrap(), "Device 18");
    assert!(back.rows().contains(&"Device 15b".to_owned()));
    let token = ann.token().await;
    let all = [("all", "yes"), ("inside", id(&gamma)), ("asked", "yes"), ("confirm", "29")];
    super::post(&ann, &token, "/devices/unassignment", &all).await;
    let gone = ann.get(&third.path).await;
    gone.see("The rows of that page are gone");
    assert_eq!(gone.rows(), ["Device 15b"]);
    // A place of another list is none of this one.
    let place = third.path.split_once("after=").unwrap().1;
    ann.get(&format!("/devices?sort=label&after={place}")).await.see("This page link is no longer valid");
    // The size that was asked for last is kept.
    assert_eq!(ann.get("/devices").await.rows().len(), 10);
}

#[actix_web::test]
async fn a_list_of_one_type_says_how_many_there_are_also_when_its_name_has_a_number() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let token = ann.token().await;
    for n in 0..13 {
        let (name, kind) = (format!("Device {n}"), if n < 11 { "Mark 07" } else { "mark 7" });
        super::post(&ann, &token, "/devices", &[("name", &name), ("type", kind)]).await.see_status(303);
    }

    ann.get("/devices?type=MARK+07&size=10").await.see("1–10 of 11");
}

#[actix_web::test]
async fn with_more_types_than_a_list_can_show_one_is_typed() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let token = ann.token().await;
    for n in 0..101 {
        let (name, kind) = (format!("Device {n}"), format!("type {n:03}"));
        super::post(&ann, &token, "/devices", &[("name", &name), ("type", &kind)]).await.see_status(303);
        if n == 99 {
            let list = ann.get("/devices?type=TYPE+007").await;
            assert_eq!((list.attributes("select[name=type] option", "value").len(), list.rows().len()), (101, 1));
            assert_eq!(list.value("select[name=type]"), "TYPE 007");
        }
    }
    let list = ann.get("/devices?type=type+100").await;
    assert_eq!((list.rows(), list.value("input[name=type]")), (vec!["Device 100".to_owned()], "type 100".into()));
}
