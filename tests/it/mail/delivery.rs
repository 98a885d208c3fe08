//! Delivery while the mail server fails in each of the ways that real ones fail.

use std::time::Duration;

use super::{customer, fate, invite};
use crate::support::app::{App, PASSWORD};
use crate::support::smtp::{Mail, Mode, Sink};

const MINUTE: u64 = 60;
const HOUR: u64 = 3600;
/// The waits between tries, in seconds.
const WAITS: [u64; 9] = [30, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, 12 * HOUR];

fn message_id(mail: &Mail) -> &str {
    mail.header("message-id").unwrap()
}

#[actix_web::test]
async fn a_mail_refused_for_now_is_tried_again_later_and_later() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let users = customer(&ann, "Beta").await;
    sink.set_mode(Mode::RefuseForNow);
    invite(&ann, &users, "mia@beta.example").await;
    let next = [
        "in a moment",
        "in 2 minutes",
        "in 10 minutes",
        "in 30 minutes",
        "in 1 hour",
        "in 3 hours",
        "in 6 hours",
        "in 12 hours",
        "in 12 hours",
    ];
    for (tried, wait) in WAITS.into_iter().enumerate() {
        sink.wait_for_refused(tried + 1).await;
        let ann = acme.admin().await;
        // The page may come from before this try was written down.
        ann.get_until(&users, &format!("Next try {}", next[tried])).await;
        let told = fate(&ann, &users, "mia@beta.example").await;
        assert!(told.starts_with("Mail failed, tried again: ") && told.contains("try again later"), "{told}");
        app.wait(Duration::from_secs(wait));
    }
    sink.wait_for_refused(10).await;
    let ann = acme.admin().await;
    ann.get_until(&users, "Mail failed:").await.see_no("Next try").see_no("tried again");
    // It was given up: what is queued later is all that is tried.
    app.wait_hours(48);
    let ann = acme.admin().await;
    invite(&ann, &users, "jo@beta.example").await;
    assert_eq!(sink.wait_for_refused(11).await[10], "jo@beta.example");
    assert!(sink.mails().is_empty());
}

#[actix_web::test]
async fn no_mail_is_tried_before_its_time() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let users = customer(&ann, "Beta").await;
    sink.set_mode(Mode::RefuseForNow);
    invite(&ann, &users, "mia@beta.example").await;
    ann.get_until(&users, "Mail failed, tried again").await;
    // Mails are tried in the order in which they are due: one that is due now comes after all that were due before.
    app.wait(Duration::from_secs(15));
    invite(&ann, &users, "jo@beta.example").await;
    assert_eq!(sink.wait_for_refused(2).await, ["mia@beta.example", "jo@beta.example"]);
    app.wait(Duration::from_secs(16));
    assert_eq!(sink.wait_for_refused(3).await[2], "mia@beta.example");
}

#[actix_web::test]
async fn a_mail_refused_for_good_is_given_up_and_told() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let users = customer(&ann, "Beta").await;
    sink.set_mode(Mode::RefuseRecipients);
    invite(&ann, &users, "mia@beta.example").await;
    let list = ann.get_until(&users, "Mail failed").await;
    let told = fate(&ann, &users, "mia@beta.example").await;
    assert!(told.starts_with("Mail failed: ") && told.contains("no such mailbox"), "{told}");
    let details = ann.get(&list.href("mia@beta.example")).await;
    details.see("Last mail Mail failed:").see("no such mailbox").see_no("Next try");
    assert_eq!(details.one(".head .pill"), "Invited, expires in 3 days");

    sink.set_mode(Mode::Accept);
    app.wait_hours(70);
    let ann = acme.admin().await;
    // Nothing more was tried until somebody asks for another mail.
    ann.press(&ann.get(&details.path).await, "Resend activation mail").await.see("is queued").see("Last mail Mail");
    let mail = sink.mail_to("mia@beta.example").await;
    assert_eq!((sink.mails().len(), sink.refused().len()), (1, 1));
    ann.get_until(&users, "Mail sent just now").await;
    app.stranger().submit(mail.links()[0], &[("password", PASSWORD)]).await.see_path("/home");
}

#[actix_web::test]
async fn mails_wait_while_the_mail_server_is_away() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let users = customer(&ann, "Beta").await;
    sink.set_mode(Mode::Closed);
    for n in 0..10 {
        invite(&ann, &users, &format!("user{n}@beta.example")).await;
    }
    for n in 0..10 {
        let path = ann.get(&users).await.href(&format!("user{n}@beta.example"));
        ann.get_until(&path, "Mail failed, tried again").await.see("Connection refused").see("Next try");
    }
    sink.set_mode(Mode::Accept);
    app.wait(Duration::from_secs(31));
    let mut to: Vec<_> = sink.wait_for(10).await.into_iter().flat_map(|mail| mail.to).collect();
    to.sort();
    assert_eq!(to, (0..10).map(|n| format!("user{n}@beta.example")).collect::<Vec<_>>());
    for n in 0..10 {
        let path = ann.get(&users).await.href(&format!("user{n}@beta.example"));
        ann.get_until(&path, "Mail sent just now").await;
    }
    assert_eq!(sink.mails().len(), 10);
}

/// The server takes a mail whole, but its answer never comes.
async fn sent_again_after(failure: Mode, end: impl AsyncFnOnce(&Sink)) {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let users = customer(&ann, "Beta").await;
    sink.set_mode(failure);
    invite(&ann, &users, "mia@beta.example").await;
    assert!(!sink.wait_for(1).await[0].answered);
    end(&sink).await;
    ann.get_until(&users, "Mail failed, tried again").await;
    sink.set_mode(Mode::Accept);
    app.wait(Duration::from_secs(31));
    let mails = sink.wait_for(2).await;
    assert_eq!(message_id(&mails[0]), message_id(&mails[1]));
    assert_eq!(mails[0].subject, mails[1].subject);
    ann.get_until(&users, "Mail sent just now").await;
    // Whichever of them they keep: each has a secret of its own, and both work until one is used.
    let links = [mails[0].links()[0], mails[1].links()[0]];
    assert_ne!(links[0], links[1]);
    for link in links {
        app.stranger().get(link).await.see_status(200);
    }
    app.stranger().submit(links[0], &[("password", PASSWORD)]).await.see_path("/home");
    app.stranger().get(links[1]).await.see_status(410).see("already been used");
    assert_eq!(sink.mails().len(), 2);
    // Another mail has another id.
    invite(&ann, &users, "jo@beta.example").await;
    assert_ne!(message_id(&sink.wait_for(3).await[2]), message_id(&mails[0]));
}

#[actix_web::test]
async fn a_mail_whose_answer_was_cut_off_is_sent_again_with_the_same_message_id() {
    sent_again_after(Mode::CutAfterData, async |_| ()).await;
}

#[actix_web::test]
async fn a_mail_whose_answer_never_came_is_sent_again_with_the_same_message_id() {
    sent_again_after(Mode::HangAfterData, async |sink| sink.set_mode(Mode::Closed)).await;
}

#[actix_web::test]
async fn pages_answer_while_the_mail_server_hangs_and_its_mails_come_when_it_wakes() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let users = customer(&ann, "Beta").await;
    sink.set_mode(Mode::HangAfterConnect);
    invite(&ann, &users, "mia@beta.example").await;
    sink.wait_for_connections(1).await;
    invite(&ann, &users, "jo@beta.example").await;
    assert_eq!(fate(&ann, &users, "mia@beta.example").await, "Mail queued");
    assert_eq!(fate(&ann, &users, "jo@beta.example").await, "Mail queued");
    // It wakes: the connection that hung is closed, and the mail behind it goes out at once.
    sink.set_mode(Mode::Accept);
    sink.mail_to("jo@beta.example").await;
    ann.get_until(&ann.get(&users).await.href("mia@beta.example"), "Mail failed, tried again").await;
    app.wait(Duration::from_secs(31));
    sink.mail_to("mia@beta.example").await;
}

#[actix_web::test]
async fn mails_of_deleted_users_are_not_sent() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let users = customer(&ann, "Beta").await;
    sink.set_mode(Mode::Closed);
    invite(&ann, &users, "mia@beta.example").await;
    let list = ann.get_until(&users, "Mail failed, tried again").await;
    ann.submit(&format!("{}/delete", list.href("mia@beta.example")), &[]).await.see("was deleted");
    sink.set_mode(Mode::Accept);
    app.wait(Duration::from_secs(31));
    invite(&ann, &users, "jo@beta.example").await;
    assert_eq!(sink.wait_for(1).await[0].to, ["jo@beta.example"]);
}

#[actix_web::test]
async fn a_newer_mail_ends_the_links_of_all_tries_of_the_one_before() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let users = customer(&ann, "Beta").await;
    sink.set_mode(Mode::CutAfterData);
    invite(&ann, &users, "mia@beta.example").await;
    sink.wait_for(1).await;
    ann.get_until(&users, "Mail failed, tried again").await;
    app.wait(Duration::from_secs(31));
    sink.wait_for(2).await;
    let path = ann.get(&users).await.href("mia@beta.example");
    ann.get_until(&path, "in 2 minutes").await;
    sink.set_mode(Mode::Accept);
    let displayed = ann.press(&ann.get(&path).await, "Display activation link").await.value("#link");
    ann.press(&ann.get(&path).await, "Resend activation mail").await.see("is queued");
    let mails = sink.wait_for(3).await;
    let works = async |link: &str| app.stranger().get(link).await.status == 200;
    for mail in &mails[..2] {
        assert!(!works(mail.links()[0]).await);
    }
    assert!(works(mails[2].links()[0]).await && works(&displayed).await);
    // A try of the earlier mail that comes after all opens nothing either.
    app.wait(Duration::from_secs(121));
    let mails = sink.wait_for(4).await;
    assert!(!works(mails[3].links()[0]).await && works(mails[2].links()[0]).await);
    // Nobody gets in while they are disabled.
    ann.press(&ann.get(&path).await, "Disable user").await.see("was disabled");
    assert!(!works(mails[2].links()[0]).await && !works(&displayed).await);
}
