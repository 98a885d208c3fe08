//! How deep branches may become, by the form: adding, moving one customer, moving a whole branch.

use super::{id, token};
use crate::support::actor::{Actor, Fields, at_once};
use crate::support::app::App;
use crate::support::records::Records;

/// Adds customers each of which is inside the one before, and answers their addresses from the top down.
async fn chain(person: &Actor, name: &str, levels: usize) -> Vec<String> {
    let token = token(person).await;
    let mut paths: Vec<String> = Vec::new();
    for level in 1..=levels {
        let parent = paths.last().map_or("", |path| id(path)).to_owned();
        let fields: Fields =
            vec![("title".into(), format!("{name} {level}")), ("parent".into(), parent), token.clone()];
        paths.push(person.post("/customers", &fields).await.see_status(303).location());
    }
    paths
}

fn deepest(app: &App) -> i64 {
    Records::of(app).number(
        "select max(n) from (select count(*) as n from customer_branches where not stale group by customer_id) x",
    )
}

#[actix_web::test]
async fn a_customer_on_level_51_is_refused_with_everything_else_that_is_wrong() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let all = chain(&ann, "Level", 50).await;
    let told = "Choose another parent customer; the branch would be 51 levels deep, and at most 50 are possible";
    let under = ("parent", id(&all[49]));
    let page = ann.submit("/customers/new", &[("title", "More"), under]).await;
    assert_eq!(page.see_status(422).error("parent"), told);
    let page = ann.submit("/customers/new", &[("title", "level 7"), under]).await;
    assert_eq!(page.see_status(422).error("parent"), told);
    assert!(page.error("title").contains("already exists"), "{}", page.error("title"));
    let page = ann.submit("/customers/new", &[("title", ""), ("email", "nobody"), under]).await;
    assert_eq!((page.see_status(422).error("parent"), page.error("title")), (told.into(), "Enter a title".into()));
    let other = acme.customer("Other").await;
    let page = ann.submit(&other, &[("title", "Level 9"), under]).await;
    assert_eq!(page.see_status(422).error("parent"), told);
    assert!(page.error("title").contains("already exists"), "{}", page.error("title"));
    ann.submit(&other, &[("parent", id(&all[48]))]).await.see("Other was saved.");
    assert_eq!(deepest(&app), 50);
}

#[actix_web::test]
async fn a_branch_is_moved_only_where_all_of_it_has_room() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let (high, low) = (chain(&ann, "High", 40).await, chain(&ann, "Low", 11).await);
    let side = acme.customer_under("Side", &low[0]).await;
    let page = ann.submit(&low[0], &[("parent", id(&high[39]))]).await;
    assert!(page.see_status(422).error("parent").contains("would be 51 levels deep"));
    ann.submit(&low[0], &[("parent", id(&high[38]))]).await.see("Low 1 was saved.");
    assert_eq!(deepest(&app), 50);
    // What has less below it has room for more above.
    ann.submit(&side, &[("parent", id(&low[9]))]).await.see("Side was saved.");
    let page = ann.submit(&side, &[("parent", id(&low[10]))]).await;
    assert!(page.see_status(422).error("parent").contains("would be 51 levels deep"));
    assert_eq!(deepest(&app), 50);
    assert_eq!(Records::of(&app).wrong_numbers(), [] as [String; 0]);
}

#[actix_web::test]
async fn what_is_deeper_already_is_edited_moved_up_and_deleted_but_never_made_deeper() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let (high, low) = (chain(&ann, "High", 45).await, chain(&ann, "Low", 20).await);
    Records::of(&app).put_under("Acme", &[(&low[0], &high[44])]);
    assert_eq!(deepest(&app), 65);
    ann.submit(&low[5], &[("city", "Oslo")]).await.see("Low 6 was saved.");
    let beside = acme.customer_under("Beside", &high[43]).await;
    // As deep as it was, and less deep; then it may not become deeper again.
    ann.submit(&low[1], &[("parent", id(&beside))]).await.see("Low 2 was saved.");
    ann.submit(&low[1], &[("parent", id(&high[40]))]).await.see("Low 2 was saved.");
    let page = ann.submit(&low[1], &[("parent", id(&beside))]).await;
    assert!(page.see_status(422).error("parent").contains("would be 64 levels deep"), "{}", page.text());
    ann.submit(&low[1], &[("parent", "")]).await.see("Low 2 was saved.");
    let asked = ann.get(&format!("{}/delete", low[10])).await;
    ann.send(&asked, &[("confirm", "Low 11")]).await.see("Low 11");
    assert_eq!(Records::of(&app).wrong_numbers(), [] as [String; 0]);
}

#[actix_web::test]
async fn two_moves_at_once_do_not_pass_the_limit_together() {
    for _ in 0..4 {
        let app = App::spawn().await;
        let acme = app.tenant("Acme").await;
        let ann = acme.admin().await;
        let (top, middle, bottom) =
            (chain(&ann, "Top", 20).await, chain(&ann, "Middle", 20).await, chain(&ann, "Bottom", 20).await);
        let moves = [(&middle[0], &top[19]), (&bottom[0], &middle[19])];
        let mut forms = Vec::new();
        for (root, parent) in moves {
            let (action, fields) = ann.get(root).await.filled(&[("parent", id(parent))]);
            forms.push((ann.clone(), action, fields));
        }
        let sent = forms.into_iter().map(|(ann, action, fields)| async move { ann.post(&action, &fields).await });
        let mut answers: Vec<u16> = at_once(sent).await.iter().map(|page| page.status).collect();
        answers.sort_unstable();
        assert_eq!((answers, deepest(&app)), (vec![303, 422], 40));
    }
}
