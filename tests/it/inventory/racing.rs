//! Many at once: what is kept beside devices stays right, and nobody meets a fault.

use super::{add_named, assert_consistent, id, post};
use crate::support::actor::at_once;
use crate::support::app::App;

#[actix_web::test]
async fn devices_are_given_while_their_customers_move_and_go() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let token = ann.token().await;
    for round in 0..6 {
        let top = acme.customer(&format!("Top {round}")).await;
        let beta = acme.customer_under(&format!("Beta {round}"), &top).await;
        let other = acme.customer(&format!("Other {round}")).await;
        let devices = add_named(&ann, "", (0..4).map(|n| format!("Device {round}-{n}"))).await;
        let title = format!("Beta {round}");
        let confirm = format!("Top {round}");
        let name = format!("New {round}");
        let forms: Vec<(String, Vec<(&str, &str)>)> = vec![
            (format!("{beta}/devices"), vec![("ids", id(&devices[0])), ("ids", id(&devices[1]))]),
            (beta.clone(), vec![("title", &title), ("parent", id(&other)), ("version", "1")]),
            ("/devices".into(), vec![("name", &name), ("type", "default"), ("customer", id(&beta))]),
            (
                "/devices/assignment".into(),
                vec![("ids", id(&devices[2])), ("ids", id(&devices[0])), ("asked", "yes"), ("to", id(&other))],
            ),
            (format!("{top}/delete"), vec![("confirm", &confirm)]),
            ("/devices/unassignment".into(), vec![("all", "yes"), ("asked", "yes")]),
            (format!("{}/delete", devices[3]), vec![]),
        ];
        let posts = forms.into_iter().map(|(address, fields)| {
            let fields: Vec<_> = fields.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
            let (ann, token) = (ann.clone(), token.clone());
            async move {
                let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                let page = post(&ann, &token, &address, &fields).await;
                (address, page.status, page.text())
            }
        });
        for (address, status, text) in at_once(posts.collect::<Vec<_>>()).await {
            assert!([303, 404, 409, 422].contains(&status), "{address}: {status} {text}");
        }
        assert_consistent(&app);
    }
}

#[actix_web::test]
async fn overlapping_selections_wait_for_each_other_and_not_in_a_circle() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let token = ann.token().await;
    let top = acme.customer("Top").await;
    let mut owners = Vec::new();
    for n in 0..6 {
        owners.push(acme.customer_under(&format!("Owner {n}"), &top).await);
    }
    add_named(&ann, "", (0..60).map(|n| format!("Device {n}"))).await;
    for _ in 0..3 {
        let posts = (0..12).map(|n| {
            let (ann, token, owner, q) =
                (ann.clone(), token.clone(), owners[n % 6].clone(), format!("device {}", n % 5));
            async move {
                let fields = [("all", "yes"), ("q", q.as_str()), ("asked", "yes"), ("to", id(&owner))];
                let page = post(&ann, &token, "/devices/assignment", &fields).await;
                (page.status, page.text())
            }
        });
        for (status, text) in at_once(posts.collect::<Vec<_>>()).await {
            assert_eq!(status, 303, "{text}");
        }
        assert_consistent(&app);
    }
}
