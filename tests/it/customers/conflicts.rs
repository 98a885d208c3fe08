//! Two people editing one customer: nothing is overwritten that its editor did not see.

use super::{add, add_titled, colleague, id};
use crate::support::actor::Page;
use crate::support::app::App;

/// The rows of the comparison: the field, what it was, theirs, yours.
fn differences(page: &Page) -> Vec<Vec<String>> {
    let names = page.all(".diff tbody th");
    let cells = page.all(".diff tbody td");
    names.into_iter().zip(cells.chunks(3)).map(|(name, cells)| [&[name], cells].concat()).collect()
}

/// What is proposed for a field: the label of the choice that is made already.
fn proposed(page: &Page, field: &str) -> String {
    page.attributes(&format!("[name={field}][checked]"), "aria-label").concat()
}

#[actix_web::test]
async fn a_save_in_between_is_shown_field_by_field_and_one_chooses() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let bob = colleague(&app, &ann, "Bob", "Berg").await;
    let start = [("title", "Beta"), ("city", "Lyon"), ("country", "FR"), ("phone", "1"), ("zip", "69001")];
    let beta = add(&ann, &[&start]).await.remove(0);
    let anns = ann.get(&beta).await;
    let bobs = [("city", "Oslo"), ("country", "NO"), ("email", "bob@beta.example"), ("zip", "0150")];
    bob.submit(&beta, &bobs).await.see("Beta was saved.");
    let page = ann.send(&anns, &[("city", "Bergen"), ("phone", ""), ("state", "Vestland"), ("zip", "0150")]).await;

    page.see_status(409).see("Beta was saved by Bob Berg just now").see("after you had opened it");
    assert_eq!(page.h1(), "Someone else saved in between");
    assert_eq!(page.title(), "Someone else saved Beta – Tenantry");
    assert_eq!(
        differences(&page),
        [
            ["Email", "empty", "bob@beta.example", "empty"],
            ["Phone", "1", "1", "empty"],
            ["Country", "France", "Norway", "France"],
            ["State / Province", "empty", "empty", "Vestland"],
            ["City", "Lyon", "Oslo", "Bergen"],
        ]
    );
    // Proposed is what each of them changed; where both did, one's own.
    for (field, choice) in [
        ("email", "Email: theirs"),
        ("phone", "Phone: yours"),
        ("country", "Country: theirs"),
        ("state", "State / Province: yours"),
        ("city", "City: yours"),
    ] {
        assert_eq!(proposed(&page, field), choice);
    }
    let stored = bob.get(&beta).await;
    assert_eq!(
        (stored.value("#f-city"), stored.value("#f-phone")),
        ("Oslo".into(), "1".into()),
        "nothing is overwritten"
    );
    assert_eq!(page.href("Discard my changes"), beta);

    let saved = ann.send(&page, &[("city", "Oslo")]).await;
    saved.see("Beta was saved.");
    for (field, value) in [
        ("title", "Beta"),
        ("email", "bob@beta.example"),
        ("phone", ""),
        ("country", "NO"),
        ("state", "Vestland"),
        ("city", "Oslo"),
        ("zip", "0150"),
    ] {
        assert_eq!(saved.value(&format!("#f-{field}")), value);
    }
}

#[actix_web::test]
async fn a_choice_that_is_overtaken_is_asked_for_again() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let bob = colleague(&app, &ann, "Bob", "Berg").await;
    let beta = add(&ann, &[&[("title", "Beta"), ("city", "Lyon")]]).await.remove(0);
    let anns = ann.get(&beta).await;
    bob.submit(&beta, &[("city", "Oslo")]).await.see("Beta was saved.");
    let first = ann.send(&anns, &[("city", "Bergen")]).await;
    bob.submit(&beta, &[("city", "Tromsø"), ("zip", "9008"), ("title", "Beta North")]).await.see("was saved.");
    let second = ann.send(&first, &[]).await;
    second.see_status(409).see("Beta North was saved by Bob Berg");
    assert_eq!(
        differences(&second),
        [
            ["Title", "Beta", "Beta North", "Beta"],
            ["City", "Oslo", "Tromsø", "Bergen"],
            ["Zip / Postal code", "empty", "9008", "empty"],
        ]
    );
    let saved = ann.send(&second, &[]).await;
    saved.see("Beta North was saved.");
    assert_eq!((saved.value("#f-city"), saved.value("#f-zip")), ("Bergen".into(), "9008".into()));
}

#[actix_web::test]
async fn the_same_change_made_twice_only_needs_saving() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let (ann, bob) = (acme.admin().await, acme.admin().await);
    let beta = add_titled(&ann, ["Beta"]).await.remove(0);
    let anns = ann.get(&beta).await;
    bob.submit(&beta, &[("description", "One\r\nTwo")]).await.see("Beta was saved.");
    let page = ann.send(&anns, &[("description", "One\r\nTwo ")]).await;
    page.see_status(409).see("Both of you made the same changes. Save to go on.");
    ann.send(&page, &[]).await.see("Nothing was changed: Beta is as before.");
    assert_eq!(ann.get(&beta).await.value("#f-description"), "One\nTwo");
}

#[actix_web::test]
async fn a_parent_that_somebody_else_chose_is_told_by_its_title() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let (ann, bob) = (acme.admin().await, acme.admin().await);
    let [alpha, gamma, beta] = &add_titled(&ann, ["Alpha", "Gamma", "Beta"]).await[..] else { panic!("three") };
    let anns = ann.get(beta).await;
    bob.submit(beta, &[("parent", id(alpha))]).await.see("Beta was saved.");
    let page = ann.send(&anns, &[("parent", id(gamma))]).await;
    assert_eq!(differences(&page), [["Parent customer", "None", "Alpha", "Gamma"]]);
    assert_eq!(page.all(".crumbs a"), ["Customers", "Alpha"]);
    let saved = ann.send(&page, &[]).await;
    assert_eq!(saved.all(".crumbs a"), ["Customers", "Gamma"]);
}

#[actix_web::test]
async fn a_version_that_was_tampered_with_never_overwrites() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let beta = add(&ann, &[&[("title", "Beta"), ("city", "Lyon")]]).await.remove(0);
    let form = ann.get(&beta).await;
    for version in
        ["", "0", "2", "-1", "one", "1.0", "9223372036854775807", "9223372036854775808", "99999999999999999999"]
    {
        let page = ann.send(&form, &[("version", version), ("city", "Oslo")]).await;
        page.see_status(409);
        assert_eq!(differences(&page), [["City", "Lyon", "Lyon", "Oslo"]], "{version}");
    }
    for base in [
        "",
        "{",
        "[]",
        "7",
        "{\"title\":7}",
        "{\"users_count\":\"7\"}",
        "\0",
        "{\"title\":\"<script>alert(1)</script>\"}",
    ] {
        let page = ann.send(&form, &[("version", "0"), ("base", base), ("city", "Oslo")]).await;
        page.see_status(409).see("Nothing was overwritten");
        assert!(!page.html.contains("<script>alert"));
    }
    assert_eq!(ann.get(&beta).await.value("#f-city"), "Lyon");
    let (address, fields) = form.filled(&[("city", "Oslo")]);
    let bare: Vec<_> = fields.into_iter().filter(|(name, _)| !["version", "base"].contains(&&**name)).collect();
    ann.post(&address, &bare).await.see_status(409);
    // What was edited is only needed when somebody else saved.
    ann.send(&form, &[("base", "{"), ("city", "Oslo")]).await.see("Beta was saved.");
}

#[actix_web::test]
async fn of_ten_saves_at_once_one_wins_and_nine_are_told() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let beta = add_titled(&ann, ["Beta"]).await.remove(0);
    let form = ann.get(&beta).await;
    let saves: Vec<_> = (0..10)
        .map(|n| {
            let (ann, (address, fields)) = (ann.clone(), form.filled(&[("city", &*format!("City {n}"))]));
            actix_web::rt::spawn(async move { ann.post(&address, &fields).await.status })
        })
        .collect();
    let mut answers = Vec::new();
    for save in saves {
        answers.push(save.await.unwrap());
    }
    answers.sort_unstable();
    assert_eq!(answers, [vec![303], vec![409; 9]].concat());
}
