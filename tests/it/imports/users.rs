//! Users of customers from files.

use super::{check_with, commit, counts, refusals};
use crate::support::app::App;
use crate::support::records::Records;

const FILE: &str = "Email,First name,Last name,Customer\n\
    mia@beta.example,Mia,Berg,Beta\n\
    LEO@beta.example,Leo,,beta\n\
    nobody,No,Body,Beta\n\
    eve@beta.example,Eve,,\n\
    mia@beta.EXAMPLE,Mia,,Beta\n";

#[actix_web::test]
async fn users_are_invited_by_mail() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    let checked = check_with(&ann, "users", FILE, &[("activation_method", "mail")]).await;
    assert_eq!(counts(&checked), ["2", "0", "0", "3"]);
    assert_eq!(
        refusals(&checked),
        [
            "Line 4 Enter an email address in the form name@example.com (“nobody”)",
            "Line 5 Enter the customer the user belongs to",
            "Line 6 Line 2 has the same email, “mia@beta.EXAMPLE”",
        ]
    );
    assert_eq!(Records::of(&app).number("select count(*) from mails"), 0);
    commit(&ann, &checked).await;
    for address in ["mia@beta.example", "LEO@beta.example"] {
        let mail = sink.mail_to(address).await;
        app.stranger().get(mail.links()[0]).await.see("Choose a password").see("Beta");
    }
    let list = ann.get(&format!("{beta}/users?sort=email")).await;
    assert_eq!(list.rows(), ["Leo", "Mia Berg"]);
    list.see("Invited, expires in 3 days");
    ann.get("/customers").await.see("Beta");
    assert_eq!(Records::of(&app).number("select users_count from customer_counts"), 2);
    assert_eq!(Records::of(&app).number("select sum(n) from tenant_counts where kind = 'users'"), 2);
}

#[actix_web::test]
async fn users_are_left_for_a_displayed_link_changed_and_never_moved() {
    let (app, _sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    acme.customer("Gamma").await;
    let checked = check_with(&ann, "users", FILE, &[("activation_method", "link")]).await;
    commit(&ann, &checked).await;
    assert_eq!(Records::of(&app).number("select count(*) from mails"), 0);
    let list = ann.get(&format!("{beta}/users")).await;
    list.see("Not invited yet").see_no("Invitation expired");
    let user = ann.get(&list.href("Mia Berg")).await;
    let link = ann.press(&user, "Display activation link").await.value("#link");
    app.stranger().get(&link).await.see("Choose a password");

    let changed = format!(
        "Email,Last name,Customer\nmia@beta.example,Holm,Gamma\nleo@beta.example,Lund,Beta\n{},X,Beta\n",
        acme.email
    );
    let checked = check_with(&ann, "users", &changed, &[("activation_method", "mail")]).await;
    assert_eq!(counts(&checked), ["0", "1", "0", "2"]);
    assert_eq!(
        refusals(&checked),
        ["Line 2 A user of Beta has this address; users are not moved", "Line 4 An administrator has this address",]
    );
    commit(&ann, &checked).await;
    let list = ann.get(&format!("{beta}/users?sort=email")).await;
    assert_eq!(list.rows(), ["Leo Lund", "Mia Berg"]);
    // Who was there already gets no mail.
    assert_eq!(Records::of(&app).number("select count(*) from mails"), 0);
    let same = check_with(&ann, "users", FILE, &[]).await;
    assert_eq!(counts(&same), ["0", "1", "1", "3"], "a name that the file has not is taken away");
}
