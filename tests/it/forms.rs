//! What all forms have in common.

use crate::support::app::App;

#[actix_web::test]
async fn an_asterisk_stands_only_where_it_is_explained() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    let (users, edit) = (format!("{beta}/users/new"), format!("{beta}/delete"));
    let file = ann.upload("/imports", &[], ("a.csv", b"Name")).await;
    assert_eq!(file.status, 403, "only a form of ours is taken");
    let explained = ["/customers/new", &beta, &users, "/administrators/new", "/devices/new", "/dashboards/new"];
    let all_required = ["/account", "/imports", "/dashboards/import", &edit];
    for (paths, stars) in [(&explained[..], true), (&all_required[..], false)] {
        for path in paths {
            let page = ann.get(path).await;
            assert_eq!((page.status, page.text().contains("* means the field is required")), (200, stars), "{path}");
            assert_eq!(page.all("label .req, legend .req").is_empty(), !stars, "{path}");
            assert!(stars || *path == edit || !page.attributes("[required], fieldset", "id").is_empty(), "{path}");
        }
    }
    for path in ["/sign-in", "/forgot-password"] {
        assert!(app.stranger().get(path).await.all(".req").is_empty(), "{path}");
    }
}

#[actix_web::test]
async fn browsers_fill_in_only_what_is_about_whoever_fills_it_in() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    for path in ["/customers/new".to_owned(), format!("{beta}/users/new")] {
        let page = ann.get(&path).await;
        assert_eq!(page.attributes("#f-email, #f-phone", "autocomplete"), ["off", "off"], "{path}");
    }
    assert_eq!(ann.get("/account").await.attributes("#f-phone", "autocomplete"), ["tel"]);
    assert_eq!(app.stranger().get("/sign-in").await.attributes("#f-email", "autocomplete"), ["username"]);
}

#[actix_web::test]
async fn what_was_typed_is_still_there_when_its_thing_was_deleted_meanwhile() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    let gamma = acme.customer("Gamma").await;
    acme.invite(&gamma, "mia@gamma.example").await;
    let user = ann.get(&format!("{gamma}/users")).await.href("mia@gamma.example");
    let added = async |list: &str, field: &str| {
        ann.submit(&format!("{list}/new"), &[(field, "Pump")]).await;
        ann.get(list).await.href("Pump")
    };
    let (device, asset) = (added("/devices", "name").await, added("/assets", "name").await);
    let dashboard = added("/dashboards", "title").await;
    for (thing, form, list) in [
        (&beta, beta.clone(), Some("title")),
        (&device, device.clone(), Some("name")),
        (&asset, asset.clone(), Some("name")),
        (&dashboard, format!("{dashboard}/edit"), Some("title")),
        (&user, user.clone(), None),
        (&gamma, format!("{gamma}/users/new"), None),
    ] {
        let open = ann.get(&form).await;
        ann.submit(&format!("{thing}/delete"), &[]).await.see("was deleted");
        let mut typed = vec![("description", "Ten minutes of typing")];
        match list {
            Some(field) => typed.push((field, "Typed anew")),
            None => typed.push(("email", "jo@gamma.example")),
        }

        let lost = ann.send(&open, &typed).await;

        lost.see_status(404).see("is no longer there, so nothing was saved.").see("Ten minutes of typing");
        assert!(lost.title().starts_with("Error: ") && lost.link("Home").is_some(), "{form}");
        match list {
            Some(_) => _ = ann.press(&lost, "Add").await.see_status(200).see("Typed anew was added."),
            None => assert!(!lost.has_button("Add") && lost.value("#f-email") == "jo@gamma.example", "{form}"),
        }
    }
    // Whoever has no such thing reads the same, be it another's or none.
    let eve = app.tenant("Basalt").await.admin().await;
    let open = eve.get(&eve.get("/customers").await.href("Add customer")).await;
    let (_, fields) = open.filled(&[("title", "Mine")]);
    let fields: Vec<_> = fields.into_iter().filter(|(name, _)| name != "form_id").collect();
    let theirs = acme.customer("Delta").await;
    let never = "/customers/01234567-89ab-7def-8123-456789abcdef";
    let answers = [eve.post(&theirs, &fields).await, eve.post(never, &fields).await];
    let texts = answers.map(|answer| (answer.status, answer.text()));
    assert_eq!(texts[0], texts[1]);
    assert!(texts[0].0 == 404 && texts[0].1.contains("This customer is no longer there"));
}
