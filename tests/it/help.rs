//! `/help`: the usual tasks, for whoever looks.

use crate::support::app::App;

#[actix_web::test]
async fn administrators_are_led_through_their_tasks_and_every_link_leads_somewhere() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let page = ann.get("/customers").await;
    let help = ann.get(&page.href("Help")).await;
    let sections = help.all(".guide h2");
    for task in [
        "Add a customer",
        "Add a customer user",
        "Activation methods",
        "Edit a customer or a user",
        "Delete a customer or a user",
        "Assign devices, assets and dashboards",
    ] {
        assert!(sections.iter().any(|section| section == task), "{task} in {sections:?}");
    }
    for (link, target) in help.attributes(".toc a", "href").iter().zip(help.attributes(".guide h2", "id")) {
        assert_eq!(*link, format!("#{target}"));
    }
    let links = help.attributes(".guide a", "href");
    assert!(links.len() >= 8, "{links:?}");
    for link in links {
        ann.get(&link).await.see_status(200);
    }
}

#[actix_web::test]
async fn customer_users_are_told_what_they_see_and_nothing_of_administrators() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let mia = acme.user(&acme.customer("Beta").await, "mia@beta.example").await;
    let page = mia.get("/account").await;
    let help = mia.get(&page.href("Help")).await;
    help.see("assets and dashboards of Beta").see_no("Add a customer");
    for link in help.attributes(".guide a", "href") {
        mia.get(&link).await.see_status(200);
    }
    app.stranger().get("/help").await.see_path("/sign-in?next=%2Fhelp");
}

#[actix_web::test]
async fn whom_to_ask_and_the_customer_stand_on_every_page_of_the_portal() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let mia = acme.user(&acme.customer("Beta").await, "mia@beta.example").await;
    for path in ["/home", "/devices", "/assets", "/dashboards", "/inner-customers", "/account", "/help"] {
        let page = mia.get(path).await;
        assert_eq!(page.one("header .tenant"), "Beta", "{path}");
        assert_eq!(page.all("nav .contact a"), ["admin@acme.example"], "{path}");
    }
    assert_eq!(acme.admin().await.get("/home").await.all("nav .contact a"), Vec::<String>::new());
}
