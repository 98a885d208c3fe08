//! `tenantry rekey`: another secret key.

use crate::support::actor::Actor;
use crate::support::app::{PASSWORD, SECRET_KEY, on_postgres};
use crate::support::machine::Machine;
use crate::support::process::{Ended, add_tenant, run, serve, serve_acme};
use crate::support::records::Records;
use crate::support::smtp::{Mode, Security, Sink};

const NEW_KEY: &str = "another secret key of 32 characters or more";

/// Settings with the new key, where the key is a setting.
fn with_new_key<'a>(machine: &Machine, more: &[(&'a str, &str)]) -> Vec<(&'a str, String)> {
    let mut more = more.to_vec();
    if on_postgres() {
        more.push(("TENANTRY_SECRET_KEY", NEW_KEY));
    }
    machine.with(&more)
}

fn rekey(machine: &Machine) -> Ended {
    let old = [("TENANTRY_OLD_SECRET_KEY", SECRET_KEY)];
    run(&["rekey"], &with_new_key(machine, if on_postgres() { &old } else { &[] }))
}

fn verified(machine: &Machine, key: Option<&str>) -> Ended {
    let settings = key.map_or_else(|| machine.with(&[]), |key| machine.with(&[("TENANTRY_SECRET_KEY", key)]));
    run(&["audit", "verify"], &settings)
}

#[actix_web::test]
async fn logs_and_mails_that_wait_go_under_a_new_key_and_everybody_signs_in_again() {
    let (machine, sink) = (Machine::new(), Sink::start(Security::None));
    sink.set_mode(Mode::RefuseForNow);
    let url = sink.url();
    let (serving, ann) = serve_acme(&machine.with(&[("SMTP_URL", &url)])).await;
    ann.submit("/administrators/new", &[("email", "bob@acme.example")]).await.see("is queued");
    ann.get_until("/administrators", "Mail failed, tried again").await;
    let other = add_tenant("Other", "eve@other.example", &machine.with(&[]));
    assert_eq!(other.code, Some(0), "{other:?}");
    let busy = rekey(&machine);
    assert_eq!(busy.code, Some(1));
    assert!(busy.err.ends_with("is in use by a running server; stop that first\n"), "{}", busy.err);
    drop(serving);

    let done = rekey(&machine);
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""), "{done:?}");
    let lines: Vec<&str> = done.out.lines().collect();
    assert!(lines[0].starts_with("Acme: ") && lines[0].ends_with(" entries of the audit log"), "{lines:?}");
    assert_eq!(lines[1..3], ["Other: 1 entry of the audit log", "1 mail that waits"], "{lines:?}");
    assert!(!machine.data_dir().join("secret.key.next").exists());
    let new_key = on_postgres().then_some(NEW_KEY);
    let right = verified(&machine, new_key);
    assert_eq!((right.code, right.out.matches("nothing was changed").count()), (Some(0), 2), "{right:?}");
    // Nothing is under the old one any more, nor under any other.
    assert_eq!(verified(&machine, Some(SECRET_KEY)).code, Some(2));

    // What waited is sent, and its link works.
    Records::at(&machine.url()).run("update mails set due_at = created_at");
    sink.set_mode(Mode::Accept);
    let again = serve(&[], &with_new_key(&machine, &[("SMTP_URL", &url)]));
    let mail = sink.mail_to("bob@acme.example").await;
    Actor::new(&again.base).submit(mail.links()[0], &[("password", PASSWORD)]).await.see_path("/customers");
    let ann = ann.at(&again.base);
    ann.get("/customers").await.see_path("/sign-in?next=%2Fcustomers");
    ann.sign_in("ann@acme.example", PASSWORD).await.see_path("/customers");
    ann.get("/audit").await.see("The operator replaced the secret key that guards tenant Acme");
    assert_eq!(verified(&machine, new_key).code, Some(0));
}

#[actix_web::test]
async fn a_log_that_was_changed_is_not_put_under_another_key() {
    let machine = Machine::new();
    for (title, email) in [("Acme", "ann@acme.example"), ("Other", "eve@other.example")] {
        let added = add_tenant(title, email, &machine.with(&[]));
        assert_eq!(added.code, Some(0), "{added:?}");
    }
    Records::at(&machine.url()).run("update audit_entries set actor = 'Nobody' where title = 'Other'");
    let refused = rekey(&machine);
    assert_eq!((refused.code, refused.out.as_str()), (Some(1), ""), "{refused:?}");
    let words = "the audit log of Other is not as it was written under the old key: entry 1 of chain ";
    assert!(refused.err.contains(words) && refused.err.ends_with("; nothing was changed\n"), "{}", refused.err);
    assert!(!machine.data_dir().join("secret.key.next").exists());
    // The old key is in use as before.
    let found = verified(&machine, None);
    assert!(found.out.contains("Acme: 1 entry, nothing was changed"), "{found:?}");
}

#[test]
fn a_key_that_was_not_replaced_to_the_end_is_before_anything_else_is_done() {
    let machine = Machine::new();
    let added = add_tenant("Acme", "ann@acme.example", &machine.with(&[]));
    assert_eq!(added.code, Some(0), "{added:?}");
    if on_postgres() {
        return; // the key is a setting
    }
    let next = machine.data_dir().join("secret.key.next");
    std::fs::write(&next, [7; 31]).unwrap();
    assert_eq!(rekey(&machine).code, Some(0), "one that was broken off is made anew");
    std::fs::write(&next, [7; 32]).unwrap();
    let refused = run(&["tenant", "list"], &machine.with(&[]));
    let words = "is there: the secret key was not replaced to the end; run `tenantry rekey`";
    assert_eq!((refused.code, refused.err.contains(words)), (Some(2), true), "{refused:?}");
    let doctor = run(&["doctor"], &machine.with(&[]));
    assert!(doctor.out.contains("the key was not replaced to the end; run `tenantry rekey`"), "{doctor:?}");
    let kept = machine.data_dir().join("secret.key");
    let old = std::fs::read(&kept).unwrap();
    for _ in 0..2 {
        // The second time as if it had done everything but its last step.
        std::fs::write(&kept, &old).unwrap();
        std::fs::write(&next, [7; 32]).unwrap();
        let done = rekey(&machine);
        assert_eq!(done.code, Some(0), "{done:?}");
    }
    assert_eq!(std::fs::read(&kept).unwrap(), [7; 32]);
    assert!(!next.exists());
    assert_eq!(verified(&machine, None).code, Some(0));
    // Not even a log that is broken makes it forget a key that is in use.
    std::fs::write(&kept, &old).unwrap();
    std::fs::write(&next, [7; 32]).unwrap();
    Records::at(&machine.url()).run("update audit_entries set actor = 'Nobody' where seq = 1");
    assert_eq!(rekey(&machine).code, Some(1));
    assert_eq!(std::fs::read(&next).unwrap(), [7; 32]);
}

#[test]
fn what_is_missing_for_another_key_is_told() {
    let machine = Machine::new();
    let told = |settings: &[(&str, &str)]| {
        let refused = run(&["rekey"], &machine.with(settings));
        assert_eq!(refused.out, "");
        (refused.code, refused.err)
    };
    if on_postgres() {
        let (code, words) = told(&[]);
        assert_eq!(code, Some(2));
        assert!(words.contains("TENANTRY_OLD_SECRET_KEY is missing"), "{words}");
    } else {
        let (code, words) = told(&[]);
        assert_eq!(code, Some(1));
        assert!(words.contains("has no secret key: nothing was started there yet"), "{words}");
        let (code, words) = told(&[("TENANTRY_OLD_SECRET_KEY", SECRET_KEY)]);
        assert_eq!(code, Some(2));
        assert!(words.contains("the key in the data directory needs neither"), "{words}");
    }
    let same = [("TENANTRY_SECRET_KEY", SECRET_KEY), ("TENANTRY_OLD_SECRET_KEY", SECRET_KEY)];
    let (code, words) = told(&same);
    assert_eq!(code, Some(2));
    assert!(words.contains("TENANTRY_SECRET_KEY is the old key; make a new one"), "{words}");
}
