//! The application attacked as strangers, neighbours and insiders would.

mod access;
mod assignment;
mod computing;
mod counting;
mod forged;
mod guessing;
pub mod headers;
mod heads;
mod hosts;
mod html;
mod impersonation;
mod mailing;
mod markup;
mod racing;
mod rate_limits;
mod reading;
mod schemes;
mod stolen;
pub mod table;
mod tampering;
mod timeouts;
mod timing;
pub mod world;

use tenantry::app::routes::Who;

use crate::support::actor::{Actor, Fields, Page};
use table::{Call, who};
use world::Side;

/// Somebody of a tenant whom a call is for; a stranger where everybody may.
pub fn owner<'a>(call: &Call, side: &'a Side, stranger: &'a Actor) -> &'a Actor {
    match who(call) {
        Who::Anyone => stranger,
        Who::SignedIn | Who::TenantAdmin | Who::Reader => &side.admin,
        Who::CustomerUser => &side.people["customer"],
    }
}

/// Calls an address as somebody's browser does, with the token of their session; redirects are not followed.
pub async fn call(who: &Actor, call: &Call, asked: &(String, Fields)) -> Page {
    let token = if call.method() == "GET" { String::new() } else { who.token().await };
    call_with(who, call, asked, &token).await
}

/// `call` with a token that is known already.
pub async fn call_with(who: &Actor, call: &Call, (address, form): &(String, Fields), token: &str) -> Page {
    if call.method() == "GET" {
        return who.request(reqwest::Method::GET, address, None, &[]).await;
    }
    let mut form = form.clone();
    form.push(("csrf".into(), token.to_owned()));
    who.post(address, &form).await
}

/// An answer without what differs from one answer to the next: tokens, times, ids of requests and forms.
pub fn without_chance(page: &Page) -> String {
    let mut html = page.html.clone();
    for name in ["csrf", "form_id", "kept"] {
        let start = format!("name=\"{name}\" value=\"");
        html = replaced(&html, &start, "\"");
    }
    html = replaced(&html, "<time ", "</time>");
    let mut headers: Vec<String> = page
        .headers
        .iter()
        .filter(|(name, _)| {
            !matches!(name.as_str(), "x-request-id" | "date" | "content-length" | "set-cookie" | "connection")
        })
        .map(|(name, value)| format!("{name}: {value:?}"))
        .collect();
    headers.sort();
    format!("{}\n{}\n\n{html}", page.status, headers.join("\n"))
}

/// Fails at the first line in which two answers differ.
#[track_caller]
pub fn assert_alike(one: &str, other: &str, what: &str) {
    if let Some((one, other)) = one.lines().zip(other.lines()).find(|(one, other)| one != other) {
        panic!("{what}\n one: {one}\n other: {other}");
    }
    assert_eq!(one.lines().count(), other.lines().count(), "{what}: one answer is longer");
}

/// `text` with what stands between each `start` and the next `end` left out.
fn replaced(text: &str, start: &str, end: &str) -> String {
    let mut parts = text.split(start);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out += start;
        out += part.find(end).map_or(part, |at| &part[at..]);
    }
    out
}
