//! Two people who open and save one thing in any order: whatever is saved was seen by whoever saved it.

use std::collections::BTreeMap;

use crate::support::actor::{Actor, Page};
use crate::support::app::{App, PASSWORD};
use crate::support::promise::{keep, size};
use crate::support::records::Records;

/// A form to edit: its page, and fields of it that take any text.
struct Form {
    name: &'static str,
    page: String,
    fields: &'static [&'static str],
}

fn form(name: &'static str, page: String, fields: &'static [&'static str]) -> Form {
    Form { name, page, fields }
}

type Values = BTreeMap<&'static str, String>;

fn values(page: &Page, form: &Form) -> Values {
    let value = |field: &&'static str| (*field, page.value(&format!("#f-{field}")).trim().to_owned());
    form.fields.iter().map(value).collect()
}

/// What two editors came to.
#[derive(Default)]
struct Seen {
    saved: usize,
    told: usize,
    merged: usize,
    overwritten: Vec<String>,
}

/// Somebody at an edit form: what was there when they opened it, and as how many savings later it is.
struct Editor {
    who: Actor,
    open: Option<(Page, usize)>,
}

/// Lets two editors do something at random, again and again.
async fn interleave(form: &Form, editors: [Actor; 2], steps: usize, seen: &mut Seen) {
    let mut editors = editors.map(|who| Editor { who, open: None });
    let mut stored = values(&editors[0].who.get(&form.page).await, form);
    let mut version = 0;
    for step in 0..steps {
        let editor = &mut editors[fastrand::usize(..2)];
        let Some((page, opened)) = editor.open.take() else {
            let page = editor.who.get(&form.page).await;
            assert_eq!(values(&page, form), stored, "{}", form.name);
            editor.open = Some((page, version));
            continue;
        };
        // One field or all of them, never as they were.
        let n = fastrand::usize(1..=form.fields.len());
        let mine: Vec<(&str, String)> =
            form.fields[..n].iter().map(|field| (*field, format!("{field} {step}"))).collect();
        let typed: Vec<(&str, &str)> = mine.iter().map(|(field, value)| (*field, value.as_str())).collect();
        let answer = save(&editor.who, &page, &typed).await;
        let is_fresh = opened == version;
        match answer.status {
            409 if !is_fresh => {
                seen.told += 1;
                // Half of them take what is proposed: one's own where one typed, the other's everywhere else.
                if fastrand::bool() {
                    let merged = save(&editor.who, &answer, &[]).await;
                    assert_eq!(merged.status, 303, "{}: {}", form.name, merged.text());
                    seen.merged += 1;
                } else {
                    let now = values(&editor.who.get(&form.page).await, form);
                    assert_eq!(now, stored, "{}: what was refused was stored", form.name);
                    continue;
                }
            }
            303 if is_fresh => seen.saved += 1,
            303 => seen.overwritten.push(form.name.to_owned()),
            status => panic!("{} is answered {status}: {}", form.name, answer.text()),
        }
        stored.extend(mine);
        version += 1;
        let now = values(&editor.who.get(&form.page).await, form);
        if now != stored {
            seen.overwritten.push(format!("{}: {now:?} instead of {stored:?}", form.name));
            stored = now;
        }
    }
}

/// Sends the form that has these fields or, without any, the one that asks which to keep.
async fn save(who: &Actor, page: &Page, typed: &[(&str, &str)]) -> Page {
    let (address, mut fields) = page.button("Save");
    for (name, value) in typed {
        fields.retain(|(known, _)| known != name);
        fields.push(((*name).into(), (*value).into()));
    }
    who.post(&address, &fields).await
}

#[actix_web::test]
async fn nothing_is_overwritten_unseen_in_whatever_order_two_people_open_and_save() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let (ann, bob) = (acme.admin().await, acme.admin().await);
    let beta = acme.customer("Beta").await;
    let mia = acme.user(&beta, "mia@beta.example").await;
    let phone = app.stranger();
    phone.sign_in("mia@beta.example", PASSWORD).await.see_path("/home");
    acme.invite(&beta, "jo@beta.example").await;
    let jo = ann.get(&format!("{beta}/users")).await.href("jo@beta.example");
    let mut paths = Vec::new();
    for list in ["/devices", "/assets"] {
        paths.push(ann.submit(&format!("{list}/new"), &[("name", "Boiler"), ("type", "default")]).await.path);
    }
    let [device, asset] = paths.try_into().unwrap();
    let board = crate::dashboards::add(&ann, "Overview", &[("note", "One", "first")]).await;
    let texts = &["label", "description", "name", "type"];
    let forms = [
        (form("customer", beta.clone(), &["city", "phone", "state", "description", "title"]), [&ann, &bob]),
        (form("user", jo, &["first_name", "last_name", "phone", "description"]), [&ann, &bob]),
        (form("device", device, texts), [&ann, &bob]),
        (form("asset", asset, texts), [&ann, &bob]),
        (form("dashboard", format!("{board}/edit"), &["title", "description"]), [&ann, &bob]),
        (form("own profile", "/account".into(), &["first_name", "last_name", "phone"]), [&mia, &phone]),
    ];
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    fastrand::seed(seed);
    let mut seen = Seen::default();
    for (form, editors) in &forms {
        interleave(form, editors.map(Actor::clone), size(300, 30), &mut seen).await;
    }
    assert_eq!(Records::of(&app).wrong_numbers(), [] as [String; 0]);
    let words = format!(
        "{} forms, {} savings of what was seen, {} told of another's ({} of them merged), {} silent overwrites {:?}",
        forms.len(),
        seen.saved,
        seen.told,
        seen.merged,
        seen.overwritten.len(),
        seen.overwritten
    );
    let kept = seen.overwritten.is_empty() && seen.told > 10 && seen.merged > 3;
    keep("Two people editing one thing", words.trim_end_matches(" []"), "0 silent overwrites", kept);
}
