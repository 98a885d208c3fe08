//! An import with mistakes: its column is matched by hand, its refused row corrected and imported again.

use std::path::PathBuf;

use serde_json::json;
use tempfile::TempDir;

use crate::chromium::{Browser, Setup};
use crate::support::app::App;
use crate::{see_no_complaints, signed_in_with};

const FILE: &str = "Gerät;Customer;Label\r\nTH-1;Beta Farms;\"Hall; north\"\r\nTH-2;Beta Frams;\r\n;;Roof\r\n";

fn file(dir: &TempDir, name: &str, content: &str) -> PathBuf {
    let path = dir.path().join(name);
    std::fs::write(&path, content).unwrap();
    path
}

#[actix_web::test]
async fn with_scripts_mistakes_are_corrected() {
    journey(Setup::default()).await;
}

#[actix_web::test]
async fn on_a_dark_phone_without_scripts_mistakes_are_corrected() {
    journey(Setup { scripts: false, dark: true, size: (320, 640) }).await;
}

async fn journey(setup: Setup) {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    acme.customer("Beta Farms").await;
    let dir = TempDir::new().unwrap();
    let ada = signed_in_with(&app, &acme.email, setup).await;

    ada.goto("/imports?what=devices").await;
    ada.click("Continue").await;
    ada.see("Choose a file").await;
    send(&ada, &file(&dir, "meters.xlsx", "PK\u{3}\u{4}")).await;
    ada.see("This is a zip archive").await;
    send(&ada, &file(&dir, "meters.csv", FILE)).await;
    ada.see_h1("Import devices").await;
    ada.see("Not imported: Gerät.").await;
    ada.click("Start the dry run").await;
    ada.see("Choose the column of the name").await;
    ada.choose("Name", "Gerät (TH-1)").await;
    see_no_sideways_scroll(&ada).await;
    ada.click("Start the dry run").await;
    ada.see("Checked").await;
    ada.see("There is no customer Beta Frams").await;
    ada.see("Enter a name").await;
    ada.see("Nothing is imported yet").await;
    see_no_sideways_scroll(&ada).await;
    ada.click("Import 1 row").await;
    ada.see("1 row was imported.").await;

    let refused = ada.client().execute("return document.querySelector('a[download]').getAttribute('href')", vec![]);
    let refused = acme.admin().await.get(refused.await.unwrap().as_str().unwrap()).await.html;
    assert_eq!(
        refused,
        "\u{feff}Gerät;Customer;Label;Reason\r\nTH-2;Beta Frams;;There is no customer Beta Frams\r\n;;Roof;Enter a name\r\n"
    );
    let corrected = refused.replace("Frams;;", "Farms;;").replace("\r\n;;Roof", "\r\nTH-3;;Roof");
    ada.goto("/imports?what=devices").await;
    ada.see("meters.csv").await;
    send(&ada, &file(&dir, "corrected.csv", &corrected)).await;
    ada.choose("Name", "Gerät (TH-2)").await;
    ada.click("Start the dry run").await;
    ada.see("Checked").await;
    ada.click("Import 2 rows").await;
    ada.see("2 rows were imported.").await;
    ada.click("Back to Devices").await;
    for name in ["TH-1", "TH-2", "TH-3"] {
        ada.see(name).await;
    }
    see_no_complaints(&ada).await;
}

async fn send(ada: &Browser, path: &std::path::Path) {
    ada.choose("What are you importing?", "Devices").await;
    ada.attach("File", path).await;
    ada.click("Continue").await;
}

async fn see_no_sideways_scroll(browser: &Browser) {
    let wide = "return document.documentElement.scrollWidth > document.documentElement.clientWidth";
    assert_eq!(browser.client().execute(wide, vec![]).await.unwrap(), json!(false));
}
