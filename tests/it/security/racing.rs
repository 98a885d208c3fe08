//! Many at once: nothing is counted wrong, nothing is orphaned, nothing goes in circles, and nobody meets a fault.

use std::future::Future;
use std::sync::Arc;

use actix_web::rt::spawn;

use crate::support::actor::{Actor, Fields, Page};
use crate::support::app::{App, PASSWORD, Tenant};
use crate::support::records::Records;

/// An administrator whose forms need not be fetched first.
#[derive(Clone)]
struct Client {
    actor: Arc<Actor>,
    token: String,
}

impl Client {
    async fn of(tenant: &Tenant<'_>) -> Self {
        let actor = Arc::new(tenant.admin().await);
        let token = actor.token().await;
        Self { actor, token }
    }

    /// Posts at once; the answer is awaited later.
    fn post(&self, address: &str, fields: &[(&str, &str)]) -> impl Future<Output = Page> + use<> {
        let mut form: Fields = fields.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        form.push(("csrf".into(), self.token.clone()));
        let (actor, address) = (self.actor.clone(), address.to_owned());
        let sent = spawn(async move { actor.post(&address, &form).await });
        async move { sent.await.unwrap() }
    }
}

/// Fails unless everything that is counted is as many as it is said to be, and every customer hangs on the top.
fn assert_consistent(app: &App) {
    let mut records = Records::of(app);
    let mut none = |what: &str, sql: &str| assert_eq!(records.lines(sql), [""; 0], "{what}");
    none(
        "inner customers miscounted",
        "select c.title || ': ' || n.inner_count as line from customers c join customer_counts n
         on n.tenant_id = c.tenant_id and n.customer_id = c.id where n.inner_count <>
         (select count(*) from customers i where i.tenant_id = c.tenant_id and i.parent_id = c.id)",
    );
    none(
        "users miscounted",
        "select c.title || ': ' || n.users_count as line from customers c join customer_counts n
         on n.tenant_id = c.tenant_id and n.customer_id = c.id where n.users_count <>
         (select count(*) from users u where u.tenant_id = c.tenant_id and u.customer_id = c.id)",
    );
    none(
        "customers listed at another level",
        "select c.title as line from customers c left join customer_counts n on n.tenant_id = c.tenant_id
         and n.customer_id = c.id and n.level_id = coalesce(c.parent_id, c.tenant_id) where n.level_id is null",
    );
    none(
        "totals miscounted",
        "select t.title || ' ' || k.kind || ': ' || n.n as line from tenants t
         join (select 'customers' as kind union select 'top_customers') k on true
         join (select tenant_id, kind, sum(n) as n from tenant_counts group by tenant_id, kind) n
           on n.tenant_id = t.id and n.kind = k.kind
         where n.n <> (select count(*) from customers c
           where c.tenant_id = t.id and (k.kind = 'customers' or c.parent_id is null))",
    );
    none(
        "customers that do not hang on the top",
        "with recursive below (tenant_id, id) as (
           select tenant_id, id from customers where parent_id is null
           union select c.tenant_id, c.id from customers c
             join below b on b.tenant_id = c.tenant_id and b.id = c.parent_id)
         select c.title as line from customers c
         where not exists (select 1 from below b where b.tenant_id = c.tenant_id and b.id = c.id)",
    );
}

fn id(address: &str) -> &str {
    address.rsplit('/').next().unwrap()
}

/// Whether an answer tells of a change, or of why there was none; never of a fault. Two who wait for each other are
/// told to try again, which is no fault, but what is ordinary work must not come to it.
#[track_caller]
fn assert_told(answers: &[&Page], what: &str) {
    for answer in answers {
        assert!([303, 404, 409, 422].contains(&answer.status), "{what}: {} {}", answer.status, answer.text());
    }
}

#[actix_web::test]
async fn many_who_add_customers_at_once_all_succeed() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let client = Client::of(&acme).await;
    let parent = acme.customer("Parent").await;
    for round in 0..4 {
        let posts: Vec<_> = (0..16)
            .map(|n| {
                let parent = if n % 2 == 0 { "" } else { id(&parent) };
                client.post("/customers", &[("title", &format!("Customer {round}-{n}")), ("parent", parent)])
            })
            .collect();
        for post in posts {
            let answer = post.await;
            assert_eq!(answer.status, 303, "{}", answer.text());
        }
    }
    assert_consistent(&app);
    let list = client.actor.get("/customers").await;
    list.see("33 customers (65 including inner customers)");
}

#[actix_web::test]
async fn of_many_who_add_the_same_title_one_succeeds() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let client = Client::of(&acme).await;
    let posts: Vec<_> = (0..16).map(|_| client.post("/customers", &[("title", "Beta")])).collect();
    let mut statuses = Vec::new();
    for post in posts {
        statuses.push(post.await.status);
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [vec![303], vec![422; 15]].concat());
    assert_consistent(&app);
}

#[actix_web::test]
async fn customers_that_are_moved_at_once_never_go_in_circles() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let client = Client::of(&acme).await;
    for round in 0..12 {
        let mut ring = Vec::new();
        for n in 0..3 {
            ring.push(acme.customer(&format!("Customer {round}-{n}")).await);
        }
        // Each under the next: any two may move, all three would be a circle.
        let moves: Vec<_> = (0..3)
            .map(|n| {
                let title = format!("Customer {round}-{n}");
                let fields = [("title", title.as_str()), ("version", "1"), ("parent", id(&ring[(n + 1) % 3]))];
                client.post(&ring[n], &fields)
            })
            .collect();
        let mut moved = 0;
        for answer in moves {
            let answer = answer.await;
            assert_told(&[&answer], "a move");
            moved += usize::from(answer.status == 303);
        }
        assert_eq!(moved, 2, "of three moves in a circle");
    }
    assert_consistent(&app);
}

#[actix_web::test]
async fn a_customer_that_is_added_to_one_being_deleted_is_never_orphaned() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let (ann, bob) = (Client::of(&acme).await, Client::of(&acme).await);
    for round in 0..15 {
        let parent = acme.customer(&format!("Parent {round}")).await;
        let other = acme.customer(&format!("Other {round}")).await;
        let inner = format!("Inner {round}");
        let add = ann.post("/customers", &[("title", &inner), ("parent", id(&parent))]);
        let title = format!("Other {round}");
        let fields = [("title", title.as_str()), ("parent", id(&parent)), ("version", "1")];
        let place = bob.post(&other, &fields);
        let delete = bob.post(&format!("{parent}/delete"), &[("confirm", &format!("Parent {round}"))]);
        let top = ann.post("/customers", &[("title", &format!("Top {round}"))]);
        let (add, place, delete, top) = (add.await, place.await, delete.await, top.await);
        assert_told(&[&add, &place, &delete], "deleting a parent");
        assert_eq!(top.status, 303, "{}", top.text());
    }
    assert_consistent(&app);
}

#[actix_web::test]
async fn a_customer_that_moves_out_of_a_branch_being_deleted_stays_or_goes_whole() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let (ann, bob) = (Client::of(&acme).await, Client::of(&acme).await);
    for round in 0..15 {
        let parent = acme.customer(&format!("Parent {round}")).await;
        let inner = acme.customer_under(&format!("Inner {round}"), &parent).await;
        let fields = [("title", format!("Inner {round}")), ("parent", String::new()), ("version", "1".into())];
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let (move_out, delete) = (
            ann.post(&inner, &fields),
            bob.post(&format!("{parent}/delete"), &[("confirm", &format!("Parent {round}"))]),
        );
        let (moved, deleted) = (move_out.await, delete.await);
        assert_told(&[&moved, &deleted], "moving out");
        let still = ann.actor.get(&inner).await.status == 200;
        assert!(moved.status != 303 || still, "a customer that was moved in time went");
    }
    assert_consistent(&app);
}

#[actix_web::test]
async fn users_may_come_and_go_while_their_customer_is_deleted() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let (ann, bob) = (Client::of(&acme).await, Client::of(&acme).await);
    for round in 0..12 {
        let customer = acme.customer(&format!("Beta {round}")).await;
        for n in 0..3 {
            acme.invite(&customer, &format!("u{n}@r{round}.example")).await;
        }
        let users = ann.actor.get(&format!("{customer}/users")).await;
        let users = [0, 1, 2].map(|n| users.href(&format!("u{n}@r{round}.example")));
        let form = [("email", format!("new@r{round}.example")), ("activation_method", "link".into())];
        let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let posts = [
            ann.post(&format!("{}/delete", users[0]), &[]),
            ann.post(&format!("{customer}/users"), &form),
            bob.post(&format!("{customer}/delete"), &[("confirm", &format!("Beta {round}"))]),
            ann.post(&format!("{}/delete", users[1]), &[]),
            bob.post(&format!("{}/activation-link", users[2]), &[]),
            ann.post(&format!("{}/access", users[2]), &[("access", "disabled")]),
        ];
        for post in posts {
            assert_told(&[&post.await], "deleting a customer");
        }
    }
    assert_consistent(&app);
}

#[actix_web::test]
async fn two_links_of_one_user_activate_once() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    for round in 0..4 {
        let displayed = acme.invite(&beta, &format!("u{round}@beta.example")).await;
        let list = ann.get(&format!("{beta}/users")).await;
        let user = ann.get(&list.href(&format!("u{round}@beta.example"))).await;
        ann.press(&user, "Resend activation mail").await.see("is queued");
        let mailed = mailed_link(&app, &format!("u{round}@beta.example")).await;
        let mut people = Vec::new();
        for n in 0..8 {
            let person = app.stranger();
            let page = person.get(if n % 2 == 0 { &displayed } else { &mailed }).await;
            people.push((person, page.filled(&[("password", &format!("{PASSWORD} {n}"))])));
        }
        let posts = people.into_iter();
        let posts = posts.map(|(person, (action, form))| spawn(async move { person.post(&action, &form).await }));
        let posts: Vec<_> = posts.collect();
        let mut won = 0;
        for post in posts {
            let answer = post.await.unwrap();
            assert!([303, 404, 410].contains(&answer.status), "{} {}", answer.status, answer.text());
            won += usize::from(answer.status == 303);
        }
        assert_eq!(won, 1);
    }
}

/// The link in the mail to an address, from the file that it is written to.
async fn mailed_link(app: &App, address: &str) -> String {
    loop {
        for file in std::fs::read_dir(app.mail_dir()).into_iter().flatten() {
            let raw = std::fs::read(file.unwrap().path()).unwrap_or_default();
            let Some(mail) = mail_parser::MessageParser::default().parse(&raw) else { continue };
            let Some(text) = mail.body_text(0) else { continue };
            if String::from_utf8_lossy(&raw).contains(&format!("To: {address}"))
                && let Some(link) = text.split_whitespace().find(|word| word.contains("/activate/"))
            {
                return link.to_owned();
            }
        }
        std::thread::yield_now();
    }
}

#[actix_web::test]
async fn administrators_who_disable_each_other_leave_one() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let own = |page: &Page| page.href("admin@acme.example");
    let list = ann.get("/administrators").await;
    let form = [("email", "bob@acme.example"), ("activation_method", "link")];
    let made = ann.submit("/administrators/new", &form).await;
    let bob = app.stranger();
    bob.submit(&made.value("#link"), &[("password", PASSWORD)]).await.see_path("/customers");
    let (ann_at, bob_at) = (own(&list), ann.get("/administrators").await.href("bob@acme.example"));
    let clients = [ann, bob].map(Arc::new);
    let mut posts = Vec::new();
    for (client, other) in [(&clients[0], bob_at), (&clients[1], ann_at)] {
        let form = vec![("access".to_owned(), "disabled".to_owned()), ("csrf".to_owned(), client.token().await)];
        let client = client.clone();
        posts.push(spawn(async move { client.post(&format!("{other}/access"), &form).await }));
    }
    for post in posts {
        assert!([303, 401].contains(&post.await.unwrap().status));
    }
    let enabled = Records::of(&app).number("select count(*) from users where disabled_at is null");
    assert_eq!(enabled, 1);
}
