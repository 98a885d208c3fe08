//! What users of a customer see of what is theirs: devices, assets and inner customers, to be read.

use crate::support::actor::Actor;
use crate::support::app::{App, Tenant};

/// A device or an asset of a customer, by the addresses of their list and of the customer.
async fn add(ann: &Actor, list: &str, name: &str, customer: &str) -> String {
    let customer = customer.rsplit('/').next().unwrap_or_default();
    let form = [("name", name), ("type", "meter"), ("label", "Cellar"), ("customer", customer)];
    ann.submit(&format!("{list}/new"), &form).await.see("was added").path.clone()
}

/// Beta with Plant in it and Hall in that, and Gamma beside them; each with a device.
async fn nested(acme: &Tenant<'_>, ann: &Actor) -> (String, String, String) {
    let beta = acme.customer("Beta").await;
    let plant = acme.customer_under("Plant", &beta).await;
    let hall = acme.customer_under("Hall", &plant).await;
    let gamma = acme.customer("Gamma").await;
    for (name, customer) in [("b-1", &beta), ("p-1", &plant), ("h-1", &hall), ("g-1", &gamma)] {
        add(ann, "/devices", name, customer).await;
    }
    add(ann, "/devices", "free-1", "").await;
    (beta, plant, hall)
}

#[actix_web::test]
async fn a_customer_user_sees_the_devices_and_assets_of_their_branch() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let (beta, plant, _) = nested(&acme, &ann).await;
    add(&ann, "/assets", "Boiler", &plant).await;

    let mia = acme.user(&beta, "mia@beta.example").await;
    let devices = mia.get("/devices?sort=name").await;
    assert_eq!((devices.h1(), devices.rows()), ("Devices".into(), ["b-1", "h-1", "p-1"].map(String::from).into()));
    assert_eq!(devices.all("[aria-current=page]"), ["Devices"]);
    assert_eq!(devices.all("main input[type=checkbox], main .danger, main .btn.main"), [] as [String; 0]);
    assert_eq!(mia.get("/devices?q=h-").await.rows(), ["h-1"]);
    mia.get("/devices?q=g-1").await.see("Nothing matches");
    assert_eq!(mia.get("/devices?sort=-customer&size=10").await.rows(), ["p-1", "h-1", "b-1"]);
    assert_eq!(mia.get("/assets").await.rows(), ["Boiler"]);

    let jo = acme.user(&plant, "jo@plant.example").await;
    assert_eq!(jo.get("/devices?sort=name").await.rows(), ["h-1", "p-1"]);
    jo.get("/devices").await.see_no("Beta").see("Plant");
}

#[actix_web::test]
async fn the_details_of_a_device_are_there_to_be_read() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let (beta, plant, hall) = nested(&acme, &ann).await;
    let device = add(&ann, "/devices", "h-2", &hall).await;
    let mia = acme.user(&beta, "mia@beta.example").await;
    let page = mia.get(&device).await;
    page.see("h-2").see("Of Hall").see("Type meter").see("Label Cellar");
    assert_eq!(page.all("main form, main button"), [] as [String; 0]);
    mia.get(&page.href("Hall")).await.see_status(200);
    for path in [format!("{device}/delete"), "/devices/new".into(), "/devices/types?q=m".into()] {
        mia.get(&path).await.see_status(404);
    }
    let form = vec![("name".to_owned(), "mine".to_owned()), ("csrf".to_owned(), mia.token().await)];
    mia.post(&device, &form).await.see_status(404);
    ann.get(&device).await.see("h-2");

    // Once it is another's, it is not there any more.
    let gamma = ann.get("/customers?q=Gamma").await.href("Gamma");
    let gamma = gamma.rsplit('/').next().unwrap();
    ann.submit(&device, &[("customer", gamma)]).await.see("was saved");
    mia.get(&device).await.see_status(404);
    acme.user(&plant, "jo@plant.example").await.get(&device).await.see_status(404);
}

#[actix_web::test]
async fn inner_customers_are_walked_downwards_only() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let (beta, plant, hall) = nested(&acme, &ann).await;
    let mia = acme.user(&beta, "mia@beta.example").await;
    let page = mia.get("/inner-customers").await;
    assert_eq!((page.h1(), page.rows()), ("Inner customers".into(), vec!["Plant".to_owned()]));
    page.see("1 inner customer (2 at all levels)");
    let page = mia.get(&page.href("Plant")).await;
    assert_eq!((page.h1(), page.rows()), ("Plant".into(), vec!["Hall".to_owned()]));
    page.see("Devices 2 devices").see("Assets 0 assets");
    assert_eq!(mia.get(&page.href("2 devices")).await.see("Customer: Plant").rows().len(), 2);
    let page = mia.get(&page.href("Hall")).await;
    assert_eq!(page.all(".crumbs a"), ["Inner customers", "Plant"]);
    page.see("No inner customers");

    let own = |path: &str| path.replace("/customers/", "/inner-customers/");
    let jo = acme.user(&plant, "jo@plant.example").await;
    let page = jo.get(&own(&hall)).await;
    assert_eq!(page.all(".crumbs a"), ["Inner customers"]);
    page.see_no("Beta");
    let gamma = ann.get("/customers?q=Gamma").await.href("Gamma");
    for path in [own(&beta), own(&gamma), beta.clone(), "/inner-customers/none".into()] {
        jo.get(&path).await.see_status(404);
    }
    let id = beta.rsplit('/').next().unwrap();
    jo.get(&format!("/devices?customer={id}")).await.see_status(404);
    ann.get("/inner-customers").await.see_status(404);
}

#[actix_web::test]
async fn a_customer_user_without_anything_is_told_so() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let mia = acme.user(&acme.customer("Beta").await, "mia@beta.example").await;
    mia.get("/devices").await.see("No devices assigned");
    mia.get("/assets").await.see("No assets assigned");
    mia.get("/inner-customers").await.see("No inner customers");
}
