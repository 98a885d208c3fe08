//! Dashboards as files.

use super::{add, tiles};
use crate::support::actor::{Actor, Page};
use crate::support::app::App;

/// Sends a file as a browser does.
async fn upload(ann: &Actor, content: &[u8], token: &str) -> Page {
    let mut body = format!("--b\r\ncontent-disposition: form-data; name=\"csrf\"\r\n\r\n{token}\r\n").into_bytes();
    body.extend(b"--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.json\"\r\n");
    body.extend(b"content-type: application/json\r\n\r\n");
    body.extend(content);
    body.extend(b"\r\n--b--\r\n");
    ann.post_body("/dashboards/import", "multipart/form-data; boundary=b", body).await
}

#[actix_web::test]
async fn an_exported_dashboard_is_imported_as_it_was() {
    let app = App::spawn().await;
    let (ann, eve) = (app.tenant("Acme").await.admin().await, app.tenant("Beta").await.admin().await);
    let widgets = [
        ("number", "Count", "customers"),
        ("devices_by_type", "", ""),
        ("devices_over_time", "", "line"),
        ("newest_devices", "", ""),
        ("inner_customers", "", "users"),
        ("note", "Łódź", "a \"quote\"\n\nand <b>more</b>"),
    ];
    let at = add(&ann, "Ground/floor \"1\"", &widgets).await;
    let file = ann.get(&ann.get(&at).await.href("Export")).await;
    assert_eq!(file.headers["content-disposition"], "attachment; filename=\"ground-floor-1.json\"");
    assert!(file.headers["content-type"].to_str().unwrap().starts_with("application/json"));
    assert!(file.html.contains("\"schema\": \"tenantry.dashboard\"") && file.html.contains("\"version\": 1"));

    let page = upload(&eve, file.html.as_bytes(), &eve.token().await).await;
    let page = eve.get(&page.see_status(303).location()).await;
    page.see("Ground/floor \"1\" was imported.");
    assert_eq!(tiles(&page), tiles(&ann.get(&at).await));
    let again = eve.get(&page.href("Export")).await;
    assert_eq!(again.html, file.html);
}

#[actix_web::test]
async fn a_file_that_is_wrong_adds_nothing_and_says_why() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let token = ann.token().await;
    let refused = async |content: &str, words: &str| {
        let page = upload(&ann, content.as_bytes(), &token).await;
        assert!(
            page.see_status(422).see("Nothing was imported").error("file").contains(words),
            "{}",
            page.error("file")
        );
        assert_eq!(page.attributes("#f-file", "aria-describedby"), ["f-file-hint f-file-error"]);
        assert_eq!(page.title(), "Error: Import dashboard – Tenantry");
    };
    refused("", "Choose a file").await;
    refused("[1", "Line 1: This is not the JSON of a dashboard").await;
    refused("{\"schema\": \"other\"}", "Line 1, schema: Choose a file that was exported").await;
    refused(
        "{\"schema\": \"tenantry.dashboard\",\n\"version\": 2}",
        "Line 2, version: This is version 2 of the format",
    )
    .await;
    refused("{\"schema\": \"tenantry.dashboard\", \"version\": 1}", "title: Enter a title").await;
    let file = "{\"schema\": \"tenantry.dashboard\", \"version\": 1, \"title\": \"T\",\n\"widgets\": [{\"kind\": \"clock\"},\n{\"kind\": \"note\", \"text\": \"\"}]}";
    refused(file, "Line 2, widgets[1].kind: Choose one of number, devices_by_type").await;
    refused(file, "Line 3, widgets[2].text: Enter the text of the note").await;
    assert_eq!(upload(&ann, b"\xff\xfe", &token).await.see("not in UTF-8").status, 422);
    assert_eq!(upload(&ann, &[b' '; 140_000], &token).await.status, 413);
    ann.get("/dashboards").await.see("No dashboards yet");
}

#[actix_web::test]
async fn a_file_is_taken_from_a_page_of_ours_alone() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let (ann, bob) = (acme.admin().await, acme.admin().await);
    let file = b"{\"schema\": \"tenantry.dashboard\", \"version\": 1, \"title\": \"T\"}";
    upload(&ann, file, "").await.see_status(403);
    upload(&ann, file, &bob.token().await).await.see_status(403);
    let nobody = upload(&app.stranger(), file, "").await;
    assert!(nobody.see_status(303).location().starts_with("/sign-in"));
    ann.get("/dashboards").await.see("No dashboards yet");
}

#[actix_web::test]
async fn of_a_file_with_much_that_is_wrong_so_much_is_said_and_the_rest_counted() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let many: String = (0..12_000).map(|n| format!(",\"f{n}\":1")).collect();
    let long = format!(",\"{}\":1", "n".repeat(100_000));
    for (more, words) in [(many, "11,980 more like these"), (long, "nnn…: Remove it")] {
        let file = format!("{{\"schema\":\"tenantry.dashboard\",\"version\":1,\"title\":\"Plant\"{more}}}");
        let page = upload(&ann, file.as_bytes(), &ann.token().await).await;
        page.see_status(422).see(words);
        assert!(page.html.len() < 20_000, "{} bytes", page.html.len());
    }
}
