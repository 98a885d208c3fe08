//! Files that leave the program hold no formula, whatever a spreadsheet takes for the separator, and are read back
//! unchanged. Texts come in by every door that a customer's user or an administrator has.

use std::path::Path;
use std::process::Command;

use super::exporting::importable;
use super::{check, counts, import, refusals};
use crate::inventory::{add, id};
use crate::support::actor::Actor;
use crate::support::app::App;
use crate::support::promise::in_full;

/// What a spreadsheet would run, behind whatever may stand before it.
pub fn planted() -> Vec<String> {
    let befores = ["", "a", "a'", "x \"y\""];
    let separators = [",", ";", "\t", "|", ", ", ";\"", ";'", "; '\"", "\u{3b}\u{a0}"];
    let formulas = ["=1+1", "+47 1", "-2", "@SUM(A1)", "＝3", "＋4", "－5", "＠a", "'=1", "\"=1\""];
    let mut all: Vec<String> = Vec::new();
    for (n, formula) in formulas.iter().enumerate() {
        for (m, separator) in separators.iter().enumerate() {
            let before = befores[(n + m) % befores.len()];
            all.push(format!("{before}{separator}{formula};b"));
        }
        all.push((*formula).to_owned());
    }
    all
}

/// The cells of a file that any spreadsheet would take for formulas: split at every separator and line end, quotation
/// marks protecting nothing, and whatever is not seen passed over.
pub fn formulas(file: &str) -> Vec<String> {
    let mut found = Vec::new();
    for separator in [',', ';', '\t', '|'] {
        let cells = file.split([separator, '\r', '\n', '\u{2028}', '\u{b}']);
        let seen = cells.map(|cell| {
            cell.trim_start_matches(|c: char| c == '"' || c.is_whitespace() || c.is_control() || c == '\u{feff}')
        });
        let live = seen.filter(|cell| cell.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']));
        found.extend(live.map(str::to_owned));
    }
    found
}

/// In a full run where LibreOffice is installed: how many cells of a file it takes for formulas, with each separator;
/// nothing anywhere else.
pub fn formulas_in_libreoffice(file: &str) -> Option<usize> {
    let program = ["/usr/bin/soffice", "/usr/bin/libreoffice"].into_iter().find(|path| Path::new(path).exists());
    let program = program.filter(|_| in_full())?;
    let directory = tempfile::tempdir().unwrap();
    let mut live = 0;
    for separator in [44, 59, 9, 124] {
        let source = directory.path().join(format!("rows-{separator}.csv"));
        std::fs::write(&source, file).unwrap();
        let profile = format!("-env:UserInstallation=file://{}", directory.path().join("profile").display());
        let filter = format!("--infilter=CSV:{separator},34,76,1");
        let status = Command::new(program)
            .args(["--headless", &profile, &filter, "--convert-to", "fods", "--outdir"])
            .args([directory.path(), source.as_path()])
            .output()
            .unwrap();
        let sheet = std::fs::read_to_string(source.with_extension("fods"));
        let sheet = sheet.unwrap_or_else(|error| panic!("LibreOffice wrote nothing: {error} {status:?}"));
        live += sheet.matches("table:formula=").count();
    }
    Some(live)
}

async fn file(ann: &Actor, address: &str) -> String {
    ann.get(address).await.see_status(200).html.clone()
}

#[actix_web::test]
async fn no_file_that_leaves_holds_a_formula_and_each_is_read_back() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let texts = planted();
    let beta = acme.customer("Beta").await;
    for (n, text) in texts.iter().enumerate() {
        let lines = format!("x\n{text}\n {text}");
        let fields = [("title", format!("{text} {n}")), ("description", lines.clone()), ("city", text.clone())];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut form: Vec<(String, String)> =
            fields.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        form.push(("csrf".into(), ann.token().await));
        // What no form takes cannot be in a file.
        let answer = ann.post("/customers", &form).await;
        assert!([303, 422].contains(&answer.status), "{text:?}: {}", answer.text());
        let name = format!("{text} {n}");
        let thing = [("name", name.as_str()), ("label", text), ("description", &lines), ("customer", id(&beta))];
        let plain = !text.contains('\t');
        if plain {
            add(&ann, "/devices", &[&thing]).await;
            add(&ann, "/assets", &[&thing]).await;
        }
    }
    // A customer's user plants what the administrator exports.
    let mia = acme.user(&beta, "mia@beta.example").await;
    mia.submit("/account", &[("first_name", "a;=cmd|'/C calc'!A0;b"), ("last_name", "-1|=2")]).await.see("was saved");
    let user = ann.get(&format!("{beta}/users")).await.href("a;=cmd|'/C calc'!A0;b -1|=2");

    let mut files = Vec::new();
    for (address, what) in [
        ("/customers/export?inner=yes", "customers"),
        (format!("{beta}/users/export").as_str(), "users"),
        ("/devices/export", "devices"),
        ("/assets/export", "assets"),
    ] {
        let content = file(&ann, address).await;
        let said = counts(&check(&ann, what, &content).await);
        assert_eq!((&said[0], &said[1], &said[3]), (&"0".into(), &"0".into(), &"0".into()), "{address} {said:?}");
        files.push((address.to_owned(), content));
    }
    for address in ["/audit/export".to_owned(), format!("{beta}/audit/export"), format!("{user}/audit/export")] {
        let content = file(&ann, &address).await;
        files.push((address, content));
    }
    // Rows that are refused, with names of columns that are formulas.
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let rows: String =
        texts.iter().map(|text| format!("{},{},Nobody\r\n", quoted(&format!("{text}.")), quoted(text))).collect();
    let refused = format!("Name,\"a;=2+2\",Customer\r\n{rows}");
    let page = check(&ann, "devices", &refused).await;
    assert!(!refusals(&page).is_empty());
    files.push(("refused rows".into(), file(&ann, &page.href("Download refused rows")).await));
    for (address, content) in &files {
        let live = formulas(content);
        assert!(live.is_empty(), "{address}: {:?}", &live[..live.len().min(5)]);
        assert!(formulas_in_libreoffice(content).is_none_or(|live| live == 0), "{address}");
    }

    // And what comes out goes in elsewhere and comes out alike.
    let bolt = app.tenant("Bolt").await;
    let bob = bolt.admin().await;
    import(&bob, "customers", &files[0].1).await;
    import(&bob, "devices", &files[2].1).await;
    for (address, content) in [&files[0], &files[2]] {
        let sort = |text: &str| {
            let mut rows: Vec<String> = importable(text).split_terminator("\r\n").map(str::to_owned).collect();
            rows.sort_unstable();
            rows
        };
        assert_eq!(sort(&file(&bob, address).await), sort(content), "{address}");
    }
}
