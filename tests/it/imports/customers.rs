//! Customers from files, with their parents.

use super::{assert_consistent, check, commit, counts, import, refusals};
use crate::support::app::App;
use crate::support::records::Records;

#[actix_web::test]
async fn customers_name_their_parents_by_title_or_path_earlier_or_later_in_the_file() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    acme.customer("Holding").await;
    let file = "Title,Parent customer,City,Country\n\
        Leaf,Top > Middle,Bergen,Norway\n\
        Middle,Top,,no\n\
        Top,Holding,,\n\
        Beside,Holding > Top > Middle,,Kingdom of X\n\
        Twig,Leaf,,\n\
        A > B,,,\n\
        Inside,A \\> B,,\n";
    let checked = check(&ann, "customers", file).await;
    assert_eq!(counts(&checked), ["6", "0", "0", "1"]);
    assert_eq!(refusals(&checked), ["Line 5 Choose a country from the list (“Kingdom of X”)"]);
    assert_eq!(ann.get("/customers").await.rows(), ["Holding"]);
    let done = commit(&ann, &checked).await;
    assert_eq!((counts(&done), refusals(&done)), (counts(&checked), refusals(&checked)));
    let found = ann.get("/customers?q=twig").await;
    found.see("Holding / Top / Middle / Leaf");
    ann.get("/customers").await.see("2 customers (7 including inner customers)");
    let leaf = ann.get(&ann.get("/customers?q=leaf").await.href("Leaf")).await;
    assert_eq!(
        (leaf.value("#f-city"), leaf.all("#f-country option[selected]")),
        ("Bergen".into(), vec!["Norway".to_owned()])
    );
    assert_consistent(&app);
    assert_eq!(counts(&check(&ann, "customers", file).await), ["0", "0", "6", "1"]);
}

#[actix_web::test]
async fn parents_that_cannot_be_are_refused_with_what_hangs_on_them() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let top = acme.customer("Top").await;
    acme.customer_under("Under", &top).await;
    acme.customer("Other").await;
    let file = "Title,Parent customer,Email\n\
        A,B,\n\
        B,A,\n\
        C,C,\n\
        D,Nobody,\n\
        E,D,\n\
        Bad,,not an address\n\
        F,Bad,\n\
        G,Other > Under,\n\
        H,Top > Under,\n\
        Top,Under,\n\
        h,,\n";
    let checked = check(&ann, "customers", file).await;
    let expected = [
        "Line 2 The customer is among its own parents in this file",
        "Line 3 The customer is among its own parents in this file",
        "Line 4 The customer is among its own parents in this file",
        "Line 5 There is no customer Nobody to be its parent",
        "Line 6 The row of its parent customer D on line 5 is refused",
        "Line 7 Enter an email address in the form name@example.com (“not an address”)",
        "Line 8 The row of its parent customer Bad on line 7 is refused",
        "Line 9 The customer Under is not an inner customer of Other",
        "Line 11 A customer cannot be placed under itself or one of its inner customers",
        "Line 12 Line 10 has the same title, “h”",
    ];
    assert_eq!(
        (counts(&checked), refusals(&checked)),
        (["1", "0", "0", "10"].map(String::from), expected.map(String::from).into())
    );
    let done = commit(&ann, &checked).await;
    assert_eq!((counts(&done), refusals(&done)), (counts(&checked), refusals(&checked)));
    assert_consistent(&app);
}

#[actix_web::test]
async fn customers_move_and_change_by_a_file() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let north = acme.customer("North").await;
    acme.customer("South").await;
    let beta = acme.customer_under("Beta", &north).await;
    import(&ann, "devices", "Name,Customer\nTH-1,Beta\n").await;
    let done = import(&ann, "customers", "Title,Parent customer\nNorth,South\nBeta,South\n").await;
    assert_eq!(counts(&done), ["0", "2", "0", "0"]);
    ann.get("/customers?q=beta").await.see("South");
    assert_consistent(&app);
    // To the top again; what no column names stays.
    ann.submit(&beta, &[("city", "Oslo")]).await.see("Beta was saved.");
    let done = import(&ann, "customers", "Title,Parent customer,Phone\nBETA,,'+47 555\n").await;
    assert_eq!(counts(&done), ["0", "1", "0", "0"]);
    let page = ann.get(&beta).await;
    assert_eq!(
        (page.h1(), page.value("#f-city"), page.value("#f-phone")),
        ("BETA".into(), "Oslo".into(), "+47 555".into())
    );
    assert_consistent(&app);
    assert_eq!(Records::of(&app).number("select count(*) from customers"), 3);
}

#[actix_web::test]
async fn a_home_dashboard_is_named_by_its_title() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let token = ann.token().await;
    let add = async |title: &str| {
        let form =
            [("title", title), ("csrf", token.as_str())].map(|(name, value)| (name.to_owned(), value.to_owned()));
        ann.post("/dashboards", &form).await.see_status(303);
    };
    add("Overview").await;
    add("Twin").await;
    add("twin").await;
    let file = "Title,Home dashboard,Hide home dashboard toolbar\nA,overview,Yes\nB,,no\nC,Nothing,\nD,Twin,\n";
    let done = import(&ann, "customers", file).await;
    assert_eq!(counts(&done), ["2", "0", "0", "2"]);
    assert_eq!(
        refusals(&done),
        [
            "Line 4 There is no dashboard Nothing",
            "Line 5 There are several dashboards Twin; give one of them another title"
        ]
    );
    let page = ann.get(&ann.get("/customers?q=a").await.href("A")).await;
    assert_eq!(page.all("#f-home_dashboard option[selected]"), ["Overview"]);
    assert_eq!(page.attributes("#f-hide_home_toolbar", "checked").len(), 1);
    assert_eq!(counts(&check(&ann, "customers", file).await), ["0", "0", "2", "2"]);
    for header in ["hide_home_dashboard_toolbar", "hide_home_toolbar", "HIDE HOME DASHBOARD TOOLBAR *"] {
        let other = file.replace("Hide home dashboard toolbar", header).replace("Yes", "No");
        assert_eq!(counts(&check(&ann, "customers", &other).await), ["0", "1", "1", "2"], "{header}");
    }
}
