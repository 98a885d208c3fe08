//! Matching columns: found by their names, corrected on a page.

use super::{check_with, counts, send};
use crate::support::app::App;

#[actix_web::test]
async fn columns_are_found_by_their_names_and_corrected_where_they_are_called_otherwise() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    acme.customer("Beta").await;
    let file = "Kunde,Gerät,label ,Typ,Notes\nBeta,TH-1,Hall,meter,x\n";
    let page = send(&ann, "devices", file.as_bytes()).await;
    assert_eq!((page.h1(), page.value("#f-label")), ("Import devices".into(), "2".into()));
    let chosen = page.all("option[selected]");
    assert_eq!(chosen, ["Not in the file", "Not in the file", "label (Hall)", "Not in the file", "Not in the file"]);
    page.see("Not imported: Kunde, Gerät, Typ, Notes.");

    let wrong = ann.fill_and_press(&page, &[("type", "3")], "Start the dry run").await;
    assert_eq!(wrong.see_status(422).error("name"), "Choose the column of the name");
    let twice = ann.fill_and_press(&wrong, &[("name", "1"), ("customer", "1")], "Start the dry run").await;
    assert_eq!(twice.see_status(422).error("customer"), "Choose another column; this one is chosen above already");
    let made_up = ann.fill_and_press(&twice, &[("customer", "77")], "Start the dry run").await;
    assert_eq!(made_up.see_status(422).error("customer"), "Choose a column of the file");
    let right = [("name", "1"), ("customer", "4")];
    let page = ann.fill_and_press(&made_up, &right, "Start the dry run").await;
    let checked = ann.get_until(&page.path, "Checked").await;
    assert_eq!(counts(&checked), ["0", "0", "0", "1"]);
    checked.see("Line 2 There is no customer x");

    // Corrected once more after the dry run.
    let again = ann.get(&checked.href("Change the columns")).await;
    let page = ann.fill_and_press(&again, &[("customer", "0")], "Start the dry run").await;
    let checked = ann.get_until(&page.path, "1 new").await;
    assert_eq!(counts(&checked), ["1", "0", "0", "0"]);
    super::commit(&ann, &checked).await;
    assert_eq!(ann.get("/devices").await.cells("TH-1")[1..4], ["meter", "Hall", "Beta"]);
}

#[actix_web::test]
async fn an_import_that_has_begun_is_not_begun_again() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let checked = check_with(&ann, "devices", "Title\nTH-1\n", &[("name", "0")]).await;
    super::commit(&ann, &checked).await;
    ann.press(&checked, "Import 1 row").await.see_refusal("had begun already");
    let columns = ann.get(&format!("{}?columns=yes", checked.path)).await;
    assert_eq!(columns.h1(), "Import of devices from rows.csv");
    let form = [("csrf".to_owned(), ann.token().await), ("name".into(), "0".into())];
    let answer = ann.post(&checked.path, &form).await;
    ann.get(&answer.location()).await.see_refusal("The import had begun already; nothing was changed.");
    let asked = ann.get(&columns.href("Delete this import")).await;
    asked.see("What was imported stays.");
    ann.press(&asked, "Forget import").await.see("was discarded");
    assert_eq!(ann.get("/devices").await.rows(), ["TH-1"]);
}
