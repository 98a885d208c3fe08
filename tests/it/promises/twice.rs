//! Every form that adds something, sent ten times at the same moment: it is done once, and each is told the same.

use std::collections::BTreeSet;

use crate::support::actor::{Actor, Fields, Page, at_once};
use crate::support::app::App;
use crate::support::promise::{keep, size};
use crate::support::records::Records;

/// A form: its page, what is typed, the table that it adds to, and the file that is chosen.
type Form<'a> = (&'a str, &'a [(&'a str, &'a str)], &'static str, Option<&'a str>);

/// The body of a form for files, and what it is called.
fn multipart(fields: &Fields, file: &str) -> (&'static str, Vec<u8>) {
    let mut body = String::new();
    for (name, value) in fields.iter().filter(|(name, _)| name != "file") {
        body += &format!("--b\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    }
    body += "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"rows.csv\"\r\n";
    body += &format!("content-type: text/csv\r\n\r\n{file}\r\n--b--\r\n");
    ("multipart/form-data; boundary=b", body.into_bytes())
}

/// Sends the form ten times at once.
async fn ten_times(ann: &Actor, page: &Page, fields: &[(&str, &str)], file: Option<&str>) -> Vec<Page> {
    let Some(file) = file else { return ann.send_at_once(page, fields, 10).await };
    let (action, filled) = page.filled(fields);
    let (kind, body) = multipart(&filled, file);
    at_once((0..10).map(|_| {
        let (ann, action, body) = (ann.clone(), action.clone(), body.clone());
        async move { ann.post_body(&action, kind, body).await }
    }))
    .await
}

#[actix_web::test]
async fn a_form_that_is_sent_ten_times_at_once_has_one_effect() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    let mut records = Records::of(&app);
    let (mut sent, mut wrong) = (0, Vec::new());
    for round in 0..size(20, 1) {
        let (title, email, admin) =
            (format!("Twice {round}"), format!("u{round}@twice.example"), format!("a{round}@twice.example"));
        let csv = format!("Name\nRow {round}\n");
        let thing = [("name", title.as_str()), ("type", "default")];
        let user = [("email", email.as_str()), ("activation_method", "link")];
        let administrator = [("email", admin.as_str()), ("activation_method", "link")];
        let users = format!("{beta}/users/new");
        let forms: [Form<'_>; 7] = [
            ("/customers/new", &[("title", &title)], "customers", None),
            (&users, &user, "users", None),
            ("/administrators/new", &administrator, "users", None),
            ("/devices/new", &thing, "things", None),
            ("/assets/new", &thing, "things", None),
            ("/dashboards/new", &[("title", &title)], "dashboards", None),
            ("/imports", &[("what", "devices")], "imports", Some(&csv)),
        ];
        for (path, fields, table, file) in forms {
            let page = ann.get(path).await;
            assert!(!page.value("input[name=form_id]").is_empty(), "{path}");
            let count = format!("select count(*) from {table}");
            let entries = "select count(*) from audit_entries";
            let before = (records.number(&count), records.number(entries));
            let answers = ten_times(&ann, &page, fields, file).await;
            let effects = (records.number(&count) - before.0, records.number(entries) - before.1);
            let told: BTreeSet<(u16, String)> = answers.iter().map(|page| (page.status, page.location())).collect();
            sent += 1;
            if effects != (1, 1) || told.len() != 1 || answers[0].status != 303 {
                wrong.push(format!("{path}: {effects:?} rows and entries, {told:?}"));
            }
        }
    }
    let seen =
        format!("{sent} forms of 7 kinds, 10 times each: {} with 1 effect and 10 same answers", sent - wrong.len());
    let seen = if wrong.is_empty() { seen } else { format!("{seen}; {wrong:?}") };
    keep("A form sent twice", &seen, "1 effect, 10 same answers", wrong.is_empty());
}
