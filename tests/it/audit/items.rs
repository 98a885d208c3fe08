//! The log of one device or asset: whatever was done with it, alone or together with others.

use std::time::Duration;

use super::said;
use crate::imports::import;
use crate::inventory::{add_named, id};
use crate::support::actor::Actor;
use crate::support::app::App;
use crate::support::records::Records;

/// What the log of a device or asset says, newest first.
async fn log(ann: &Actor, path: &str) -> Vec<String> {
    let page = ann.get(path).await;
    let log = ann.get(&page.href("Audit log")).await;
    log.see_path(&format!("{path}/audit"));
    assert_eq!(log.h1(), format!("Audit log of {}", page.h1()));
    assert_eq!(log.href(&page.h1()), path);
    said(&log)
}

#[actix_web::test]
async fn whoever_added_changed_or_assigned_a_device_stands_in_its_log() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let (beta, gamma) = (acme.customer("Beta").await, acme.customer("Gamma").await);
    let devices = add_named(&ann, "", ["One", "Two", "Three"]).await;
    ann.submit(&devices[0], &[("label", "Hall"), ("customer", id(&gamma))]).await.see("was saved");
    ann.submit(&devices[0], &[("customer", "")]).await.see("was saved");
    app.wait(Duration::from_secs(1));
    let free = ann.get(&format!("{beta}/devices/assign")).await;
    let both = [("ids", id(&devices[0])), ("ids", id(&devices[1]))];
    ann.fill_and_press(&free, &both, "Assign").await.see("2 devices were assigned to Beta.");
    let asked = ann.fill_and_press(&ann.get(&format!("{beta}/devices")).await, &both, "Unassign").await;
    ann.press(&asked, "Unassign").await.see("2 devices were unassigned.");
    ann.submit(&devices[0], &[("label", "Yard")]).await.see("was saved");

    let by = |words: &str| format!("admin@acme.example {words}");
    assert_eq!(
        log(&ann, &devices[0]).await,
        [
            by("changed device One"),
            by("unassigned 2 devices"),
            by("assigned 2 devices"),
            by("changed device One"),
            by("changed device One"),
            by("added device One"),
        ]
    );
    assert_eq!(log(&ann, &devices[2]).await, [by("added device Three")]);
    // It is narrowed and exported as any other log.
    let address = format!("{}/audit", devices[1]);
    assert_eq!(said(&ann.get(&format!("{address}?action=assign")).await), [by("assigned 2 devices")]);
    let page = ann.get(&format!("{address}?size=10&kind=device")).await;
    assert_eq!(said(&page).len(), 3);
    let file = ann.get(&page.href("Export CSV")).await;
    assert_eq!(file.html.split_terminator("\r\n").count(), 4, "{}", file.html);
    // Its users read nothing of it.
    let mia = acme.user(&beta, "mia@beta.example").await;
    ann.submit(&devices[0], &[("customer", id(&beta))]).await.see("was saved");
    assert_eq!(mia.get(&devices[0]).await.see_status(200).link("Audit log"), None);
    mia.get(&format!("{}/audit", devices[0])).await.see_status(404);
}

#[actix_web::test]
async fn what_was_imported_or_changed_by_a_job_has_it_in_its_log() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    import(&ann, "assets", "Name,Type\nHall,site\nYard,site\n").await;
    app.wait(Duration::from_secs(1));
    import(&ann, "assets", "Name,Type\nGate,site\nDoor,site\n").await;
    let hall = ann.get("/assets").await.href("Hall");
    let by = |words: &str| format!("admin@acme.example {words}");
    assert_eq!(log(&ann, &hall).await, [by("added 2 assets")]);
    app.wait(Duration::from_secs(1));
    import(&ann, "assets", "Name,Label\nHall,North\nYard,South\n").await;
    assert_eq!(log(&ann, &hall).await, [by("changed 2 assets"), by("added 2 assets")]);

    let beta = acme.customer("Beta").await;
    Records::of(&app).add_devices("Acme", 600);
    let asked = ann.fill_and_press(&ann.get("/devices").await, &[("all", "yes")], "Assign to customer").await;
    let job = ann.fill_and_press(&asked, &[("to", id(&beta))], "Assign").await;
    ann.get_until(&job.path, "600 devices were assigned to Beta.").await;
    let one = ann.get("/devices?q=free+77").await.href("Free 77");
    let said = log(&ann, &one).await;
    assert!(said.len() == 1 && said[0].starts_with(&by("assigned ")), "{said:?}");
}
