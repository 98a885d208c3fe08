//! The mail server away, hanging, refusing, breaking off: nobody waits for it, and no mail is lost.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::support::actor::Actor;
use crate::support::app::App;
use crate::support::promise::{keep, size};
use crate::support::records::Records;
use crate::support::smtp::{Mode, Sink};

const OUTAGES: [Mode; 6] = [
    Mode::Closed,
    Mode::HangAfterConnect,
    Mode::RefuseForNow,
    Mode::RefuseRecipients,
    Mode::CutAfterData,
    Mode::HangAfterData,
];
const QUEUED: &str = "select count(*) from mails where state = 'queued'";

/// Adds users who are sent a mail, and answers their addresses and how long each took.
async fn add(ann: &Actor, users: &str, prefix: &str, n: usize) -> (Vec<String>, Vec<Duration>) {
    let (mut emails, mut times) = (Vec::new(), Vec::new());
    for n in 0..n {
        let email = format!("{}{n}@beta.example", prefix.to_lowercase());
        let (action, form) = ann.get(&format!("{users}/new")).await.filled(&[("email", &email)]);
        let since = Instant::now();
        ann.post(&action, &form).await.see_status(303);
        times.push(since.elapsed());
        emails.push(email);
    }
    times.sort_unstable();
    (emails, times)
}

/// How many mails came to each of the people.
fn came(sink: &Sink) -> BTreeMap<String, Vec<String>> {
    let mut came: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for mail in sink.mails() {
        let id = mail.header("message-id").unwrap().to_owned();
        came.entry(mail.to.concat()).or_default().push(id);
    }
    came
}

#[actix_web::test]
async fn no_outage_of_the_mail_server_holds_anybody_up_or_loses_a_mail() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let users = acme.customer("Beta").await + "/users";
    let ann = acme.admin().await;
    let mut records = Records::of(&app);
    let many = size(40, 5);
    let (everybody, usual) = add(&ann, &users, "Well", many).await;
    let mut expected: BTreeSet<String> = everybody.into_iter().collect();
    // The server has a mail before it says so: an outage in between would be another than those below.
    records.wait_until(QUEUED, |n| n == 0).await;
    let (mut median, mut slowest, mut refused, mut told) = (Duration::ZERO, Duration::ZERO, 0, 0);
    for mode in OUTAGES {
        let before = sink.mails().len();
        sink.set_mode(mode);
        let (emails, times) = add(&ann, &users, &format!("{mode:?}"), many).await;
        (median, slowest) = (median.max(times[many / 2]), slowest.max(times[many - 1]));
        if mode == Mode::RefuseRecipients {
            // Each is told of on the page of its user, and not tried again.
            for email in &emails {
                let path = ann.get(&format!("{users}?q={}", email.replace('@', "%40"))).await.href(email);
                ann.get_until(&path, "Mail failed:").await.see("no such mailbox").see_no("Next try");
                told += 1;
            }
            refused += emails.len();
        } else {
            // At least one try comes to its end, or hangs.
            match mode {
                Mode::HangAfterConnect => (),
                Mode::HangAfterData => drop(sink.wait_for(before + 1).await),
                _ => drop(ann.get_until(&users, "Mail failed, tried again").await),
            }
            expected.extend(emails);
        }
        sink.set_mode(Mode::Accept);
        let since = Instant::now();
        while records.number(QUEUED) > 0 {
            // Whatever was tried is due again; nobody waits for the clock.
            records.run("update mails set due_at = created_at where state = 'queued' and tries > 0");
            app.wait(Duration::ZERO);
            tokio::time::sleep(Duration::from_millis(50)).await;
            assert!(since.elapsed() < Duration::from_secs(60), "{mode:?}: mails wait for ever");
        }
        for (email, ids) in came(&sink) {
            let cut = [Mode::CutAfterData, Mode::HangAfterData].iter().any(|cut| is_of(&email, *cut));
            let one = ids.iter().all(|id| *id == ids[0]);
            assert!(ids.len() == 1 || cut && one, "{email} got {ids:?}");
        }
    }
    let came = came(&sink);
    let twice = came.values().filter(|ids| ids.len() > 1).count();
    let lost = expected.iter().filter(|email| !came.contains_key(*email)).count();
    let invented = came.keys().filter(|email| !expected.contains(*email)).count();
    let usual = usual[many / 2];
    let seen = format!(
        "{} mails in {} kinds of outage, {lost} lost, {twice} twice (cut off, same Message-ID), {told} of {refused} refused \
         told; adding a user takes {:.1} ms (the worst median of an outage; the slowest of all {:.1} ms), {:.1} ms without one",
        expected.len(),
        OUTAGES.len(),
        median.as_secs_f64() * 1000.0,
        slowest.as_secs_f64() * 1000.0,
        usual.as_secs_f64() * 1000.0,
    );
    let limit = usual * 2 + Duration::from_millis(size(5, 200));
    let as_ever = median < limit;
    let target = format!("0 lost, twice only if cut off, medians of adding < {:.1} ms", limit.as_secs_f64() * 1000.0);
    let kept = lost == 0 && invented == 0 && told == refused && twice > 0 && as_ever;
    keep("Mail outages never hurt people", &seen, &target, kept);
}

fn is_of(email: &str, mode: Mode) -> bool {
    email.starts_with(&format!("{mode:?}").to_lowercase())
}
