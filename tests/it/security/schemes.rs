//! A page that came without encryption is not one of ours where people reach the site by https.

use reqwest::Method;

use crate::support::app::{App, PASSWORD, Setup};

#[actix_web::test]
async fn on_an_https_site_a_form_from_the_same_host_without_https_is_refused() {
    for (public_url, status) in [(None, 422), (Some("https://tenantry.example".to_owned()), 403)] {
        let app = App::start(Setup { public_url, ..Setup::default() }).await;
        app.tenant("Acme").await;
        let stranger = app.stranger();
        let form = [("email", "ann@acme.example"), ("password", PASSWORD), ("csrf", &stranger.token().await)];
        let form: Vec<_> = form.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        // A browser too old to say more than the origin.
        let answer = stranger.request(Method::POST, "/sign-in", Some(&form), &[("origin", &app.base)]).await;
        answer.see_status(status);
    }
}
