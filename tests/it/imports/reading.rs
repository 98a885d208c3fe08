//! How files are recognized: their encodings, line ends, separators and column names, and workbooks.

use std::io::{Cursor, Write};

use super::{check, check_with, commit, counts, import, refusals, send};
use crate::support::app::App;

/// What every file of these tests holds.
fn assert_meters(page: &crate::support::actor::Page) {
    assert_eq!(page.rows(), ["Müller 1", "Zürich 2"]);
    assert_eq!(page.cells("Zürich 2")[1], "Zähler");
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

#[actix_web::test]
async fn files_are_read_in_whatever_encoding_with_whatever_line_ends_and_separators() {
    let text = "Name,Type\nMüller 1,meter\nZürich 2,Zähler\n";
    let western = |text: &str| text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect::<Vec<_>>();
    let marked = format!("\u{feff}{text}");
    let files = [
        ("UTF-8, comma-separated", text.replace('\n', "\r").into_bytes()),
        ("UTF-8, separated by vertical bars", text.replace(',', "|").into_bytes()),
        ("UTF-8, comma-separated", text.replace(',', ", ").replace("Zähler", "\"Zähler\"").into_bytes()),
        ("UTF-16, tab-separated", utf16(&marked.replace(',', "\t"), u16::to_le_bytes)),
        ("UTF-16, big endian, comma-separated", utf16(&marked.replace('\n', "\r\n"), u16::to_be_bytes)),
        ("UTF-16, semicolon-separated", utf16(&text.replace(',', ";"), u16::to_le_bytes)),
        ("Windows-1252 (Western European), semicolon-separated", western(&text.replace(',', ";"))),
        ("UTF-8, semicolon-separated", format!("\"sep=;\"\r\n{}", text.replace(',', ";")).into_bytes()),
    ];
    let app = App::spawn().await;
    for (n, (recognized, file)) in files.into_iter().enumerate() {
        let ann = app.tenant(&format!("Acme {n}")).await.admin().await;
        let page = send(&ann, "devices", &file).await;
        page.see(recognized);
        let page = ann.fill_and_press(&page, &[], "Start the dry run").await;
        let checked = ann.get_until(&page.path, "Checked").await;
        assert_eq!(counts(&checked), ["2", "0", "0", "0"], "{recognized}");
        commit(&ann, &checked).await;
        assert_meters(&ann.get("/devices?sort=name").await);
    }
}

#[actix_web::test]
async fn a_file_with_one_line_end_of_either_kind_names_each_row_by_its_line() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let file = "Name\rA\rA\rB\rB\rName\r";
    let done = import(&ann, "devices", file).await;
    assert_eq!(counts(&done), ["2", "0", "0", "3"]);
    let expected = [
        "Line 3 Line 2 has the same name, “A”",
        "Line 5 Line 4 has the same name, “B”",
        "Line 6 The row repeats the column names",
    ];
    assert_eq!(refusals(&done), expected);
}

#[actix_web::test]
async fn the_row_of_the_column_names_is_found_and_can_be_chosen() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let found = send(&ann, "devices", b"Devices of May;\n;\nName;Type\nTH-1;meter\n").await;
    found.see("column names on line 3").see("Line 4");
    assert_eq!(found.all("#f-name option[selected]"), ["Name (TH-1)"]);

    let page = send(&ann, "devices", b"x;Type\nName;Type\nTH-1;meter\n").await;
    let reading = ann.get(&page.href("Read it otherwise")).await;
    assert_eq!((reading.h1(), reading.value("#f-names_line")), ("How the file is read".into(), "2".into()));
    let wrong =
        ann.fill_and_press(&reading, &[("names_line", "x"), ("encoding", "ascii")], "Read the file again").await;
    assert_eq!(wrong.see_status(422).error("names_line"), "Choose the line of the column names");
    assert_eq!(wrong.error("encoding"), "Choose an encoding from the list");
    let chosen = [("names_line", "0"), ("encoding", "utf-8"), ("delimiter", "44")];
    let page = ann.fill_and_press(&wrong, &chosen, "Read the file again").await;
    page.see("The file was read again. Check which column is which.").see("comma-separated, no column names");
    assert_eq!(page.all("#f-name option"), ["Not in the file", "Column 1 (x;Type)"]);
    crate::audit::newest(&ann).await.see("rows.csv").see("Read as").see("UTF-8, comma-separated, no column names");
    let same = ann.get(&page.href("Read it otherwise")).await;
    ann.press(&same, "Read the file again").await.see("Nothing was changed: the file is read so already.");
    let reading = ann.get(&page.href("Read it otherwise")).await;
    let page = ann.fill_and_press(&reading, &[("delimiter", "59"), ("names_line", "1")], "Read the file again").await;
    let page = ann.fill_and_press(&page, &[("name", "0")], "Start the dry run").await;
    let checked = ann.get_until(&page.path, "Checked").await;
    assert_eq!(counts(&checked), ["2", "0", "0", "0"]);
    commit(&ann, &checked).await;
    assert_eq!(ann.get("/devices?sort=name").await.rows(), ["Name", "TH-1"]);
    // What has started is read no more.
    ann.get(&reading.path).await.see_refusal("The import had begun already");
    let form = [("csrf".to_owned(), ann.token().await), ("names_line".into(), "1".into())];
    let answer = ann.post(&reading.path, &form).await;
    ann.get(&answer.location()).await.see_refusal("The import had begun already; nothing was changed.");
}

/// A workbook with sheets of such cells: texts, but for what is a number.
fn workbook(sheets: &[(&str, &[&[&str]])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let mut part = |name: &str, content: String| {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    };
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006";
    let numbered = |each: &dyn Fn(usize, &str) -> String| {
        sheets.iter().enumerate().map(|(n, (name, _))| each(n + 1, name)).collect::<String>()
    };
    part("[Content_Types].xml", format!("<Types xmlns=\"{package}/content-types\"/>"));
    part(
        "_rels/.rels",
        format!(
            "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"r1\" Type=\"{office}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
        ),
    );
    part(
        "xl/workbook.xml",
        format!(
            "<workbook xmlns=\"{main}\" xmlns:r=\"{office}\"><sheets>{}</sheets></workbook>",
            numbered(&|n, name| format!("<sheet name=\"{name}\" sheetId=\"{n}\" r:id=\"r{n}\"/>"))
        ),
    );
    part(
        "xl/_rels/workbook.xml.rels",
        format!(
            "<Relationships xmlns=\"{package}/relationships\">{}</Relationships>",
            numbered(&|n, _| format!(
                "<Relationship Id=\"r{n}\" Type=\"{office}/worksheet\" Target=\"worksheets/sheet{n}.xml\"/>"
            ))
        ),
    );
    for (n, (_, rows)) in sheets.iter().enumerate() {
        let cell = |text: &&str, at: usize, row: usize| {
            let place = format!("{}{}", char::from(b'A' + at as u8), row + 1);
            match text.parse::<f64>() {
                _ if text.is_empty() => String::new(),
                Ok(_) => format!("<c r=\"{place}\"><v>{text}</v></c>"),
                Err(_) => format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>"),
            }
        };
        let row = |(n, row): (usize, &&[&str])| {
            let cells: String = row.iter().enumerate().map(|(at, text)| cell(text, at, n)).collect();
            format!("<row r=\"{}\">{cells}</row>", n + 1)
        };
        let rows: String = rows.iter().enumerate().map(row).collect();
        part(
            &format!("xl/worksheets/sheet{}.xml", n + 1),
            format!("<worksheet xmlns=\"{main}\"><sheetData>{rows}</sheetData></worksheet>"),
        );
    }
    zip.finish().unwrap().into_inner()
}

#[actix_web::test]
async fn a_workbook_is_imported_by_the_rows_of_its_first_sheet_that_has_any() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let rows: &[&[&str]] = &[
        &["Devices"],
        &[],
        &["Name", "Type", "Label", "Description"],
        &["Müller 1", "meter", "42", "two\nlines"],
        &["Zürich 2", "Zähler", "", "8.9445e19"],
        &["Müller 1", "meter", "", ""],
    ];
    let file = workbook(&[("Empty", &[]), ("Meters", rows), ("Others", &[&["Name"]])]);
    let page = send(&ann, "devices", &file).await;
    page.see("sheet Meters, the first of 2, column names on line 3");
    let page = ann.fill_and_press(&page, &[], "Start the dry run").await;
    let checked = ann.get_until(&page.path, "Checked").await;
    assert_eq!(counts(&checked), ["2", "0", "0", "1"]);
    assert_eq!(refusals(&checked), ["Line 6 Line 4 has the same name, “Müller 1”"]);
    checked.see("1 cell looks as if a spreadsheet had changed what was typed: “8.9445E+19” on line 5.");
    commit(&ann, &checked).await;
    let list = ann.get("/devices?sort=name").await;
    assert_meters(&list);
    assert_eq!(list.cells("Müller 1")[2], "42");

    let none = send(&ann, "devices", &workbook(&[("Empty", &[])])).await;
    assert!(none.see_status(422).error("file").starts_with("The workbook has no sheet with anything in it"));
    assert_eq!(crate::support::records::Records::of(&app).number("select count(*) from imports"), 1);
}

#[actix_web::test]
async fn columns_countries_and_yes_and_no_are_known_as_people_write_them() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let file = "Company,E-mail,Town,ZIP code,Country,Hide home dashboard toolbar\n\
        One,one@example.com,Bonn,53111,Deutschland,FALSCH\n\
        Two,,,,U.S.A.,WAHR\n\
        Three,,,,the UK,oui\n\
        Four,,,,CZE,0\n\
        Five,,,,Atlantis,maybe\n";
    let done = import(&ann, "customers", file).await;
    assert_eq!(counts(&done), ["4", "0", "0", "1"]);
    assert_eq!(refusals(&done), ["Line 6 Choose a country from the list (“Atlantis”); Enter Yes or No (“maybe”)"]);
    let list = ann.get("/customers?sort=title").await;
    for (title, country, hidden) in [
        ("One", "Germany", false),
        ("Two", "United States", true),
        ("Three", "United Kingdom", true),
        ("Four", "Czechia", false),
    ] {
        let page = ann.get(&list.href(title)).await;
        assert_eq!(page.all("#f-country option[selected]"), [country]);
        assert_eq!(!page.all("input[name=hide_home_toolbar][checked]").is_empty(), hidden, "{title}");
    }
}

#[actix_web::test]
async fn a_customer_is_named_by_its_path_and_an_empty_cell_leaves_users_where_they_are() {
    let (app, _sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let top = acme.customer("Top").await;
    acme.customer_under("Leaf", &top).await;
    acme.customer("A > B").await;
    let devices = "Name,Customer\nD1,Top > Leaf\nD2,A > B\nD3,Leaf > Top\n";
    let done = import(&ann, "devices", devices).await;
    assert_eq!(refusals(&done), ["Line 4 The customer Top is not an inner customer of Leaf"]);
    let list = ann.get("/devices?sort=name").await;
    assert_eq!((list.cells("D1")[3].as_str(), list.cells("D2")[3].as_str()), ("Leaf", "A > B"));

    let users = "E-Mail address,Surname,Company\nmia@beta.example,Berg,Top > Leaf\n";
    let checked = check_with(&ann, "users", users, &[("activation_method", "mail")]).await;
    assert_eq!(checked.all("form[action$='/commit'] button"), ["Import 1 row and send 1 activation mail"]);
    commit(&ann, &checked).await;
    let again = check_with(&ann, "users", "Email,Last name,Customer\nmia@beta.example,Holm,\n", &[]).await;
    assert_eq!(counts(&again), ["0", "1", "0", "0"]);
    assert_eq!(again.all("form[action$='/commit'] button"), ["Import 1 row"]);
}

#[actix_web::test]
async fn numbers_that_a_spreadsheet_has_ruined_are_shown_and_texts_in_formulas_are_taken() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let checked = check(&ann, "devices", "Name,Label\n8.9445E+19,=\"00421\"\nTH-1,#NAME?\nTH-2,1E5\n").await;
    checked.see(
        "2 cells look as if a spreadsheet had changed what was typed: “8.9445E+19” on line 2, “#NAME?” on line 3.",
    );
    commit(&ann, &checked).await;
    assert_eq!(ann.get("/devices").await.cells("8.9445E+19")[2], "00421");
}

#[actix_web::test]
async fn a_template_has_the_column_names_and_nothing_else() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let page = ann.get("/imports").await;
    assert_eq!(page.all("a[href^='/imports/templates/']").len(), 4);
    let file = ann.get("/imports/templates/devices").await;
    assert_eq!(file.html, "\u{feff}Name,Type,Label,Description,Customer\r\n");
    let page = send(&ann, "devices", file.html.as_bytes()).await;
    assert_eq!(page.all("#f-label option[selected]"), ["Label"]);
    ann.get("/imports/templates/nothing").await.see_status(404);
}
