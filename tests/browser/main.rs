//! Whole journeys in a real browser: what scripts add, what works without them, and how every page looks and behaves
//! at three widths, in light and dark. `bin/test browser` runs them.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failure here is a failed test")]

#[path = "../support/mod.rs"]
mod support;

mod access;
mod chromium;
mod dashboards;
mod dialogs;
mod everything;
mod forms;
mod imports;
mod jobs;
mod journey;
mod keyboard;
mod lists;
mod pages;
mod things;

use chromium::{Browser, Setup};
use support::app::{App, PASSWORD};

/// A browser as most people have it.
async fn open(app: &App) -> Browser {
    Browser::open(&app.base, Setup::default()).await
}

/// A browser in which somebody is signed in.
async fn signed_in(app: &App, email: &str) -> Browser {
    signed_in_with(app, email, Setup::default()).await
}

async fn signed_in_with(app: &App, email: &str, setup: Setup) -> Browser {
    let browser = Browser::open(&app.base, setup).await;
    browser.goto("/sign-in").await;
    browser.fill("Email", email).await;
    browser.fill("Password", PASSWORD).await;
    browser.click("Sign in").await;
    browser.see_no("Forgot password").await;
    browser
}

/// Fails if the browser had anything to complain about: an error of a script, a breach of the policy, a missing file.
async fn see_no_complaints(browser: &Browser) {
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}
