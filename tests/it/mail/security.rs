//! Mail servers that ask for encryption and a sign-in. The program runs as a process of its own, for whom it trusts is
//! told by its environment.

use super::{customer, fate, invite};
use crate::support::actor::Actor;
use crate::support::app::PASSWORD;
use crate::support::machine::Machine;
use crate::support::process::{Serving, serve_acme};
use crate::support::smtp::{Security, Sink};

/// A server of ours with an administrator, over this mail server.
async fn office(machine: &Machine, sink: &Sink, trusts: bool) -> (Serving, Actor) {
    let (url, authority) = (sink.url(), sink.ca_file());
    let mut settings = machine.with(&[("SMTP_URL", &url)]);
    // Without it, only what the system trusts.
    if trusts {
        settings.push(("SSL_CERT_FILE", authority.to_str().unwrap().to_owned()));
    }
    serve_acme(&settings).await
}

#[actix_web::test]
async fn mails_go_out_encrypted_and_signed_in_where_the_server_asks_for_it() {
    for (security, login) in [
        (Security::None, true),
        (Security::StartTls, false),
        (Security::StartTls, true),
        (Security::Tls, false),
        (Security::Tls, true),
    ] {
        let (machine, sink) = (Machine::new(), Sink::start(security));
        if login {
            sink.require_login("tenantry", "p@ss:w/rd %");
        }
        let (serving, ann) = office(&machine, &sink, true).await;
        let users = customer(&ann, "Beta").await;
        invite(&ann, &users, "mia@beta.example").await;
        let mail = sink.mail_to("mia@beta.example").await;
        assert_eq!(mail.over_tls, security != Security::None, "{security:?}");
        assert_eq!(mail.login.as_deref(), login.then_some("tenantry"), "{security:?}");
        ann.get_until(&users, "Mail sent just now").await;
        let mia = Actor::new(&serving.base);
        mia.submit(mail.links()[0], &[("password", PASSWORD)]).await.see_path("/home");
    }
}

#[actix_web::test]
async fn no_mail_goes_to_a_server_whose_certificate_is_not_trusted() {
    for security in [Security::StartTls, Security::Tls] {
        let (machine, sink) = (Machine::new(), Sink::start(security));
        let (_serving, ann) = office(&machine, &sink, false).await;
        let users = customer(&ann, "Beta").await;
        invite(&ann, &users, "mia@beta.example").await;
        ann.get_until(&users, "Mail failed, tried again").await;
        let told = fate(&ann, &users, "mia@beta.example").await;
        assert!(told.contains("certificate") && told.contains("Next try"), "{told}");
        assert!(sink.mails().is_empty());
    }
}

#[actix_web::test]
async fn a_wrong_sign_in_at_the_mail_server_is_told_and_tried_again() {
    let (machine, sink) = (Machine::new(), Sink::start(Security::StartTls));
    sink.require_login("tenantry", "wrong-one");
    let (_serving, ann) = office(&machine, &sink, true).await;
    sink.require_login("tenantry", "right-one");
    let users = customer(&ann, "Beta").await;
    invite(&ann, &users, "mia@beta.example").await;
    let page = ann.get_until(&users, "Mail failed, tried again").await;
    let told = fate(&ann, &users, "mia@beta.example").await;
    assert!(told.contains("wrong name or password") && told.contains("Next try"), "{told}");
    assert!(!page.html.contains("wrong-one"), "the password of the mail server is in the page");
    assert!(sink.mails().is_empty());
}

#[actix_web::test]
async fn no_mail_goes_in_the_open_where_encryption_is_required() {
    let (machine, sink) = (Machine::new(), Sink::start(Security::None));
    let url = format!("{}?tls=required", sink.url());
    let settings = machine.with(&[("SMTP_URL", &url)]);
    let (_serving, ann) = serve_acme(&settings).await;
    let users = customer(&ann, "Beta").await;
    invite(&ann, &users, "mia@beta.example").await;
    ann.get_until(&users, "Mail failed, tried again").await.see("STARTTLS");
    assert!(sink.mails().is_empty());
}
