//! Assigning dashboards to customers, from both sides, and what customer users then see.

use super::{add, tiles};
use crate::support::actor::{Actor, Page};
use crate::support::app::App;

/// Assigns dashboards to a customer, by its list.
pub async fn assign(ann: &Actor, customer: &str, dashboards: &[&str]) -> Page {
    let mut form = vec![("csrf".to_owned(), ann.token().await)];
    form.extend(dashboards.iter().map(|at| ("ids".to_owned(), at.trim_start_matches("/dashboards/").to_owned())));
    let page = ann.post(&format!("{customer}/dashboards"), &form).await;
    ann.get(&page.see_status(303).location()).await
}

/// Takes one back.
pub async fn unassign(ann: &Actor, customer: &str, dashboard: &str) -> Page {
    let id = dashboard.trim_start_matches("/dashboards/").to_owned();
    let form = [("csrf".to_owned(), ann.token().await), ("ids".to_owned(), id)];
    let page = ann.post(&format!("{customer}/dashboards/unassignment"), &form).await;
    ann.get(&page.see_status(303).location()).await
}

#[actix_web::test]
async fn a_dashboard_is_assigned_to_customers_that_are_searched_and_chosen() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta Farms").await;
    acme.customer_under("Beta North", &beta).await;
    acme.customer("Cobalt").await;
    let at = add(&ann, "Overview", &[]).await;
    let page = ann.get(&format!("{at}/customers")).await;
    page.see("Assigned to nobody");
    let page = ann.get(&page.href("Choose customers")).await;
    assert_eq!(page.rows(), ["Beta Farms", "Beta North", "Cobalt"]);
    assert!(page.row("Beta North").contains("Beta Farms"));
    let page = ann.get(&format!("{at}/customers/assign?q=beta")).await;
    assert_eq!(page.rows(), ["Beta Farms", "Beta North"]);
    let page = ann.fill_and_press(&page, &[("all", "yes")], "Assign").await;
    page.see("Overview was assigned to 2 customers.");
    assert_eq!(page.rows(), ["Beta Farms", "Beta North"]);
    assert_eq!(ann.get(&format!("{at}/customers/assign")).await.rows(), ["Cobalt"]);
    assert_eq!(ann.get("/dashboards").await.cells("Overview")[1], "2");
    let once_more = assign(&ann, &beta, &[&at]).await;
    once_more.see("Nothing was changed: what was selected was assigned to Beta Farms already.");
    assert_eq!(ann.get("/dashboards").await.cells("Overview")[1], "2");

    let page = ann.get(&format!("{at}/customers/assign")).await;
    ann.press(&page, "Assign").await.see_refusal("No customer was selected, so nothing was assigned.");
    let page = ann.get(&format!("{at}/customers?q=north")).await;
    ann.press(&page, "Unassign").await.see_refusal("No customer was selected, so nothing was unassigned.");
    let page = ann.fill_and_press(&page, &[("all", "yes")], "Unassign").await;
    page.see("Overview was unassigned from 1 customer.").see("Nothing matches “north”");
    assert_eq!(ann.get(&format!("{at}/customers")).await.rows(), ["Beta Farms"]);
    ann.get(&format!("{at}/delete")).await.see("It is assigned to 1 customer, whose users will no longer see it.");
}

#[actix_web::test]
async fn a_customer_has_a_tab_of_its_dashboards() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta Farms").await;
    let (one, _two) = (add(&ann, "One", &[]).await, add(&ann, "Two", &[]).await);
    let list = ann.get("/customers").await;
    assert_eq!(list.href_in_row("Beta Farms", "Manage customer dashboards: Beta Farms"), format!("{beta}/dashboards"));
    let page = ann.get(&format!("{beta}/dashboards")).await;
    page.see("No dashboards assigned").see("Dashboards 0");
    let page = ann.get(&page.href("Choose dashboards")).await;
    assert_eq!(page.rows(), ["Two", "One"]);
    ann.press(&page, "Assign").await.see_refusal("No dashboard was selected, so nothing was assigned.");
    let page = assign(&ann, &beta, &[&one]).await;
    page.see("1 dashboard was assigned to Beta Farms.").see("Dashboards 1");
    assert_eq!(page.rows(), ["One"]);
    assert_eq!(ann.get(&format!("{beta}/dashboards/assign")).await.rows(), ["Two"]);
    ann.press(&page, "Unassign").await.see_refusal("No dashboard was selected, so nothing was unassigned.");
    unassign(&ann, &beta, &one).await.see("1 dashboard was unassigned from Beta Farms.").see("No dashboards assigned");
}

#[actix_web::test]
async fn a_customer_that_is_deleted_is_counted_no_more() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta Farms").await;
    let inner = acme.customer_under("Beta North", &beta).await;
    let (one, two) = (add(&ann, "One", &[]).await, add(&ann, "Two", &[]).await);
    assign(&ann, &beta, &[&one]).await;
    assign(&ann, &inner, &[&one, &two]).await;
    let page = ann.get(&format!("{beta}/delete")).await;
    page.see("2 dashboards will be unassigned");
    ann.send(&page, &[("confirm", "Beta Farms")]).await.see("Beta Farms was deleted.");
    let page = ann.get("/dashboards").await;
    assert_eq!((page.cells("One")[1].as_str(), page.cells("Two")[1].as_str()), ("0", "0"));
}

#[actix_web::test]
async fn customer_users_see_what_is_assigned_to_theirs_and_below() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let outer = acme.customer("Outer").await;
    let middle = acme.customer_under("Middle", &outer).await;
    let inner = acme.customer_under("Inner", &middle).await;
    let mia = acme.user(&middle, "mia@middle.example").await;
    let boards = ["Of outer", "Of middle", "Of inner", "Of nobody"];
    let mut at = Vec::new();
    for title in boards {
        at.push(add(&ann, title, &[("note", "", "read me")]).await);
    }
    mia.get("/dashboards").await.see("No dashboards assigned");
    for (customer, dashboard) in [(&outer, &at[0]), (&middle, &at[1]), (&inner, &at[2])] {
        assign(&ann, customer, &[dashboard]).await;
    }
    let page = mia.get("/dashboards").await;
    assert_eq!(page.rows(), ["Of inner", "Of middle"]);
    assert!(page.link("Add dashboard").is_none() && !page.has_button("Delete"));
    assert_eq!(mia.get("/dashboards?q=mid").await.rows(), ["Of middle"]);
    for (title, at) in boards.iter().zip(&at) {
        let page = mia.get(at).await;
        if ["Of middle", "Of inner"].contains(title) {
            page.see("read me");
            assert!(page.link("Edit").is_none() && !page.has_button("Copy") && page.link("Export").is_none());
        } else {
            page.see_status(404);
        }
        for more in ["/edit", "/export", "/delete", "/customers"] {
            mia.get(&format!("{at}{more}")).await.see_status(404);
        }
    }
    unassign(&ann, &middle, &at[1]).await;
    mia.get(&at[1]).await.see_status(404);
    assert_eq!(mia.get("/dashboards").await.rows(), ["Of inner"]);
    assert_eq!(tiles(&mia.get(&at[2]).await), ["Note"]);
}

#[actix_web::test]
async fn assigning_and_unassigning_lead_back_to_the_list_as_it_was() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta Farms").await;
    let mut boards = Vec::new();
    for n in 10..23 {
        boards.push(add(&ann, &format!("Board {n}"), &[]).await);
    }
    let some: Vec<&str> = boards[..12].iter().map(String::as_str).collect();
    assign(&ann, &beta, &some).await;
    let id = |at: &str| at.rsplit('/').next().unwrap().to_owned();

    // From the second page of a customer's dashboards, in another order, searched.
    let first = ann.get(&format!("{beta}/dashboards?q=board&sort=title&size=10")).await;
    let second = ann.get(&first.href("Next")).await;
    let after = ann.fill_and_press(&second, &[("ids", &id(&boards[10]))], "Unassign").await;
    after.see_path(&second.path).see("1 dashboard was unassigned from Beta Farms.");
    assert_eq!(after.rows(), ["Board 21"]);
    // To choose, one may search and sort; the way back stays.
    let choose = ann.get(&after.href("Assign dashboards")).await;
    assert_eq!(choose.href("Back to its dashboards"), second.path);
    let choose = ann.get(&choose.href("Title")).await;
    assert_eq!(choose.rows(), ["Board 20", "Board 22"]);
    assert_eq!(choose.value(".tools input[name=back]"), second.path);
    let after = ann.fill_and_press(&choose, &[("ids", &id(&boards[10]))], "Assign").await;
    after.see_path(&second.path).see("1 dashboard was assigned to Beta Farms.");
    assert_eq!(after.rows(), ["Board 20", "Board 21"]);
    // The same from the dashboard's side.
    let list = format!("{}/customers?q=beta&sort=-title", boards[0]);
    let after = ann.fill_and_press(&ann.get(&list).await, &[("all", "yes")], "Unassign").await;
    after.see_path(&list).see("was unassigned from 1 customer.");
    let choose = ann.get(&after.href("Assign to customers")).await;
    ann.press(&choose, "Assign").await.see_path(&list).see_refusal("No customer was selected");
    ann.fill_and_press(&choose, &[("all", "yes")], "Assign").await.see_path(&list).see("was assigned to 1 customer.");
    // No other address is gone to.
    let elsewhere =
        ann.get(&format!("{beta}/dashboards/assign?back=%2F%2Fevil.example%2Fcustomers%2F1%2Fdashboards")).await;
    assert_eq!(elsewhere.href("Back to its dashboards"), format!("{beta}/dashboards"));
    let page = ann.get(&format!("{beta}/dashboards")).await;
    let forged = [("ids", &*id(&boards[1])), ("back", "https://evil.example/customers/1/dashboards")];
    ann.fill_and_press(&page, &forged, "Unassign").await.see_path(&format!("{beta}/dashboards"));
}

#[actix_web::test]
async fn descriptions_are_for_administrators() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta Farms").await;
    let at = add(&ann, "Overview", &[]).await;
    let form = ann.get(&format!("{at}/edit")).await;
    form.see("Only administrators see it.");
    ann.fill_and_press(&form, &[("description", "For the difficult ones")], "Save").await.see("difficult");
    assign(&ann, &beta, &[&at]).await;
    ann.press(&ann.get(&at).await, "Set as tenant home").await.see("difficult");
    let mia = acme.user(&beta, "mia@beta.example").await;
    for address in ["/home", "/dashboards", &at] {
        mia.get(address).await.see("Overview").see_no("difficult");
    }
    // Nor is it found by what one may not read.
    assert!(mia.get("/dashboards?q=difficult").await.rows().is_empty());
    assert_eq!(mia.get("/dashboards?q=over").await.rows(), ["Overview"]);
    assert_eq!(ann.get("/dashboards?q=difficult").await.rows(), ["Overview"]);
}
