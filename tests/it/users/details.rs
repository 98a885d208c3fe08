//! The details of a user: editing them, and what happens when two people do.

use crate::support::app::{App, PASSWORD};

#[actix_web::test]
async fn a_user_is_edited() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    acme.user(&beta, "mia@beta.example").await;
    let ann = acme.admin().await;
    let path = ann.get(&format!("{beta}/users")).await.href("mia@beta.example");
    let form = [
        ("email", " Mia.Krol@beta.example "),
        ("first_name", "  Mia "),
        ("last_name", "Król"),
        ("phone", "(058) 1-2"),
        ("description", "Night shift\r\n<b>only</b>"),
    ];
    let page = ann.submit(&path, &form).await;
    page.see_path(&path).see("Mia Król was saved.");
    assert_eq!((page.h1(), page.title()), ("Mia Król".into(), "Mia Król – Tenantry".into()));
    // The new address waits until its owner has confirmed it.
    assert_eq!(page.value("#f-email"), "mia@beta.example");
    assert_eq!(page.value("#f-first_name"), "Mia");
    assert_eq!(page.value("#f-phone"), "(058) 1-2");
    assert_eq!(page.value("#f-description").trim_start(), "Night shift\n<b>only</b>");
    assert_eq!(page.all(".crumbs a"), ["Customers", "Beta", "Users"]);
    page.see("Created just now by you").see("Last changed just now by you").see("Last sign-in just now");
    // Until then they sign in with the old one alone.
    app.stranger().sign_in("mia.krol@beta.example", PASSWORD).await.see_status(422);
    app.stranger().sign_in("mia@beta.example", PASSWORD).await.see_path("/home");
}

#[actix_web::test]
async fn what_is_wrong_with_an_edited_user_is_told_and_what_was_typed_is_kept() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    acme.invite(&beta, "jo@beta.example").await;
    acme.invite(&beta, "mia@beta.example").await;
    let ann = acme.admin().await;
    let path = ann.get(&format!("{beta}/users")).await.href("mia@beta.example");
    for (email, words) in [
        ("", "Enter an email address"),
        ("mia", "Enter an email address in the form name@example.com"),
        ("JO@beta.example", "Enter another email address; a user with this one exists already, in Beta"),
    ] {
        let page = ann.submit(&path, &[("email", email), ("first_name", "Mia")]).await;
        assert_eq!((page.status, page.error("email")), (422, words.into()));
        assert_eq!((page.value("#f-email"), page.value("#f-first_name")), (email.into(), "Mia".into()));
        // The same form is sent again, mended.
        let (_, mended) = page.filled(&[("email", "mia@beta.example")]);
        assert!(mended.contains(&("version".into(), "1".into())), "{mended:?}");
    }
    let page = ann.get(&path).await;
    let (action, mut form) = page.filled(&[("first_name", "Mia")]);
    form.push(("disabled_at".into(), "0".into()));
    ann.post(&action, &form).await.see_status(400);
    assert_eq!(ann.get(&path).await.h1(), "mia@beta.example");
}

#[actix_web::test]
async fn nothing_is_overwritten_when_two_administrators_edit_one_user() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    acme.invite(&beta, "mia@beta.example").await;
    let (ann, bob) = (acme.admin().await, acme.admin().await);
    let path = ann.get(&format!("{beta}/users")).await.href("mia@beta.example");
    let (anns, bobs) = (ann.get(&path).await, bob.get(&path).await);
    ann.send(&anns, &[("first_name", "Mia"), ("phone", "1")]).await.see("Mia was saved.");

    let page = bob.send(&bobs, &[("first_name", "Maria"), ("last_name", "Król")]).await;
    page.see_status(409).see("Someone else saved in between").see("Mia was saved by you just now");
    assert_eq!(page.all("tbody th"), ["First name", "Last name", "Phone"]);
    assert_eq!(page.all("td[data-label='It was']"), ["empty", "empty", "empty"]);
    assert_eq!(page.all("td[data-label=Theirs]"), ["Mia", "empty", "1"]);
    assert_eq!(page.all("td[data-label=Yours]"), ["Maria", "Król", "empty"]);
    assert_eq!(ann.get(&path).await.value("#f-first_name"), "Mia");

    // Hers for the name, his for the last name; the phone that he never touched stays hers.
    let done = bob.send(&page, &[("first_name", "Mia"), ("last_name", "Król")]).await;
    done.see("Mia Król was saved.");
    assert_eq!(done.value("#f-phone"), "1");
    // Whoever sends what is stored already is not asked to choose.
    let stale = bob.send(&bobs, &[("first_name", "Mia"), ("last_name", "Król"), ("phone", "1")]).await;
    stale.see_status(409).see("Both of you made the same changes.");
    bob.press(&stale, "Save").await.see("Nothing was changed: Mia Król is as before.");
}

#[actix_web::test]
async fn a_user_deleted_in_between_is_not_found() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    acme.invite(&beta, "mia@beta.example").await;
    let ann = acme.admin().await;
    let path = ann.get(&format!("{beta}/users")).await.href("mia@beta.example");
    let open = ann.get(&path).await;
    ann.submit(&format!("{path}/delete"), &[]).await.see("mia@beta.example was deleted.");
    ann.send(&open, &[("first_name", "Mia")]).await.see_status(404);
    for button in ["Display activation link", "Resend activation mail", "Disable user"] {
        ann.press(&open, button).await.see_status(404);
    }
}

#[actix_web::test]
async fn another_address_ends_the_links_of_a_user_who_waits() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let ann = acme.admin().await;
    ann.submit(&format!("{beta}/users/new"), &[("email", "mai@beta.example")]).await;
    let mailed = sink.mail_to("mai@beta.example").await.links()[0].to_owned();
    let path = ann.get(&format!("{beta}/users")).await.href("mai@beta.example");
    let displayed = ann.press(&ann.get(&path).await, "Display activation link").await.value("#link");

    // Another name ends nothing, nor does the same address.
    ann.submit(&path, &[("first_name", "Mia")]).await.see("Mia was saved.").see_no("links");
    let mia = app.stranger();
    mia.get(&mailed).await.see("Choose a password");
    // Nor does the same address in other letters.
    ann.submit(&path, &[("email", "Mai@Beta.example")]).await.see("Mia was saved.").see_no("no longer work");
    ann.get(&path).await.see("Invited, expires in 3 days");
    mia.get(&displayed).await.see("Choose a password");

    let page = ann.submit(&path, &[("email", "mia@beta.example")]).await;
    page.see("Activation links for the earlier address no longer work; resend the activation mail to the new one.");
    page.see("Not invited yet");
    ann.get(&format!("{beta}/users?status=uninvited")).await.see("mia@beta.example");
    ann.get(&format!("{beta}/users?status=expired")).await.see_no("mia@beta.example");
    for link in [&mailed, &displayed] {
        mia.get(link).await.see_status(404).see("This activation link does not work");
    }
    ann.press(&page, "Resend activation mail").await.see("A new activation mail to mia@beta.example is queued");
    let mail = sink.mail_to("mia@beta.example").await;
    mia.submit(mail.links()[0], &[("password", PASSWORD)]).await.see_path("/home");
}

#[actix_web::test]
async fn another_address_ends_a_reset_link_that_went_to_the_earlier_one() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    acme.user(&beta, "mai@beta.example").await;
    let ann = acme.admin().await;
    let path = ann.get(&format!("{beta}/users")).await.href("mai@beta.example");
    ann.press(&ann.get(&path).await, "Send password reset mail").await.see("mai@beta.example is queued");
    let link = sink.mail_to("mai@beta.example").await.links()[0].to_owned();
    app.stranger().get(&link).await.see("Choose a password");
    ann.submit(&path, &[("email", "mia@beta.example")]).await.see("A link was mailed to mia@beta.example");
    app.stranger().get(&link).await.see("Choose a password");
    let mia = app.stranger();
    let confirmation = sink.mail_to("mia@beta.example").await.links()[0].to_owned();
    mia.press(&mia.get(&confirmation).await, "Confirm").await.see("mia@beta.example is your email address now.");
    app.stranger().get(&link).await.see_status(404).see("This link does not work");
}
