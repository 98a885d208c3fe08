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
