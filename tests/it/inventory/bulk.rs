//! What is done to several devices at once: those that are selected in a list, or all that match.

use super::{add, add_named, assert_consistent, id, post};
use crate::support::app::App;

#[actix_web::test]
async fn selected_devices_are_assigned_unassigned_and_deleted() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    let paths = add_named(&ann, "", ["One", "Two", "Three"]).await;
    let two = [("ids", id(&paths[0])), ("ids", id(&paths[1]))];
    let list = ann.get("/devices").await;
    let asked = ann.fill_and_press(&list, &two, "Assign to customer").await;
    assert_eq!((asked.h1(), asked.href("Cancel")), ("Assign 2 devices".into(), "/devices".into()));
    let page = ann.press(&asked, "Assign").await;
    assert_eq!(page.see_status(422).error("to"), "Choose a customer");
    ann.send(&page, &[("to", id(&beta))]).await.see_path("/devices").see("2 devices were assigned to Beta.");
    let list = ann.get("/devices").await;
    let asked = ann.fill_and_press(&list, &[two[0], two[1], ("ids", id(&paths[2]))], "Unassign").await;
    assert_eq!(asked.h1(), "Unassign 3 devices?");
    ann.press(&asked, "Unassign").await.see("2 devices were unassigned. 1 was so already.");
    let one = ann.fill_and_press(&list, &[two[0]], "Delete").await;
    assert_eq!(one.h1(), "Delete One?");
    ann.press(&one, "Delete device").await.see("One was deleted.");
    // Gone ones are not counted.
    let asked = ann.fill_and_press(&list, &[two[0], two[1], ("ids", id(&paths[2]))], "Delete").await;
    assert!(asked.h1() == "Delete 2 devices?" && asked.has_button("Delete devices"));
    for wrong in ["", "1", "two"] {
        let page = ann.send(&asked, &[("confirm", wrong)]).await;
        assert_eq!(page.see_status(422).error("confirm"), "Type 2, the number of devices, to confirm");
    }
    ann.send(&asked, &[("confirm", "2")]).await.see("2 devices were deleted.").see("No devices yet");
    ann.send(&asked, &[("confirm", "2")]).await.see_refusal("Nothing was selected, so no device was changed.");
    assert_consistent(&app);
}

#[actix_web::test]
async fn all_that_match_is_judged_again_when_it_is_done() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    let gamma = acme.customer_under("Gamma", &beta).await;
    let things: Vec<_> = (0..13).map(|n| (format!("Farm {n}"), if n % 2 == 0 { "meter" } else { "valve" })).collect();
    let things: Vec<_> = things
        .iter()
        .map(|(name, kind)| [("name", name.as_str()), ("type", *kind), ("customer", id(&gamma))])
        .collect();
    add(&ann, "/devices", &things.iter().map(|thing| &thing[..]).collect::<Vec<_>>()).await;
    add_named(&ann, &beta, ["Own farm"]).await;
    add_named(&ann, "", ["Free farm"]).await;
    let list = ann.get(&format!("{beta}/devices?inner=yes&type=meter&q=farm&size=10")).await;
    let asked = ann.fill_and_press(&list, &[("all", "yes")], "Delete").await;
    let back = format!("{beta}/devices?q=farm&inner=yes&type=meter&size=10");
    assert_eq!((asked.h1(), asked.href("Cancel")), ("Delete 7 devices?".into(), back.clone()));
    assert!(asked.attributes("[name=ids]", "value").is_empty(), "they are not listed one by one");
    add(&ann, "/devices", &[&[("name", "Farm 99"), ("type", "METER"), ("customer", id(&beta))]]).await;
    let page = ann.send(&asked, &[("confirm", "7")]).await;
    assert_eq!(page.see_status(422).error("confirm"), "Type 8, the number of devices, to confirm");
    let after = ann.send(&page, &[("confirm", "8")]).await;
    after.see_path(&back).see("8 devices were deleted.").see("Nothing matches");
    let all = ann.get("/devices?customer=beta&inner=yes").await;
    let asked = ann.fill_and_press(&all, &[("all", "yes")], "Unassign").await;
    assert_eq!(asked.h1(), "Unassign 7 devices?");
    ann.press(&asked, "Unassign").await.see("7 devices were unassigned.").see("8 devices, 8 not assigned");
    let asked =
        ann.fill_and_press(&ann.get("/devices?assigned=no").await, &[("all", "yes")], "Assign to customer").await;
    ann.send(&asked, &[("to", id(&gamma))]).await.see("8 devices were assigned to Gamma.");
    assert_consistent(&app);
    let asked = ann.fill_and_press(&ann.get("/devices").await, &[("all", "yes")], "Delete").await;
    ann.send(&asked, &[("confirm", "8")]).await.see("No devices yet");
    assert_consistent(&app);
}

#[actix_web::test]
async fn a_selection_that_means_nothing_changes_nothing() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    add_named(&ann, &beta, ["One"]).await;
    let bolt = app.tenant("Bolt").await;
    let foreign = add_named(&bolt.admin().await, "", ["Foreign"]).await.remove(0);
    let token = ann.token().await;
    let asset = add(&ann, "/assets", &[&[("name", "Asset")]]).await.remove(0);
    for nobody in [id(&foreign), id(&asset), "nobody", "", "\0"] {
        for action in ["delete", "unassignment", "assignment"] {
            let fields = [("ids", nobody), ("asked", "yes"), ("confirm", "1"), ("to", id(&beta))];
            let page = post(&ann, &token, &format!("/devices/{action}"), &fields).await;
            assert_eq!((page.status, page.location()), (303, "/devices".into()), "{action} {nobody:?}");
            ann.get("/devices").await.see_refusal("Nothing was selected, so no device was changed.");
        }
    }
    for (name, value) in [("customer", "nobody"), ("q", "nothing at all"), ("type", "\0x")] {
        let fields = [("all", "yes"), (name, value), ("asked", "yes")];
        post(&ann, &token, "/devices/unassignment", &fields).await.see_status(303);
    }
    for inside in ["nobody", "01900000-0000-7000-8000-000000000000"] {
        let fields = [("all", "yes"), ("inside", inside), ("asked", "yes")];
        post(&ann, &token, "/devices/unassignment", &fields).await.see_status(404);
    }
    assert_eq!(ann.get("/devices").await.cells("One")[3], "Beta");
    assert_eq!(ann.get("/assets").await.rows(), ["Asset"]);
    assert_eq!(bolt.admin().await.get("/devices").await.rows(), ["Foreign"]);
}

#[actix_web::test]
async fn the_question_says_in_numbers_who_loses_what() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let (beta, gamma) = (acme.customer("Beta").await, acme.customer("Gamma").await);
    add_named(&ann, &beta, ["B 1", "B 2"]).await;
    add_named(&ann, &gamma, ["G 1"]).await;
    add_named(&ann, "", ["F 1", "F 2"]).await;
    let both = "3 of them belong to 2 customers, whose users will no longer see them.";
    for (list, words) in [
        ("/devices".to_owned(), both),
        ("/devices?customer=Beta".to_owned(), "They belong to 1 customer, whose users will no longer see them."),
        ("/devices?q=G+1".to_owned(), "It belongs to 1 customer, whose users will no longer see it."),
        ("/devices?assigned=no".to_owned(), "None of them is assigned to a customer."),
        (format!("{beta}/devices"), "They belong to 1 customer, whose users will no longer see them."),
    ] {
        for button in ["Assign to customer", "Unassign", "Delete"] {
            let asked = ann.fill_and_press(&ann.get(&list).await, &[("all", "yes")], button).await;
            asked.see(words);
            assert_eq!(asked.href("Cancel"), list, "{button}");
            assert_eq!(asked.all("#f-confirm").len(), usize::from(button == "Delete" && !words.starts_with("It ")));
        }
    }
}

#[actix_web::test]
async fn where_customers_lose_much_the_number_is_typed() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let (beta, gamma) = (acme.customer("Beta").await, acme.customer("Gamma").await);
    let names: Vec<String> = (0..26).map(|n| format!("Meter {n}")).collect();
    add_named(&ann, &beta, names.iter().map(String::as_str)).await;
    let list = "/devices?q=meter&sort=name&size=10";
    let asked = ann.fill_and_press(&ann.get(list).await, &[("all", "yes")], "Unassign").await;
    assert!(asked.all(".btn.main.danger") == ["Unassign"], "the button is red");
    let page = ann.press(&asked, "Unassign").await;
    assert_eq!(page.see_status(422).error("confirm"), "Type 26, the number of devices, to confirm");
    let asked = ann.fill_and_press(&ann.get(list).await, &[("all", "yes")], "Assign to customer").await;
    let page = ann.send(&asked, &[("to", id(&gamma)), ("confirm", "")]).await;
    assert_eq!(page.see_status(422).error("confirm"), "Type 26, the number of devices, to confirm");
    // Nobody loses what goes to whom it belongs.
    ann.send(&asked, &[("to", id(&beta))]).await.see_path(list).see("0 devices were assigned to Beta");
    ann.send(&asked, &[("to", id(&gamma)), ("confirm", "26")])
        .await
        .see_path(list)
        .see("26 devices were assigned to Gamma.");
    let asked = ann.fill_and_press(&ann.get(list).await, &[("all", "yes")], "Unassign").await;
    ann.send(&asked, &[("confirm", "26")]).await.see_path(list).see("26 devices were unassigned.");
    assert_consistent(&app);
}
