//! Imports and exports: files of rows as spreadsheets write them, what is said of each row before anything is done, and
//! that what comes out goes in again.

mod columns;
mod commands;
mod crash;
mod customers;
mod devices;
pub mod exporting;
mod formulas;
mod levels;
mod racing;
mod reading;
mod upload;
mod users;

use crate::support::actor::{Actor, Page};
use crate::support::app::App;
use crate::support::records::Records;

/// Chooses what the rows are and a file, and sends both.
pub async fn send(ann: &Actor, what: &str, content: &[u8]) -> Page {
    let form = ann.get("/imports").await;
    let (token, id) = (form.value("input[name=csrf]"), form.value("input[name=form_id]"));
    let fields = [("csrf", token.as_str()), ("form_id", id.as_str()), ("what", what)];
    ann.upload("/imports", &fields, ("rows.csv", content)).await
}

/// Sends a file, says what its columns are where their names do not, and waits for the end of the dry run.
pub async fn check_with(ann: &Actor, what: &str, content: &str, fields: &[(&str, &str)]) -> Page {
    let page = send(ann, what, content.as_bytes()).await;
    page.see_status(200).see("The file has arrived. Nothing is imported yet.");
    let page = ann.fill_and_press(&page, fields, "Start the dry run").await;
    page.see_status(200);
    ann.get_until(&page.path, "Checked").await
}

/// Sends a file and waits for the end of the dry run.
pub async fn check(ann: &Actor, what: &str, content: &str) -> Page {
    check_with(ann, what, content, &[]).await
}

/// Imports a file that was checked, and waits for the end.
pub async fn commit(ann: &Actor, checked: &Page) -> Page {
    let button = checked.all("form[action$='/commit'] button").pop().expect("nothing would change");
    let page = ann.press(checked, &button).await;
    page.see("has started");
    ann.get_until(&page.path, "imported.").await
}

/// Checks a file and imports it.
pub async fn import(ann: &Actor, what: &str, content: &str) -> Page {
    let checked = check(ann, what, content).await;
    commit(ann, &checked).await
}

/// How many rows are new, changed, unchanged and refused.
#[track_caller]
pub fn counts(page: &Page) -> [String; 4] {
    let counts = page.all(".tally b");
    counts.try_into().unwrap_or_else(|counts| panic!("{counts:?}: {}", page.text()))
}

/// The lines that are refused, with the reasons.
pub fn refusals(page: &Page) -> Vec<String> {
    page.all(".refusals li")
}

/// Fails unless everything that is kept beside the rows is what can be told from them.
#[track_caller]
pub fn assert_consistent(app: &App) {
    assert_eq!(Records::of(app).wrong_numbers(), [] as [String; 0]);
    crate::inventory::assert_consistent(app);
}
