//! How the forms of customers arrive: twice, damaged, too large, or from no form at all.

use super::{add_titled, token};
use crate::support::actor::{Actor, Fields, Page};
use crate::support::app::App;

/// Sends the same fields ten times at once.
async fn ten_times(person: &Actor, address: &str, fields: &Fields) -> Vec<Page> {
    let send = |_| {
        let (person, address, fields) = (person.clone(), address.to_owned(), fields.clone());
        actix_web::rt::spawn(async move { person.post(&address, &fields).await })
    };
    let sent: Vec<_> = (0..10).map(send).collect();
    let mut answers = Vec::new();
    for one in sent {
        answers.push(one.await.unwrap());
    }
    answers
}

fn locations(answers: &[Page]) -> Vec<String> {
    let mut found: Vec<String> = answers.iter().map(|answer| answer.see_status(303).location()).collect();
    found.sort();
    found.dedup();
    found
}

#[actix_web::test]
async fn a_form_sent_ten_times_at_once_adds_one_customer_and_gets_one_answer() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let (address, fields) = ann.get("/customers/new").await.filled(&[("title", "Beta")]);
    let answers = ten_times(&ann, &address, &fields).await;
    let [only] = &locations(&answers)[..] else { panic!("several answers") };
    let page = ann.get(only).await;
    page.see("Beta was added.");
    assert_eq!(page.h1(), "Beta");
    assert_eq!(ann.get("/customers").await.rows(), ["Beta"]);
    // Long after, it is still the same form.
    app.wait(std::time::Duration::from_secs(1800));
    let late = ann.post(&address, &fields).await;
    assert_eq!(late.location(), *only);
    // What is typed into another form is another thing.
    let again = ann.submit("/customers/new", &[("title", "Beta")]).await;
    assert_eq!(again.status, 422);
    // Somebody else's form is another one, even with the same id.
    let bob = app.tenant("Bolt").await.admin().await;
    let (address, theirs) = bob.get("/customers/new").await.filled(&[("title", "Beta")]);
    let stolen = fields.iter().find(|(name, _)| name == "form_id").unwrap().clone();
    let theirs: Fields = theirs.into_iter().map(|one| if one.0 == "form_id" { stolen.clone() } else { one }).collect();
    assert_ne!(bob.post(&address, &theirs).await.see_status(303).location(), *only);
    assert_eq!(bob.get("/customers").await.rows(), ["Beta"]);
}

#[actix_web::test]
async fn a_refused_form_sent_ten_times_is_refused_ten_times_and_can_be_mended() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let form = ann.get("/customers/new").await;
    let (address, fields) = form.filled(&[("title", ""), ("city", "Lyon")]);
    for answer in ten_times(&ann, &address, &fields).await {
        assert_eq!(answer.see_status(422).error("title"), "Enter a title");
    }
    let refused = ann.send(&form, &[("title", ""), ("city", "Lyon")]).await;
    ann.send(&refused, &[("title", "Beta")]).await.see("Beta was added.");
}

#[actix_web::test]
async fn a_form_sent_again_with_something_else_in_it_adds_that_as_well() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let form = ann.get("/customers/new").await;
    ann.send(&form, &[("title", "Beta")]).await.see("Beta was added.");
    // Back in the browser, another title, "Add".
    let page = ann.send(&form, &[("title", "Gamma")]).await;
    page.see("Gamma was added.");
    assert_eq!(page.h1(), "Gamma");
    assert_eq!(ann.get("/customers").await.rows(), ["Gamma", "Beta"]);
}

#[actix_web::test]
async fn a_title_wanted_by_ten_at_once_goes_to_one() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let mut fields = vec![("title".to_owned(), "Beta".to_owned()), token(&ann).await];
    for form_id in ["", "not an id"] {
        fields.push(("form_id".into(), form_id.into()));
        let answers = ten_times(&ann, "/customers", &fields).await;
        let added = answers.iter().filter(|answer| answer.status == 303).count();
        assert_eq!(added, usize::from(form_id.is_empty()));
        for refused in answers.iter().filter(|answer| answer.status != 303) {
            assert!(refused.see_status(422).error("title").starts_with("A customer with this title already exists"));
        }
        fields.pop();
    }
    ann.get("/customers").await.see("1 customer").see("1–1 of 1");
}

#[actix_web::test]
async fn what_is_no_form_of_ours_is_refused_with_words_and_stores_nothing() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let beta = add_titled(&ann, ["Beta"]).await.remove(0);
    let details = ann.get(&beta).await.html.contains("Beta");
    assert!(details);
    let (_, token) = token(&ann).await;
    let form = "application/x-www-form-urlencoded";
    let with = |fields: &str| format!("csrf={token}&{fields}").into_bytes();
    let megabyte = "x".repeat(1 << 20);
    for address in ["/customers", &beta] {
        for (kind, body, status, words) in [
            (form, with("title=Gamma&title=Delta"), 400, "duplicate field `title`"),
            (form, with("title=Gamma&users_count=7"), 400, "unknown field `users_count`"),
            (form, with("title=Gamma&tenant_id=7"), 400, "unknown field `tenant_id`"),
            (form, with("title=Gam%FFma"), 400, "the form is not in UTF-8"),
            (form, [with("title=Gam"), vec![0xC3, 0x28]].concat(), 400, "the form is not in UTF-8"),
            (form, with(&format!("title={megabyte}")), 413, "Too much was sent"),
            ("text/plain", with("title=Gamma"), 400, "this address takes forms"),
            ("application/json", br#"{"title":"Gamma"}"#.to_vec(), 400, "this address takes forms"),
            ("multipart/form-data; boundary=x", b"--x--".to_vec(), 400, "this address takes forms"),
            (form, with(&format!("csrf={token}&title=Gamma")), 403, "This form cannot be used any more"),
            (form, b"title=Gamma".to_vec(), 403, "This form cannot be used any more"),
        ] {
            let page = ann.post_body(address, kind, body).await;
            page.see_status(status).see(words).see("Nothing was changed");
        }
    }
    assert_eq!(ann.get("/customers").await.rows(), ["Beta"]);
    assert_eq!(ann.get(&beta).await.value("#f-title"), "Beta");
    // A key that is missing is an empty field, as is an empty body.
    let page = ann.post_body("/customers", form, with("city=Lyon")).await;
    assert_eq!(page.see_status(422).error("title"), "Enter a title");
}
