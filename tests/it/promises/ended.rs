//! Whatever ends sessions ends all of them at their next request, wherever they are.

use crate::support::actor::{Actor, Page, at_once};
use crate::support::app::{App, PASSWORD};
use crate::support::promise::{keep, size};

const CHANGED: &str = "walrus mango piano 9";

/// What ends the sessions of a user.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Ends {
    Change,
    Reset,
    Disabling,
    Deletion,
    DeletionOfCustomer,
    SignOutEverywhere,
}

use Ends::{Change, Deletion, DeletionOfCustomer, Disabling, Reset, SignOutEverywhere};

/// Does it to the user with this address, who is at one browser, `here`.
async fn end(ends: Ends, app: &App, ann: &Actor, customer: &str, email: &str, here: &Actor, reset: &str) {
    let path = ann.get(&format!("{customer}/users")).await.href(email);
    match ends {
        Change => {
            let form = [("current_password", PASSWORD), ("password", CHANGED)];
            here.submit("/account", &form).await.see("Your password was changed.");
        }
        Reset => {
            app.stranger().submit(reset, &[("password", CHANGED)]).await.see_path("/home");
        }
        Disabling => {
            ann.press(&ann.get(&path).await, "Disable user").await.see("was disabled");
        }
        Deletion => {
            ann.submit(&format!("{path}/delete"), &[]).await.see("was deleted");
        }
        DeletionOfCustomer => {
            let title = ann.get(customer).await.h1();
            ann.submit(&format!("{customer}/delete"), &[("confirm", &title)]).await.see("was deleted");
        }
        SignOutEverywhere => {
            ann.press(&ann.get(&path).await, "Sign out everywhere").await.see("was signed out everywhere");
        }
    }
}

/// Browsers in which the user is signed in, each with a form that is open.
async fn browsers(app: &App, email: &str, n: usize) -> Vec<(Actor, Page)> {
    let mut browsers = Vec::new();
    for _ in 0..n {
        let browser = app.stranger();
        browser.sign_in(email, PASSWORD).await.see_path("/home");
        let open = browser.get("/account").await;
        browsers.push((browser, open));
    }
    browsers
}

#[actix_web::test]
async fn every_other_session_is_refused_at_its_next_request() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let ways = [Change, Reset, Disabling, Deletion, DeletionOfCustomer, SignOutEverywhere];
    let (mut ended, mut alive) = (0, Vec::new());
    for n in 0..ways.len() * size(4, 1) {
        let ends = ways[n % ways.len()];
        let title = format!("{ends:?} {n}");
        let beta = acme.customer(&title).await;
        let email = format!("mia{n}@beta.example");
        let here = acme.user(&beta, &email).await;
        let others = browsers(&app, &email, size(8, 3)).await;
        let mut reset = String::new();
        if ends == Reset {
            here.submit("/forgot-password", &[("email", &email)]).await.see("Check your email");
            reset = sink.mail_to(&email).await.links()[0].to_owned();
        }
        end(ends, &app, &ann, &beta, &email, &here, &reset).await;
        // The next request of each, all at the same moment: of one half a page, of the other a form.
        let asked = others.into_iter().enumerate().map(|(n, (browser, open))| async move {
            if n % 2 == 0 {
                browser.get("/account").await.path == "/account"
            } else {
                let (action, form) = open.filled(&[("phone", "1")]);
                browser.post(&action, &form).await.status != 401
            }
        });
        for still in at_once(asked).await {
            ended += 1;
            if still {
                alive.push(ends);
            }
        }
        if ends == Change {
            // Who changed their own password stays where they did.
            here.get("/account").await.see_path("/account");
        } else {
            ended += 1;
            if here.get("/account").await.path == "/account" {
                alive.push(ends);
            }
        }
    }
    let seen = format!("{ended} sessions, ended in 6 ways, {} answered once more {alive:?}", alive.len());
    let seen = seen.trim_end_matches(" []");
    keep("Password change, disabling and deletion end sessions", seen, "0 answered once more", alive.is_empty());
}
