//! Editing a device: what is kept, what is refused, and two who edit at once.

use super::{add, assert_consistent, id};
use crate::support::app::App;

#[actix_web::test]
async fn a_device_is_edited_and_found_by_its_new_words_alone() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    let paths = add(&ann, "/devices", &[&[("name", "Boiler")], &[("name", "Pump")]]).await;
    let changed = [("name", "Heater"), ("type", "thermostat"), ("label", "Roof"), ("customer", id(&beta))];
    ann.submit(&paths[0], &changed).await.see("Heater was saved.").see("Assigned to Beta");
    assert_eq!(ann.get("/devices?q=boiler").await.rows(), [""; 0]);
    for q in ["heat", "ROOF", "thermo"] {
        assert_eq!(ann.get(&format!("/devices?q={q}")).await.rows(), ["Heater"], "{q}");
    }
    // The same name in another case is its own.
    ann.submit(&paths[0], &[("name", "HEATER")]).await.see("HEATER was saved.");
    let page = ann.submit(&paths[0], &[("name", "pump"), ("type", " ")]).await;
    assert_eq!(page.see_status(422).error("name"), "Enter another name; a device with this one exists already");
    assert_eq!((page.error("type"), page.value("#f-name")), ("Enter a type".into(), "pump".into()));
    ann.get(&paths[0].replace("devices", "assets")).await.see_status(404);
    ann.get("/devices/nobody").await.see_status(404);
    assert_consistent(&app);
}

#[actix_web::test]
async fn a_save_in_between_is_shown_field_by_field() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let (ann, bob) = (acme.admin().await, acme.admin().await);
    let beta = acme.customer("Beta").await;
    let path = add(&ann, "/devices", &[&[("name", "Boiler"), ("label", "a")]]).await.remove(0);
    let anns = ann.get(&path).await;
    bob.submit(&path, &[("label", "b"), ("customer", id(&beta))]).await.see("Boiler was saved.");
    let page = ann.send(&anns, &[("label", "c"), ("type", "meter")]).await;
    page.see_status(409);
    assert_eq!(page.h1(), "Someone else saved in between");
    assert_eq!(page.all(".diff tbody th"), ["Type", "Label", "Customer"]);
    assert_eq!(page.all(".diff tbody tr").remove(2), "Customer None Beta None");
    let label = ann.get(&path).await.value("#f-label");
    assert_eq!(label, "b", "nothing is overwritten");
    let saved = ann.send(&page, &[("label", "c"), ("type", "meter"), ("customer", id(&beta))]).await;
    saved.see("Boiler was saved.").see("Assigned to Beta");
    // So is an assignment of several in between.
    let anns = ann.get(&path).await;
    let token = bob.token().await;
    super::post(&bob, &token, "/devices/unassignment", &[("ids", id(&path)), ("asked", "yes")]).await.see_status(303);
    ann.send(&anns, &[("label", "d")]).await.see_status(409);
    ann.press(&ann.get(&format!("{path}/delete")).await, "Delete device").await.see("Boiler was deleted.");
    ann.send(&anns, &[("label", "d")]).await.see_status(404);
    assert_consistent(&app);
}
