//! Changes of customers that meet.

use crate::support::app::App;
use crate::support::paused_server::hold_rows;

/// Whoever moves a customer lists it with its title for those above.
#[actix_web::test]
async fn renaming_waits_for_whoever_moves_customers() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let (ann, beta) = (acme.admin().await, acme.customer("Beta").await);
    let edit = ann.get(&beta).await;
    let held = hold_rows(&app, "select id from tenants");
    let (saved, ()) = tokio::join!(ann.send(&edit, &[("title", "Gamma")]), held.release_at(1));
    saved.see("Gamma was saved.");
}
