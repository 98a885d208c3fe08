//! Nothing that is stored or typed becomes markup: a corpus of payloads in every field, on every page and in every
//! mail; and no page of ours has an inline script or style that a policy would have to allow.

use std::collections::{BTreeMap, BTreeSet};

use scraper::{Html, Selector};

use super::table::CALLS;
use super::world::Side;
use super::{call, owner};
use crate::support::actor::{Actor, Fields, Page};
use crate::support::app::{App, PASSWORD, Setup};
use crate::support::promise::{Tally, keep};
use crate::support::smtp::{Security, Sink};

/// Whatever gets through becomes an element or an attribute whose name begins with `pwn`.
const PAYLOADS: [&str; 11] = [
    "<script>pwn()</script><pwn-1>",
    "\"><pwn-2 onload=\"pwn()\">",
    "' pwn-3='1' onfocus='pwn()' autofocus='",
    "</textarea></title></option></select><pwn-4>",
    "<svg/onload=pwn()><pwn-5/>",
    "{{ 7*7 }} {% raw %} ${7*7} <%= 7*7 %> #{7*7}",
    "&lt;pwn-7&gt; &quot; &amp;lt; &#60;pwn-7&#62;",
    "javascript:pwn()//",
    "\u{202e}gpj.exe\u{2066} \u{200f}\u{feff}\u{2028}<pwn-8>",
    "\\\"><pwn-9> \\u003cpwn-9\\u003e %3Cpwn-9%3E +ADw-pwn-9+AD4-",
    "<![CDATA[<pwn-6>]]> --!><pwn-6> <!-- <pwn-6>",
];

/// Fails when a page has anything that runs, or anything that came from a payload.
#[track_caller]
fn assert_inert(page: &Page, what: &str) {
    let problems = problems(page);
    assert!(problems.is_empty(), "{what} ({}): {}:\n{}", page.path, problems.join(", "), page.html);
}

/// Counts a page, and whether it is inert.
fn count(tally: &mut Tally, page: &Page, what: &str) {
    let problems = problems(page);
    tally.count(problems.is_empty(), || format!("{what} ({}): {}", page.path, problems.join(", ")));
}

/// What of a page runs, or came from a payload.
fn problems(page: &Page) -> Vec<String> {
    if page.headers.get("content-type").is_some_and(|kind| kind.as_bytes().starts_with(b"text/csv")) {
        // A file: never shown, and never taken for a page.
        let kept = page.headers["content-disposition"].as_bytes().starts_with(b"attachment");
        let safe = kept && page.headers["x-content-type-options"] == "nosniff";
        return if safe { Vec::new() } else { vec!["a file that is shown".into()] };
    }
    let mut problems = Vec::new();
    let document = Html::parse_document(&page.html);
    let mut problem = |words: &str, tag: &str| problems.push(format!("{words} in <{tag}>"));
    for element in document.select(&Selector::parse("*").unwrap()) {
        let tag = element.value().name();
        let inline = tag == "script" && (element.attr("src").is_none() || element.text().any(|text| !text.is_empty()));
        if inline || ["style", "iframe", "object", "embed", "base", "math"].contains(&tag) || tag.starts_with("pwn") {
            problem("markup", tag);
        }
        for (name, value) in element.value().attrs() {
            if name == "style" || name.starts_with("on") || name.starts_with("pwn") || name == "http-equiv" {
                problem(name, tag);
            }
            let leads = ["href", "src", "action", "formaction", "data-suggest-url", "xlink:href"].contains(&name);
            let known = ["/", "#", "mailto:"].iter().any(|start| value.starts_with(start)) && !value.starts_with("//");
            if leads && !known {
                problem(value, tag);
            }
        }
    }
    problems
}

/// Follows links from a page on, to each kind of page at most `most` times, and looks at all of them; answers how many
/// there were.
pub async fn look_around(actor: &Actor, start: &str, most: usize, mut look: impl FnMut(&Page, &str)) -> usize {
    let mut known = BTreeSet::from([start.to_owned()]);
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut ahead = vec![start.to_owned()];
    while let Some(address) = ahead.pop() {
        let page = actor.get(&address).await;
        assert!(page.status < 500, "{address}: {}", page.text());
        if page.headers.contains_key("content-disposition") {
            // A file to keep, which no browser shows.
            let kept = page.headers["content-disposition"].to_str().unwrap().starts_with("attachment;");
            let kind = page.headers["content-type"].to_str().unwrap();
            assert!(kept && !kind.contains("html") && page.headers["x-content-type-options"] == "nosniff", "{address}");
            continue;
        }
        look(&page, &address);
        for link in page.attributes("a", "href") {
            let to = link.split('#').next().unwrap().to_owned();
            let path = to.split('?').next().unwrap();
            let kind: Vec<&str> = path.split('/').map(|part| if part.len() == 36 { "id" } else { part }).collect();
            if to.starts_with('/') && known.insert(to.clone()) {
                let seen = kinds.entry(kind.join("/")).or_default();
                *seen += 1;
                if *seen <= most {
                    ahead.push(to);
                }
            }
        }
    }
    kinds.values().map(|seen| most.min(*seen)).sum()
}

#[actix_web::test]
async fn no_page_has_an_inline_script_or_style() {
    let app = App::spawn().await;
    let setup = app.setup_link.clone().unwrap();
    assert_inert(app.stranger().get(&setup).await.see("Set up Tenantry"), "the set-up page");
    let side = Side::of(&app, "Akonit").await;
    let mut tally = Tally::default();
    let mut look = |page: &Page, what: &str| count(&mut tally, page, what);
    let pages = look_around(&side.admin, "/", 4, &mut look).await;
    let of_users = look_around(&side.people["customer"], "/", 4, &mut look).await;
    let of_strangers = look_around(&app.stranger(), "/", 4, &mut look).await;
    assert!(pages > 30 && of_users >= 2 && of_strangers >= 2);
    for one in CALLS {
        let stranger = app.stranger();
        for form in [one.of(&side).1, Fields::new()] {
            let address = one.of(&side).0;
            count(&mut tally, &call(&stranger, one, &(address.clone(), form.clone())).await, one.route);
            if one.route != "POST /sign-out" {
                count(&mut tally, &call(owner(one, &side, &stranger), one, &(address, form)).await, one.route);
            }
        }
    }
    let seen = format!("{} answers, {tally} with an inline script, style or handler", tally.tried());
    keep("CSP without unsafe-inline", &seen, "0 exceptions", tally.is_clean() && tally.tried() > 200);
}

#[actix_web::test]
async fn nothing_stored_becomes_markup() {
    let sink = Sink::start(Security::None);
    let app = App::start(Setup { smtp_url: Some(sink.url()), ..Setup::default() }).await;
    let acme = app.tenant_of(&format!("Acme {}", PAYLOADS[0]), "ann@acme.example").await;
    let ann = acme.admin().await;
    let name = [("first_name", PAYLOADS[1]), ("last_name", PAYLOADS[0]), ("phone", PAYLOADS[2])];
    ann.submit("/account", &name).await.see("Your profile was saved.");
    let (mut above, mut people, mut tally, mut mails) = (String::new(), Vec::new(), Tally::default(), Tally::default());
    for (n, payload) in PAYLOADS.into_iter().enumerate() {
        let typed = format!("{n} {payload}");
        let title = cleaned(&typed);
        let mut form = vec![("title", typed.as_str()), ("parent", &above)];
        let texts = ["description", "state", "city", "zip", "address", "address2", "phone"];
        form.extend(texts.map(|field| (field, payload)));
        let page = ann.submit("/customers/new", &form).await;
        count(&mut tally, &page, "details");
        page.see(&format!("{title} was added."));
        assert_eq!(page.h1(), title);
        for field in texts {
            assert_eq!(page.value(&format!("#f-{field}")).trim_start_matches('\n'), cleaned(payload), "{field}");
        }
        let email = format!("person{n}@beta.example");
        let form = [
            ("email", email.as_str()),
            ("first_name", payload),
            ("last_name", payload),
            ("phone", payload),
            ("description", payload),
            ("activation_method", "mail"),
        ];
        let added = ann.submit(&format!("{}/users/new", page.path), &form).await;
        added.see(&format!("{} {} ({email}) was added.", cleaned(payload), cleaned(payload)));
        people.push((payload, title, email));
        above = page.path.rsplit('/').next().unwrap().to_owned();
    }
    for (payload, title, email) in &people {
        let mail = sink.mail_to(email).await;
        assert_eq!(mail.to, [email.as_str()]);
        mails.count(is_inert_mail(mail.html.as_ref().unwrap(), &app.base), || format!("the mail to {email}"));
        assert!(mail.text.as_ref().unwrap().contains(title.as_str()), "{:?}", mail.text);
        assert_eq!(mail.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("to")).count(), 1, "{}", mail.raw);
        let person = app.stranger();
        let choose = person.get(mail.links()[0]).await;
        count(&mut tally, &choose, "the page of a link");
        choose.see(title);
        let (action, form) = choose.filled(&[("password", PASSWORD)]);
        // The browser names itself, in a header that another field of the product shows.
        let agent: String = payload.chars().filter(char::is_ascii).collect();
        let headers = [("user-agent", agent.as_str())];
        let entered = person.request(reqwest::Method::POST, &action, Some(&form), &headers).await;
        assert_eq!(entered.status, 303, "{}", entered.text());
        look_around(&person, "/home", 1, |page, what| count(&mut tally, page, what)).await;
        person.get("/account").await.see(&cleaned(&agent));
    }
    let pages = look_around(&ann, "/", PAYLOADS.len(), |page, what| count(&mut tally, page, what)).await;
    assert!(pages > 60);
    let list = ann.get("/customers?q=pwn&sort=title&size=100").await;
    assert_eq!(list.rows().len(), PAYLOADS.iter().filter(|payload| payload.contains("pwn")).count());
    let seen = format!(
        "{} payloads in the fields of customers, users and the tenant: {tally} of {} pages and {mails} of {} mails with markup",
        PAYLOADS.len(),
        tally.tried(),
        mails.tried()
    );
    keep("No stored text becomes markup", &seen, "0 with markup", tally.is_clean() && mails.is_clean());
}

/// White space folded, as a reader sees it.
/// What is kept of a text: nothing that nobody sees, and one space for many.
fn cleaned(text: &str) -> String {
    let seen = text.replace(['\u{202e}', '\u{2066}', '\u{200f}', '\u{feff}'], "");
    seen.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_inert_mail(html: &str, base: &str) -> bool {
    let document = Html::parse_document(html);
    document.select(&Selector::parse("*").unwrap()).all(|element| {
        let tag = element.value().name();
        let attributes = element.value().attrs().all(|(name, value)| {
            let leads = name != "href" || value.starts_with(&format!("{base}/activate/"));
            leads && !name.starts_with("on") && !name.starts_with("pwn")
        });
        attributes && !tag.starts_with("pwn") && !["script", "img", "iframe", "svg"].contains(&tag)
    })
}

#[actix_web::test]
async fn nothing_typed_becomes_markup() {
    let app = App::spawn().await;
    let side = Side::of(&app, "Akonit").await;
    let long = "x".repeat(300);
    let all = PAYLOADS.concat();
    for payload in [all.as_str(), "javascript:pwn()//"] {
        for one in CALLS.iter().filter(|one| one.method() == "POST" && one.route != "POST /sign-out") {
            let stranger = app.stranger();
            let actor = owner(one, &side, &stranger);
            let (address, form) = one.of(&side);
            let kept = ["version", "csrf", "form_id", "access"];
            let typed = form.iter().map(|(name, value)| {
                let value = if kept.contains(&name.as_str()) { value.clone() } else { format!("{payload}{long}") };
                (name.clone(), value)
            });
            let typed: Fields = typed.collect();
            let answers = [
                call(actor, one, &(address.clone(), typed.clone())).await,
                call(&stranger, one, &(address.clone(), typed)).await,
                call(actor, one, &(address.clone(), vec![(payload.into(), payload.into())])).await,
            ];
            for answer in answers {
                assert!(answer.status < 500, "{} {payload}: {}", one.route, answer.text());
                assert_inert(&answer, one.route);
            }
        }
        let query = url::form_urlencoded::byte_serialize(payload.as_bytes()).collect::<String>();
        for address in CALLS.iter().filter(|one| one.method() == "GET").map(|one| one.of(&side).0) {
            let path = address.split('?').next().unwrap();
            for names in [["q", "sort"], ["next", "parent"], ["after", "status"], ["before", "size"]] {
                let page = side.admin.get(&format!("{path}?{}={query}&{}={query}", names[0], names[1])).await;
                assert!(page.status < 500, "{path} {payload}: {}", page.text());
                if page.headers["content-type"] == "text/html; charset=utf-8" {
                    assert_inert(&page, path);
                }
            }
            assert_inert(&side.admin.get(&format!("{path}/{query}")).await, path);
        }
    }
}
