//! What went wrong is told where people are: inside the frame, and on a page from which they can go on.

use tenantry::app::routes::{MAP, Who};

use crate::support::actor::{Actor, Page};
use crate::support::app::{App, PASSWORD};

fn see_frame(page: &Page, link: &str) {
    assert!(page.link("Home").is_some() && page.link(link).is_some() && page.has_button("Sign out"), "{}", page.html);
    assert!(page.attributes("[aria-current]", "href").is_empty());
}

#[actix_web::test]
async fn whoever_is_signed_in_keeps_the_navigation_on_a_page_that_is_not_there() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let (ann, mia) = (acme.admin().await, acme.user(&beta, "mia@beta.example").await);
    let never = "/customers/01234567-89ab-7def-8123-456789abcdef";
    for path in ["/nowhere", never, "/customers/x", "/devices/x", &format!("{never}/users")] {
        let page = ann.get(path).await;
        assert_eq!((page.status, page.h1()), (404, "Page not found".into()), "{path}");
        see_frame(&page, "Customers");
    }
    for path in ["/nowhere", &beta, "/devices/x"] {
        let page = mia.get(path).await;
        assert_eq!((page.status, page.h1()), (404, "Page not found".into()), "{path}");
        see_frame(&page, "Inner customers");
    }
    let forged = ann.post("/customers", &[("title".into(), "Gamma".into())]).await;
    see_frame(forged.see_status(403), "Customers");
    let lost = app.stranger().get("/nowhere").await;
    assert_eq!((lost.status, lost.h1(), lost.link("Home")), (404, "Page not found".into(), None));
}

async fn open(actor: &Actor, pattern: &str, ids: &[(&str, &str)]) -> Page {
    let thing = pattern.split('/').nth(1).unwrap_or_default();
    let id = ids.iter().find(|(of, _)| *of == thing).map_or("0", |(_, id)| id);
    actor.get(&pattern.replace("{id}", id).replace("{token}", "secret")).await
}

#[actix_web::test]
async fn an_address_that_takes_forms_alone_leads_to_their_page() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let (ann, mia) = (acme.admin().await, acme.user(&beta, "mia@beta.example").await);
    let user = ann.get(&format!("{beta}/users")).await.href("mia@beta.example");
    let id = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    let (customer, user) = (id(&beta), id(&user));
    let ids = [("customers", customer.as_str()), ("users", user.as_str())];
    let forms: Vec<_> = MAP
        .iter()
        .filter(|form| form.method == "POST")
        .filter(|form| !MAP.iter().any(|page| page.method == "GET" && page.path == form.path))
        .collect();
    assert!(forms.len() > 20);
    for form in forms {
        let page = open(&ann, form.path, &ids).await;
        // What has no page has none here; the way there is what counts.
        let is_hers = form.who != Who::CustomerUser;
        assert_eq!(page.path != form.path, is_hers, "{}: {}", form.path, page.status);
        assert!(![405, 500].contains(&page.status), "{}: {}", form.path, page.status);
        let theirs = open(&mia, form.path, &ids).await;
        assert!(form.who != Who::TenantAdmin || theirs.status == 404, "{}: {}", form.path, theirs.status);
        let asked = open(&app.stranger(), form.path, &ids).await;
        assert!(asked.path != form.path, "{}", form.path);
    }
    for (form, page) in [
        ("/account/password".into(), "/account".into()),
        ("/customers/delete".into(), "/customers".into()),
        ("/devices/assignment".into(), "/devices".into()),
        ("/dashboards/delete".into(), "/dashboards".into()),
        (format!("{beta}/users/delete"), format!("{beta}/users")),
        (format!("/users/{user}/access"), format!("/users/{user}")),
    ] {
        ann.get(&form).await.see_path(&page).see_status(200);
    }
    ann.get("/sign-out").await.see_path("/customers");
    app.stranger().sign_in("mia@beta.example", PASSWORD).await.see_path("/home");
}
