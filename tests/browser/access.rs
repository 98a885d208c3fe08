//! Who may do what, in a real browser: an administrator looks as a user, and another site's page gets nothing done.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use crate::chromium::{Browser, Setup};
use crate::support::app::App;
use crate::support::promise::keep;
use crate::{see_no_complaints, signed_in, signed_in_with};

#[actix_web::test]
async fn an_administrator_looks_as_a_user_and_comes_back() {
    for setup in [Setup::default(), Setup { size: (320, 640), scripts: false, dark: true }] {
        let app = App::spawn().await;
        let acme = app.tenant("Acme").await;
        let beta = acme.customer("Beta").await;
        acme.user(&beta, "mia@beta.example").await;
        let ada = signed_in_with(&app, &acme.email, setup).await;
        ada.goto(&format!("{beta}/users")).await;
        ada.click("mia@beta.example").await;
        ada.click("View as user").await;
        ada.see("Viewing as mia@beta.example (Beta). Read-only").await;
        ada.goto("/account").await;
        ada.fill("First name", "Not Mia").await;
        ada.click("Save").await;
        ada.see_h1("You are viewing as another user").await;
        ada.click("Stop viewing").await;
        ada.see("You stopped viewing as mia@beta.example.").await;
        ada.see_no("Not Mia").await;
        ada.click("Sign out everywhere").await;
        ada.see("mia@beta.example was signed out everywhere.").await;
        see_no_complaints(&ada).await;
    }
}

/// Serves one page at an origin of its own, for as long as the test runs.
fn another_site(page: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            // One read holds the head of so small a request; the answer is the same whatever it says.
            let _ = stream.read(&mut [0; 8192]);
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n";
            let _ = write!(stream, "{head}content-length: {}\r\n\r\n{page}", page.len());
        }
    });
    format!("http://{address}/")
}

async fn token(browser: &Browser) -> String {
    let script = "return document.querySelector('input[name=csrf]').value";
    browser.client().execute(script, vec![]).await.unwrap().as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn a_page_of_another_origin_changes_nothing_even_with_the_right_token() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ada = signed_in(&app, &acme.email).await;
    for with_token in [false, true] {
        ada.goto("/customers/new").await;
        let token = if with_token { token(&ada).await } else { String::new() };
        let site = another_site(format!(
            "<!doctype html><title>Prizes</title><form method=post action='{}/customers'><input type=hidden name=title \
             value=Evil><input type=hidden name=csrf value='{token}'><button>Get a prize</button></form>",
            app.base
        ));
        ada.goto(&site).await;
        ada.click("Get a prize").await;
        // The browser sends the session along: the site is the same, but for its port.
        ada.see_h1("This form cannot be used any more").await;
    }
    let added = acme.admin().await.get("/customers").await.rows();
    let seen =
        format!("a form of a second origin in Chromium, without and with the right token: {} accepted", added.len());
    keep("No forged request is accepted: in a browser", &seen, "0 accepted", added.is_empty());
}
