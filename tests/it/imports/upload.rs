//! Files as they come: of spreadsheets of other countries, cut off, empty, or no CSV at all.

use super::{check, counts, refusals, send};
use crate::support::app::{App, Setup};
use crate::support::records::Records;

#[actix_web::test]
async fn a_file_that_is_no_csv_is_refused_and_says_why() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let refused = async |content: &[u8], words: &str| {
        let page = send(&ann, "devices", content).await;
        assert_eq!(page.see_status(422).see(words).title(), "Error: Imports – Tenantry");
        assert!(page.error("file").contains(words), "{}", page.error("file"));
    };
    refused(b"", "The file is empty; choose one with a line of column names and rows below it").await;
    refused(b"\r\n\r\n", "The file is empty").await;
    refused(b"PK\x03\x04\x14\0\x06\0\x08\0!\0", "This is a zip archive, not a CSV file or an .xlsx workbook").await;
    refused(b"Name\nTH-1\nTH\0-2\n", "Line 3 has a NUL character").await;
    refused(b"\x1f\x8b\x08\0\0\0\0\0", "Line 1 has a NUL character").await;
    // Somewhere in the middle, after pieces that were kept already.
    let mut large = b"Name\n".to_vec();
    (0..60_000).for_each(|n| large.extend(format!("Device number {n}\n").bytes()));
    large.extend(b"\0\n");
    refused(&large, "Line 60,002 has a NUL character").await;
    for table in ["imports", "import_chunks", "jobs", "things"] {
        assert_eq!(Records::of(&app).number(&format!("select count(*) from {table}")), 0, "{table}");
    }
    let none = ann.submit("/imports", &[("what", "devices")]).await;
    assert_eq!(none.see_status(422).error("file"), "Choose a file");
    let none = ann.submit("/imports", &[("what", "")]).await;
    assert_eq!(none.see_status(422).error("what"), "Choose what the rows of the file are");
}

#[actix_web::test]
async fn files_of_spreadsheets_of_other_countries_are_understood() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let files = [
        ("comma-separated", "Name,Type,Label,Description\nA-1,meter,\"Hall, north\",\"two\nlines\"\n"),
        ("semicolon-separated", "\u{feff}NAME;type;Label*;Description\r\nA-2;meter;Hall, north;\"two\r\nlines\"\r\n"),
        ("tab-separated", "label\tNAME\tType\tDescription\r\nHall, north\tA-3\tmeter\t\"two\nlines\"\r\n\t\t\t\r\n"),
        ("semicolon-separated", "sep=;\nName;Label;Type;Description\nA-4;Hall, north;meter;\"two\nlines\""),
    ];
    for (n, (separated, file)) in files.into_iter().enumerate() {
        let page = send(&ann, "devices", file.as_bytes()).await;
        page.see(separated);
        let page = ann.fill_and_press(&page, &[], "Start the dry run").await;
        let checked = ann.get_until(&page.path, "Checked").await;
        assert_eq!(counts(&checked), ["1", "0", "0", "0"], "{file:?}");
        super::commit(&ann, &checked).await;
        let details = ann.get(&ann.get("/devices").await.href(&format!("A-{}", n + 1))).await;
        assert_eq!(details.value("#f-label"), "Hall, north");
        assert_eq!(details.one("#f-description").trim(), "two lines");
    }
}

#[actix_web::test]
async fn rows_that_are_cut_off_or_too_wide_are_refused_by_line_and_the_rest_is_done() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let long = "x".repeat(200_000);
    let file = format!("Name,Label\nA,1\nB\nC,2,3\n,4\nD,{long}\nE,\"5\nsix\"\nG,7,, \n , \nF,\"cut o");
    let checked = check(&ann, "devices", &file).await;
    assert_eq!(counts(&checked), ["3", "0", "0", "5"]);
    assert_eq!(
        refusals(&checked),
        [
            "Line 4 The row has 3 cells, but there are 2 columns",
            "Line 5 Enter a name",
            "Line 6 The row is too long; a quotation mark that is not closed may be the reason",
            "Line 7 Label has a control character at position 2; remove it (“5 six”)",
            "Line 11 A quotation mark is not closed before the file ends",
        ]
    );
    super::commit(&ann, &checked).await;
    assert_eq!(ann.get("/devices?sort=name").await.rows(), ["A", "B", "G"]);
}

#[actix_web::test]
async fn a_file_of_column_names_alone_has_nothing_to_import() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let checked = check(&ann, "customers", "Title,Email\n").await;
    checked.see("The file has no rows.");
    assert_eq!(checked.all("form[action$='/commit']"), [] as [String; 0]);
}

#[actix_web::test]
async fn one_bad_row_among_thousands_is_named() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let mut file = String::from("Name,Type\n");
    for n in 0..12_000 {
        file += &if n == 6_000 { format!("D-{n},meter,more\n") } else { format!("D-{n},meter\n") };
    }
    let done = super::import(&ann, "devices", &file).await;
    assert_eq!(counts(&done), ["11,999", "0", "0", "1"]);
    assert_eq!(refusals(&done), ["Line 6,002 The row has 3 cells, but there are 2 columns"]);
    super::assert_consistent(&app);
    // The file is needed no more.
    assert_eq!(Records::of(&app).number("select count(*) from import_chunks"), 0);
}

#[actix_web::test]
async fn a_file_that_is_too_large_is_refused_and_nothing_of_it_is_kept() {
    let app = App::start(Setup { import_limit: Some(1), ..Setup::default() }).await;
    let ann = app.tenant("Acme").await.admin().await;
    let file = format!("Name\n{}", "A device with a name\n".repeat(60_000));
    let page = send(&ann, "devices", file.as_bytes()).await;
    page.see_status(413).see("The file is larger than 1 MB, the most that this server takes");
    for table in ["imports", "import_chunks"] {
        assert_eq!(Records::of(&app).number(&format!("select count(*) from {table}")), 0, "{table}");
    }
}

#[actix_web::test]
async fn a_file_is_taken_from_a_page_of_ours_alone() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let (ann, bob) = (acme.admin().await, acme.admin().await);
    for token in [String::new(), bob.token().await] {
        let fields = [("csrf", token.as_str()), ("what", "devices")];
        ann.upload("/imports", &fields, ("a.csv", b"Name\nA\n")).await.see_status(403);
    }
    let token = ann.token().await;
    let fields = [("csrf", token.as_str()), ("what", "devices"), ("owner", "x")];
    ann.upload("/imports", &fields, ("a.csv", b"Name\nA\n")).await.see_status(400);
    let nobody = app.stranger().upload("/imports", &[("what", "devices")], ("a.csv", b"Name\nA\n")).await;
    assert!(nobody.path.starts_with("/sign-in"), "{}", nobody.path);
    assert_eq!(Records::of(&app).number("select count(*) from imports"), 0);
}

#[actix_web::test]
async fn a_form_sent_twice_keeps_one_file() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let form = ann.get("/imports").await;
    let (token, id) = (form.value("input[name=csrf]"), form.value("input[name=form_id]"));
    let fields = [("csrf", token.as_str()), ("form_id", id.as_str()), ("what", "devices")];
    let first = ann.upload("/imports", &fields, ("a.csv", b"Name\nA\n")).await;
    let second = ann.upload("/imports", &fields, ("a.csv", b"Name\nA\n")).await;
    assert_eq!(first.path, second.path);
    let other = ann.upload("/imports", &fields, ("a.csv", b"Name\nB\n")).await;
    assert_ne!(first.path, other.path);
    assert_eq!(Records::of(&app).number("select count(*) from imports"), 2);
    assert_eq!(Records::of(&app).number("select count(*) from import_chunks"), 2);
    let asked = ann.get(&first.href("Discard")).await;
    assert_eq!(asked.h1(), "Discard the import of a.csv?");
    ann.press(asked.see("Nothing was imported."), "Discard import")
        .await
        .see_path("/imports")
        .see("The import of a.csv was discarded.");
    ann.get(&first.path).await.see_status(404);
    assert_eq!(ann.get("/imports").await.rows(), ["a.csv"]);
}

#[actix_web::test]
async fn what_never_arrived_whole_and_what_is_long_past_is_forgotten() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    send(&ann, "devices", b"Name\nA\n").await;
    let broken = send(&ann, "devices", b"Name\nB\n").await;
    let id = broken.path.rsplit('/').next().unwrap().replace('-', "");
    let mut records = Records::of(&app);
    let this = match &records {
        Records::Sqlite(_) => format!("x'{id}'"),
        Records::Postgres(_) => format!("cast('{id}' as uuid)"),
    };
    records.run(&format!("update imports set state = 'arriving' where id = {this}"));
    ann.get(&broken.path).await.see_status(404);
    app.wait_hours(25);
    app.shared.tidy().await.unwrap();
    assert_eq!(records.number("select count(*) from imports"), 1);
    assert_eq!(records.number("select count(*) from import_chunks"), 1);
    app.wait_hours(30 * 24);
    app.shared.tidy().await.unwrap();
    assert_eq!(records.number("select count(*) from imports"), 0);
    assert_eq!(records.number("select count(*) from import_chunks"), 0);
}

/// While a file is looked through before its first row is judged, the work stays in the hands of who does it.
#[actix_web::test]
async fn a_file_of_many_megabytes_is_checked_and_imported() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let words = "x".repeat(900);
    let rows = (0..10_000).map(|n| format!("Device {n},{words}\n"));
    let file: String = std::iter::once("Name,Description\n".to_owned()).chain(rows).collect();
    assert!(file.len() > 8 << 20);
    let page = super::import(&ann, "devices", &file).await;
    assert_eq!(counts(&page), ["10,000", "0", "0", "0"]);
    ann.get("/devices").await.see("10,000 devices");
}
