//! Mails that wait while the program is killed and started again.

use std::time::Duration;

use super::{customer, invite};
use crate::support::app::{App, PASSWORD, SECRET_KEY, Setup, on_postgres};
use crate::support::machine::Machine;
use crate::support::process::serve_acme;
use crate::support::records::Records;
use crate::support::smtp::{Mode, Security, Sink};

#[actix_web::test]
async fn no_mail_is_lost_when_the_program_is_killed() {
    for failure in [Mode::HangAfterConnect, Mode::HangAfterData, Mode::Closed] {
        let (machine, sink) = (Machine::new(), Sink::start(Security::None));
        let url = sink.url();
        let sender = ("MAIL_FROM", "Tenantry <tenantry@example.com>");
        let settings = machine.with(&[("SMTP_URL", &url), ("TENANTRY_SECRET_KEY", SECRET_KEY), sender]);
        let (serving, ann) = serve_acme(&settings).await;
        let users = customer(&ann, "Beta").await;
        sink.set_mode(failure);
        for email in ["mia@beta.example", "jo@beta.example"] {
            invite(&ann, &users, email).await;
        }
        // The first is under way or has failed; the second waits or has failed, too.
        match failure {
            Mode::HangAfterConnect => sink.wait_for_connections(1).await,
            Mode::HangAfterData => assert_eq!(sink.wait_for(1).await.len(), 1),
            _ => assert!(!ann.get_until(&users, "Mail failed, tried again").await.rows().is_empty()),
        }
        drop(serving); // kill -9

        sink.set_mode(Mode::Accept);
        let before = sink.mails();
        let place = Some((machine.data_dir(), machine.url()));
        let app = App::start(Setup { smtp_url: Some(sink.url()), place, ..Setup::default() }).await;
        // What was under way belongs to the process that is gone for five minutes more.
        app.wait(Duration::from_secs(301));
        let mails = sink.wait_for(before.len() + 2).await;
        let ann = app.stranger();
        ann.sign_in("ann@acme.example", PASSWORD).await.see_path("/customers");
        for email in ["mia@beta.example", "jo@beta.example"] {
            let path = ann.get(&users).await.href(email);
            ann.get_until(&path, "Mail sent just now").await;
            let mine: Vec<_> = mails.iter().filter(|mail| mail.to == [email]).collect();
            assert!(mine.iter().all(|mail| mail.header("message-id") == mine[0].header("message-id")));
            app.stranger().submit(mine[0].links()[0], &[("password", PASSWORD)]).await.see_path("/home");
        }
        assert_eq!(sink.mails().len(), before.len() + 2, "{failure:?}");
    }
}

#[actix_web::test]
async fn a_mail_that_was_sealed_with_another_key_is_given_up_and_told() {
    let (machine, sink) = (Machine::new(), Sink::start(Security::None));
    let url = sink.url();
    let settings = machine.with(&[("SMTP_URL", &url), ("TENANTRY_SECRET_KEY", SECRET_KEY)]);
    let (serving, ann) = serve_acme(&settings).await;
    let users = customer(&ann, "Beta").await;
    sink.set_mode(Mode::Closed);
    invite(&ann, &users, "mia@beta.example").await;
    ann.get_until(&users, "Mail failed, tried again").await;
    drop(serving);
    // Nothing that this key opens.
    let sealed = if on_postgres() { "'\\x00'" } else { "x'00'" };
    Records::at(&machine.url()).run(&format!("update mails set sealed = {sealed}"));

    sink.set_mode(Mode::Accept);
    let place = Some((machine.data_dir(), machine.url()));
    let app = App::start(Setup { smtp_url: Some(sink.url()), place, ..Setup::default() }).await;
    app.wait(Duration::from_secs(31));
    let ann = app.stranger();
    ann.sign_in("ann@acme.example", PASSWORD).await.see_path("/customers");
    let page = ann.get_until(&users, "Mail failed: it was sealed with another secret key").await;
    let page = ann.press(&ann.get(&page.href("mia@beta.example")).await, "Resend activation mail").await;
    page.see("is queued");
    sink.mail_to("mia@beta.example").await;
    assert_eq!(sink.mails().len(), 1);
}

#[actix_web::test]
async fn of_two_servers_over_one_database_each_mail_is_sent_by_one() {
    if !on_postgres() {
        return; // SQLite has one server at a time.
    }
    let (first, sink) = App::with_mail().await;
    let place = Some((first.data_dir(), first.database_url()));
    let second = App::start(Setup { smtp_url: Some(sink.url()), place, ..Setup::default() }).await;
    let acme = first.tenant("Acme").await;
    let users = acme.customer("Beta").await + "/users";
    let (ann, bob) = (acme.admin().await, second.stranger());
    bob.sign_in(&acme.email, PASSWORD).await.see_path("/customers");
    for n in 0..10 {
        invite(&ann, &users, &format!("a{n}@beta.example")).await;
        invite(&bob, &users, &format!("b{n}@beta.example")).await;
    }
    let mut to: Vec<_> = sink.wait_for(20).await.into_iter().flat_map(|mail| mail.to).collect();
    to.sort();
    to.dedup();
    assert_eq!(to.len(), 20);
    // All at once, for both to fetch: every mail that waits is asked for again.
    let list = ann.get(&users).await;
    let (action, mut form) = list.button("Resend activation mail");
    form.push(("all".into(), "yes".into()));
    ann.post(&action, &form).await.see_status(303);
    second.wait(Duration::ZERO);
    assert_eq!(sink.wait_for(40).await.len(), 40);
    ann.get_until(&ann.get(&users).await.href("a0@beta.example"), "Mail sent").await;
    assert_eq!(sink.mails().len(), 40);
}
