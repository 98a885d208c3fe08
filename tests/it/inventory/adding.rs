//! Adding devices and assets.

use super::{add, assert_consistent, id};
use crate::support::actor::at_once;
use crate::support::app::App;

#[actix_web::test]
async fn a_device_is_added_shown_and_listed() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let empty = ann.get("/devices").await;
    empty.see("No devices yet").see("A device measures or acts");
    let form = ann.get(&empty.href("Add your first device")).await;
    assert_eq!((form.h1(), form.value("#f-type")), ("Add device".into(), "default".into()));
    let fields = [("name", "  Boiler 1 "), ("type", "Meter"), ("label", "Cellar"), ("description", "Old\nbut good")];
    let details = ann.send(&form, &fields).await;
    details.see("Boiler 1 was added.").see("Not assigned").see("Created just now by you");
    assert_eq!((details.h1(), details.one("#id")), ("Boiler 1".into(), id(&details.path).into()));
    for (field, value) in
        [("name", "Boiler 1"), ("type", "Meter"), ("label", "Cellar"), ("description", "Old\nbut good")]
    {
        assert_eq!(details.value(&format!("#f-{field}")).trim_start(), value);
    }
    let list = ann.get("/devices").await;
    list.see("1 device, 1 not assigned").see("1–1 of 1");
    assert_eq!(list.cells("Boiler 1"), ["Boiler 1", "Meter", "Cellar", "Not assigned", "just now"]);
    assert_eq!(list.href("Boiler 1"), details.path);
    assert!(list.href_in_row("Boiler 1", "Delete device").ends_with("/delete"));
    ann.get("/assets").await.see("No assets yet");
    assert_consistent(&app);
}

#[actix_web::test]
async fn an_asset_is_added_to_a_customer_edited_and_deleted() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    let form = ann.get(&format!("/assets/new?customer={}", id(&beta))).await;
    assert_eq!((form.h1(), form.value("#f-customer")), ("Add asset".into(), id(&beta).into()));
    let details = ann.send(&form, &[("name", "Mill"), ("type", "building")]).await;
    details.see("Mill was added.").see("Assigned to Beta");
    let list = ann.get(&format!("{beta}/assets")).await;
    assert_eq!((list.rows(), list.all(".tabs a").remove(4)), (vec!["Mill".to_owned()], "Assets 1".into()));
    ann.get(&beta).await.see("asset 1");
    // A device may have the name of an asset.
    add(&ann, "/devices", &[&[("name", "Mill")]]).await;
    ann.submit(&details.path, &[("name", "Windmill"), ("customer", "")]).await.see("Windmill was saved.");
    assert_eq!(ann.get("/assets").await.cells("Windmill")[3], "Not assigned");
    let asked = ann.get(&ann.get("/assets").await.href_in_row("Windmill", "Delete asset")).await;
    assert_eq!(asked.h1(), "Delete Windmill?");
    ann.press(&asked, "Delete asset").await.see_path("/assets").see("Windmill was deleted.").see("No assets yet");
    ann.get(&details.path).await.see_status(404);
    assert_eq!(ann.get("/devices").await.rows(), ["Mill"]);
    assert_consistent(&app);
}

#[actix_web::test]
async fn everything_that_is_wrong_is_said_at_once_and_nothing_typed_is_lost() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    add(&ann, "/devices", &[&[("name", "Straße 1")]]).await;
    let long = "x".repeat(256);
    let fields = [("name", " "), ("type", ""), ("label", &*long), ("description", "a\u{7}b"), ("customer", "")];
    let page = ann.submit("/devices/new", &fields).await;
    page.see_status(422);
    assert_eq!(page.title(), "Error: Add device – Tenantry");
    assert_eq!((page.error("name"), page.error("type")), ("Enter a name".into(), "Enter a type".into()));
    assert_eq!(page.error("label"), "Shorten label to 255 characters; it has 256");
    assert_eq!(page.error("description"), "Description has a control character at position 2; remove it");
    assert_eq!(page.all("[data-error-summary] li").len(), 4);
    assert_eq!(page.value("#f-label"), long);
    let page = ann.submit("/devices/new", &[("name", "STRASSE 1 "), ("label", &long)]).await;
    assert_eq!(page.see_status(422).error("name"), "Enter another name; a device with this one exists already");
    assert_eq!(page.error("label"), "Shorten label to 255 characters; it has 256");
    assert_eq!(page.all("[data-error-summary] a").len(), 2);
    ann.get("/devices").await.see("1–1 of 1");
}

#[actix_web::test]
async fn a_customer_that_is_not_there_is_refused() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    let foreign = app.tenant("Bolt").await.customer("Foreign").await;
    let form = ann.get("/devices/new").await;
    for nobody in [id(&foreign), "Gamma", "01900000-0000-7000-8000-000000000000", "\0"] {
        let page = ann.send(&form, &[("name", "One"), ("customer", nobody)]).await;
        assert_eq!(page.see_status(422).error("customer"), "Choose a customer that exists", "{nobody:?}");
    }
    // A title that is typed means the same as a choice.
    ann.send(&form, &[("name", "One"), ("customer", " bETA ")]).await.see("Assigned to Beta");
    ann.get(&format!("{beta}/devices")).await.see("1–1 of 1");
}

#[actix_web::test]
async fn add_and_add_another_keeps_the_customer() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    let form = ann.get(&format!("/devices/new?customer={}", id(&beta))).await;
    let next = ann.fill_and_press(&form, &[("name", "One")], "Add and add another").await;
    next.see("One was added.");
    assert_eq!(
        (next.h1(), next.value("#f-name"), next.value("#f-customer")),
        ("Add device".into(), "".into(), id(&beta).into())
    );
    // Sent twice, it is added once.
    let (first, again) = (ann.send(&next, &[("name", "Two")]).await, ann.send(&next, &[("name", "Two")]).await);
    assert_eq!((first.path, again.status), (again.path.clone(), 200));
    ann.get(&format!("{beta}/devices")).await.see("1–2 of 2");
    let sent = ann.send_at_once(&ann.get("/devices/new").await, &[("name", "Three")], 8).await;
    assert!(sent.iter().all(|page| page.status == 303 && page.location() == sent[0].location()));
    // What is sent to another page is something else.
    let (_, form) = ann.get("/devices/new").await.filled(&[("name", "Four")]);
    for list in ["/devices", "/assets"] {
        ann.post(list, &form).await.see_status(303);
        let rows = ann.get(list).await.rows();
        assert!(rows.contains(&"Four".to_owned()), "{list}: {rows:?}");
    }
    assert_consistent(&app);
}

#[actix_web::test]
async fn types_in_use_are_suggested() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let things: Vec<[(&str, &str); 2]> =
        [("One", "Meter"), ("Two", "meter"), ("Three", "Motor"), ("Four", "valve"), ("Five", "Éclair")]
            .map(|(name, kind)| [("name", name), ("type", kind)])
            .into();
    let paths = add(&ann, "/devices", &things.iter().map(|thing| &thing[..]).collect::<Vec<_>>()).await;
    let suggested = async |q: &str| ann.get(&format!("/devices/types?q={q}")).await.html;
    let both = r#"[{"title":"Meter","path":"2 devices"},{"title":"Motor","path":"1 device"}]"#;
    assert_eq!(suggested("M").await, both);
    assert_eq!(suggested("éCL").await, r#"[{"title":"Éclair","path":"1 device"}]"#);
    assert_eq!(suggested("%25").await, "[]");
    assert_eq!(suggested("%00").await.matches("title").count(), 4);
    assert_eq!(ann.get("/assets/types?q=m").await.html, "[]");
    // One that nothing has any more is not suggested.
    ann.submit(&paths[2], &[("type", "meter")]).await.see("was saved.");
    ann.press(&ann.get(&format!("{}/delete", paths[3])).await, "Delete device").await.see("Four was deleted.");
    assert_eq!(suggested("").await.matches("title").count(), 2);
    assert_consistent(&app);
}

#[actix_web::test]
async fn many_who_add_at_once_are_counted_right() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let top = acme.customer("Top").await;
    let beta = acme.customer_under("Beta", &top).await;
    let token = ann.token().await;
    let posts = (0..24).map(|n| {
        let (ann, token, owner) = (ann.clone(), token.clone(), if n % 3 == 0 { top.clone() } else { beta.clone() });
        let name = format!("Device {}", n / 2);
        async move {
            let fields = [("name", name.as_str()), ("type", "default"), ("customer", id(&owner))];
            super::post(&ann, &token, "/devices", &fields).await.status
        }
    });
    let mut statuses = at_once(posts.collect::<Vec<_>>()).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [vec![303; 12], vec![422; 12]].concat(), "of each name there is one");
    assert_consistent(&app);
}
