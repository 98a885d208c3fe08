//! Mails and answers of a version that wrote links into what it kept: they lose them, and nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::{customer, invite};
use crate::support::app::{App, PASSWORD, Setup, on_postgres};
use crate::support::machine::Machine;
use crate::support::process::serve_acme;
use crate::support::records::Records;
use crate::support::smtp::{Mode, Security, Sink};

const SECRET: [u8; 32] = [77; 32];

/// Bytes as the database takes them.
fn bytes(bytes: &[u8]) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    if on_postgres() { format!("'\\x{hex}'") } else { format!("x'{hex}'") }
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[actix_web::test]
async fn mails_that_wait_with_a_secret_in_them_lose_it_and_are_sent() {
    let (machine, sink) = (Machine::new(), Sink::start(Security::None));
    let url = sink.url();
    let key = ("TENANTRY_SECRET_KEY", crate::support::app::SECRET_KEY);
    sink.set_mode(Mode::Closed);
    let (serving, ann) = serve_acme(&machine.with(&[("SMTP_URL", &url), key])).await;
    let users = customer(&ann, "Beta").await;
    invite(&ann, &users, "mia@beta.example").await;
    ann.get_until(&users, "Mail failed, tried again").await;
    let form = [("email", "jo@beta.example"), ("activation_method", "link")];
    let displayed = ann.submit(&format!("{users}/new"), &form).await.value("#link");
    drop(serving);

    // As it was before: the mail holds its secret, and so does the answer to the form.
    let secret = URL_SAFE_NO_PAD.encode(SECRET);
    let mut records = Records::at(&machine.url());
    let hex = if on_postgres() { "encode({}, 'hex')" } else { "hex({})" };
    let one = |records: &mut Records, column: &str, table: &str| {
        let sql = format!("select {} as line from {table}", hex.replace("{}", column));
        unhex(&records.lines(&sql).concat())
    };
    let place = Some((machine.data_dir(), machine.url()));
    let setup = Setup { smtp_url: Some(sink.url()), place, ..Setup::default() };
    let app = App::start(setup.clone()).await;
    let secrets = app.shared.secrets.clone();
    drop(app);
    let plain = secrets.open("mail", &one(&mut records, "sealed", "mails")).unwrap();
    let plain = String::from_utf8(plain).unwrap();
    assert!(plain.contains("\\u0001secret\\u0001") && !plain.contains(&secret));
    let plain = plain.replace("\\u0001secret\\u0001", &secret);
    let mail = secrets.seal("mail", plain.as_bytes()).ok().unwrap();
    let answer = String::from_utf8(
        secrets
            .open(
                "answer",
                &one(&mut records, "answer", "form_posts where answer is not null order by created_at desc limit 1"),
            )
            .unwrap(),
    )
    .unwrap();
    assert!(answer.contains("\"link\":null"), "{answer}");
    let answer = answer.replace("\"link\":null", &format!("\"link\":[\"{displayed}\",{}]", i64::MAX));
    let answer = secrets.seal("answer", answer.as_bytes()).ok().unwrap();
    let link = "(select link_id from mails)";
    records.run(&format!(
        "insert into link_secrets (tenant_id, link_id, secret_hash) select tenant_id, link_id, {} from mails;
         delete from link_secrets where link_id = {link} and secret_hash <> {0};
         update mails set sealed = {}, due_at = created_at;
         update form_posts set answer = {}
           where created_at = (select max(created_at) from form_posts);",
        bytes(&Sha256::digest(SECRET)),
        bytes(&mail),
        bytes(&answer)
    ));
    records.run(if on_postgres() {
        include_str!("../../../migrations/postgres/2026-11-30-000001_secrets_apart/down.sql")
    } else {
        include_str!("../../../migrations/sqlite/2026-11-30-000001_secrets_apart/down.sql")
    });
    records.run("delete from __diesel_schema_migrations where version = '20261130000001'");

    let app = App::start(setup).await;
    let sealed = one(&mut records, "sealed", "mails");
    let plain = String::from_utf8(secrets.open("mail", &sealed).unwrap()).unwrap();
    assert!(!plain.contains(&secret), "{plain}");
    let answers = records.lines(&format!("select {} as line from form_posts", hex.replace("{}", "answer")));
    for answer in &answers {
        let answer = String::from_utf8(secrets.open("answer", &unhex(answer)).unwrap()).unwrap();
        assert!(!answer.contains("/activate/"), "{answer}");
    }
    assert!(answers.len() >= 2);
    sink.set_mode(Mode::Accept);
    app.wait(std::time::Duration::from_secs(301));
    let mail = sink.mail_to("mia@beta.example").await;
    assert!(!mail.raw.contains(&secret));
    // The peer may have had the first, though its answer was cut off.
    for link in [&format!("/activate/{secret}"), mail.links()[0], &displayed] {
        app.stranger().get(link).await.see_status(200);
    }
    app.stranger().submit(mail.links()[0], &[("password", PASSWORD)]).await.see_path("/home");
    app.stranger().get(&format!("/activate/{secret}")).await.see_status(410);
}
