//! What was granted once is not more than what is true now: half-finished sign-ins, links in flight, rows chosen twice.

use actix_web::rt::spawn;
use tenantry::config::StorageSettings;

use crate::support::actor::{Actor, Fields};
use crate::support::app::{App, PASSWORD};
use crate::support::records::Records;

const OTHER_PASSWORD: &str = "opal lantern fjord 3";

async fn change_password(who: &Actor, from: &str, to: &str) {
    let page = who.submit("/account", &[("current_password", from), ("password", to)]).await;
    page.see("Your password was changed.");
}

#[actix_web::test]
async fn a_tenant_can_no_longer_be_chosen_once_the_password_is_another() {
    let app = App::spawn().await;
    let acme = app.tenant_of("Acme", "ann@both.example").await;
    app.tenant_of("Basalt", "ann@both.example").await;
    let (thief, ann) = (app.stranger(), app.stranger());
    let choice = thief.sign_in("ann@both.example", PASSWORD).await;
    assert_eq!(choice.h1(), "Choose a tenant");
    let entered = ann.press(&ann.sign_in("ann@both.example", PASSWORD).await, "Acme Administrator").await;
    entered.see_path("/customers");
    change_password(&ann, PASSWORD, OTHER_PASSWORD).await;

    thief.press(&choice, "Acme Administrator").await.see_status(422).see("do not match a user who can sign in");
    // A choice is made once; but in the other tenant nothing was changed.
    thief.press(&choice, "Basalt Administrator").await.see_status(422);
    thief.sign_in("ann@both.example", PASSWORD).await.see_path("/customers");
    thief.get("/account").await.see("administrator of Basalt");
    drop(acme);
}

#[actix_web::test]
async fn of_two_who_change_a_password_at_once_one_succeeds() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    for round in 0..3 {
        let password = |n: usize| if n == 0 { PASSWORD.to_owned() } else { format!("{OTHER_PASSWORD} {n}") };
        let mut posts = Vec::new();
        for n in 0..4 {
            let ann = app.stranger();
            ann.sign_in(&acme.email, &password(if round == 0 { 0 } else { round * 10 })).await.see_path("/customers");
            let form = ann.get("/account").await;
            let chosen = password((round + 1) * 10 + n);
            let current = password(if round == 0 { 0 } else { round * 10 });
            posts.push((ann, form.filled(&[("current_password", &current), ("password", &chosen)]), chosen));
        }
        let sent = posts
            .into_iter()
            .map(|(ann, (action, form), chosen)| (spawn(async move { ann.post(&action, &form).await }), chosen));
        let mut won = Vec::new();
        for (post, chosen) in sent.collect::<Vec<_>>() {
            let answer = post.await.unwrap();
            // The session of whoever comes too late may have ended before their form arrived.
            assert!([303, 401, 422].contains(&answer.status), "{} {}", answer.status, answer.text());
            won.extend((answer.status == 303).then_some(chosen));
        }
        assert_eq!(won.len(), 1, "{won:?}");
        let ann = app.stranger();
        ann.sign_in(&acme.email, &won[0]).await.see_path("/customers");
        change_password(&ann, &won[0], &password((round + 1) * 10 + 5)).await;
        change_password(&ann, &password((round + 1) * 10 + 5), &password((round + 1) * 10)).await;
    }
}

#[actix_web::test]
async fn a_link_is_shown_on_the_page_of_its_own_user_only() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    acme.invite(&beta, "bea@beta.example").await;
    acme.invite(&beta, "ben@beta.example").await;
    let users = ann.get(&format!("{beta}/users")).await;
    let (bea, ben) = (users.href("bea@beta.example"), users.href("ben@beta.example"));
    let (action, form) = ann.get(&bea).await.button("Display activation link");
    assert_eq!(ann.post(&action, &form).await.status, 303);
    // Another window of the same browser is quicker than the page that was to show the link.
    let page = ann.get(&format!("{ben}/activation-link")).await;
    assert!(!page.html.contains("/activate/"), "{}", page.text());

    let made = ann.post(&action, &form).await;
    let page = ann.get(made.headers["location"].to_str().unwrap()).await;
    assert!(page.value("#link").contains("/activate/"));
}

#[actix_web::test]
async fn a_row_that_is_chosen_twice_is_one_row() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let (beta, gamma) = (acme.customer("Beta").await, acme.customer("Gamma").await);
    acme.invite(&gamma, "bea@beta.example").await;
    let user = ann.get(&format!("{gamma}/users")).await.href("bea@beta.example");
    let token = ann.token().await;
    let chosen = |address: &str| -> Fields {
        let id = address.rsplit('/').next().unwrap();
        let nobody = (0..700).map(|n| format!("0190a000-0000-7000-8000-{n:012x}"));
        let ids = std::iter::once(id.to_owned()).chain(nobody).chain([id.to_owned(), id.to_uppercase()]);
        ids.map(|id| ("ids".to_owned(), id)).chain([("csrf".to_owned(), token.clone())]).collect()
    };
    let mails = ann.post(&format!("{gamma}/users/activation-mail"), &chosen(&user)).await;
    assert_eq!(mails.status, 303);
    ann.get("/customers").await.see("1 activation mail is queued.");
    let question = ann.post(&format!("{gamma}/users/delete"), &chosen(&user)).await;
    question.see_status(200).see("Delete bea@beta.example?");
    ann.post("/customers/delete", &chosen(&beta)).await.see_status(200).see("Delete Beta?");
    let mut form = chosen(&beta);
    form.push(("asked".into(), "yes".into()));
    assert_eq!(ann.post("/customers/delete", &form).await.status, 303);
    let list = ann.get("/customers").await;
    list.see("Beta was deleted.").see("1 customer");
    assert_eq!(list.rows(), ["Gamma"]);
    let total = "select sum(n) from tenant_counts where kind = 'top_customers'";
    assert_eq!(Records::of(&app).number(total), 1);
}

#[cfg(unix)]
#[test]
fn a_directory_for_data_is_made_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempfile::TempDir::new().unwrap();
    let data_dir = home.path().join("some/data");
    StorageSettings { data_dir: data_dir.clone(), database_url: None, secret_key: None }.check().unwrap();
    assert_eq!(std::fs::metadata(&data_dir).unwrap().permissions().mode() & 0o777, 0o700);
}
