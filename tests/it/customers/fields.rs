//! Whatever a customer has a column for that people fill in, is in the form, in files and in the audit log, and saving
//! notices when it changes. A field that was forgotten in one of these places fails here.

use super::id;
use crate::dashboards;
use crate::imports::exporting::importable;
use crate::imports::{check, counts, import};
use crate::support::app::App;
use crate::support::records::Records;

/// Columns that nobody fills in: keys, copies to compare and sort by, counters, and what the server notes.
const KEPT: [&str; 14] = [
    "tenant_id",
    "id",
    "seq",
    "title_key",
    "country_key",
    "city_key",
    "email_key",
    "search_key",
    "deletion_id",
    "version",
    "created_at",
    "created_by",
    "updated_at",
    "updated_by",
];

#[actix_web::test]
async fn every_field_is_in_the_form_in_files_and_in_the_audit_log() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let top = acme.customer("Top").await;
    let beta = acme.customer("Beta").await;
    let board = dashboards::add(&ann, "Board", &[]).await;
    let tables = Records::of(&app).tables();
    let (_, columns) = tables.into_iter().find(|(table, _)| table == "customers").expect("customers");
    let filled_in: Vec<_> = columns.iter().filter(|column| !KEPT.contains(&column.as_str())).collect();
    assert!(filled_in.len() >= 13, "{filled_in:?}");

    let (mut title, mut labels) = ("Beta".to_owned(), Vec::new());
    for column in filled_in {
        let field = column.trim_end_matches("_id");
        let value = match field {
            "parent" => id(&top).to_owned(),
            "country" => "NO".into(),
            "email" => "office@beta.example".into(),
            "home_dashboard" => id(&board).to_owned(),
            "hide_home_toolbar" => "yes".into(),
            _ => format!("Some {field}"),
        };
        if field == "title" {
            title.clone_from(&value);
        }
        let form = ann.get(&beta).await;
        let found = form.all(&format!("label[for=f-{field}], label:has(#f-{field})"));
        assert_eq!(found.len(), 1, "the form has no field for the column {column}");
        let label = found[0].trim_end_matches(['*', ' ']).to_owned();

        let saved = ann.submit(&beta, &[(field, &value)]).await;

        saved.see(&format!("{title} was saved."));
        assert_eq!(ann.get(&beta).await.value(&format!("[name={field}]")), value, "{field} as it is shown again");
        ann.submit(&beta, &[]).await.see("Nothing was changed");
        let log = ann.get(&format!("{beta}/audit")).await;
        let entry = ann.get(&log.attributes(".log .at a", "href")[0]).await;
        let changed = entry.all(".changes tbody tr");
        assert!(changed.iter().any(|row| row.starts_with(&label)), "the audit log has no {label}: {changed:?}");
        labels.push(label);
    }

    let list = "/customers/export?inner=yes&q=some";
    let file = importable(&ann.get(list).await.html);
    let (head, row) = file.trim_end().split_once("\r\n").expect("a line of column names and a row");
    for label in labels {
        assert!(head.split(',').any(|column| column == label), "files have no column {label}: {head}");
    }
    assert!(!row.contains(",,"), "an exported cell is empty: {row}");
    assert_eq!(counts(&check(&ann, "customers", &file).await), ["0", "0", "1", "0"]);
    let copied = file.replacen("Some title", "Some copy", 1);
    assert_eq!(counts(&import(&ann, "customers", &copied).await), ["1", "0", "0", "0"]);
    let both = importable(&ann.get(&format!("{list}&sort=title")).await.html);
    assert_eq!(both, format!("{copied}{row}\r\n"));
}
