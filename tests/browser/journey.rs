//! From the first start to a customer user at home, and the end of the customer.

use crate::chromium::{self, Browser};
use crate::support::app::{App, PASSWORD, Setup};
use crate::support::smtp::{Security, Sink};
use crate::{open, see_no_complaints};

#[actix_web::test]
async fn with_scripts_everything_happens_on_the_list() {
    whole_journey(chromium::Setup::default()).await;
}

#[actix_web::test]
async fn without_scripts_everything_happens_on_pages() {
    whole_journey(chromium::Setup { scripts: false, ..chromium::Setup::default() }).await;
}

#[actix_web::test]
async fn on_a_phone_everything_is_there() {
    whole_journey(chromium::Setup { size: (320, 640), ..chromium::Setup::default() }).await;
}

#[actix_web::test]
async fn in_the_dark_without_scripts_everything_is_there() {
    whole_journey(chromium::Setup { dark: true, scripts: false, size: (768, 900) }).await;
}

async fn whole_journey(setup: chromium::Setup) {
    let post = Sink::start(Security::None);
    let app = App::start(Setup { smtp_url: Some(post.url()), ..Setup::default() }).await;
    let ada = Browser::open(&app.base, setup).await;

    set_up(&app, &ada).await;
    add_customer(&ada, setup.scripts).await;
    add_user(&ada, setup.scripts).await;

    let mail = post.mail_to("mia@beta.example").await;
    let mia = open(&app).await;
    activate(&mia, mail.links()[0]).await;

    edit(&ada, &mia).await;
    delete(&ada, setup.scripts).await;

    mia.goto("/home").await;
    mia.see_h1("Sign in").await;
    see_no_complaints(&ada).await;
    see_no_complaints(&mia).await;
}

async fn set_up(app: &App, ada: &Browser) {
    ada.goto(app.setup_link.as_deref().unwrap()).await;
    ada.fill("Tenant name", "Northwind Grid").await;
    ada.fill("First name", "Ada").await;
    ada.fill("Last name", "Byron").await;
    ada.fill("Email", "ada@northwind.example").await;
    ada.fill("Password", PASSWORD).await;
    ada.click("Create the tenant and sign in").await;
    ada.see("The tenant is set up and you are signed in.").await;
    ada.see("No customers yet").await;
}

async fn add_customer(ada: &Browser, scripts: bool) {
    ada.click("Add customer").await;
    ada.see_h1("Add customer").await;
    assert_eq!(ada.path().await, if scripts { "/customers" } else { "/customers/new" });
    ada.fill("City", "Gdańsk").await;
    ada.click("Add").await;
    ada.see("One thing needs your attention").await;
    ada.see("Enter a title").await;
    assert!(ada.title().await.starts_with("Error: "));
    assert_eq!(ada.value("City").await, "Gdańsk");
    ada.fill("Title", "Beta Farms").await;
    ada.choose("Country", "Poland").await;
    ada.click("Add").await;
    ada.see("Beta Farms was added.").await;
    ada.see_h1("Beta Farms").await;
}

async fn add_user(ada: &Browser, scripts: bool) {
    ada.goto("/customers").await;
    ada.click_in("Beta Farms", "Manage customer users: Beta Farms").await;
    ada.see("No users yet").await;
    let list = ada.path().await;
    ada.click("Add user").await;
    ada.see_h1("Add user").await;
    assert_eq!(ada.path().await, if scripts { list.clone() } else { format!("{list}/new") });
    ada.fill("Email", "mia@beta.example").await;
    ada.fill("First name", "Mia").await;
    ada.fill("Last name", "Król").await;
    ada.choose("Activation method", "Send activation mail").await;
    ada.click("Add").await;
    ada.see("Mia Król (mia@beta.example) was added. The activation mail is queued; its link works for 3 days, until")
        .await;
    ada.see("Invited, expires in 3 days").await;
}

async fn activate(mia: &Browser, link: &str) {
    mia.goto(link).await;
    mia.see("Ada Byron invites mia@beta.example to Beta Farms, a customer of Northwind Grid.").await;
    mia.fill("Password", "short").await;
    mia.click("Activate and sign in").await;
    mia.see("One thing needs your attention").await;
    mia.fill("Password", PASSWORD).await;
    mia.click("Activate and sign in").await;
    mia.see("You are signed in.").await;
    mia.see_h1("Beta Farms").await;
    assert_eq!(mia.path().await, "/home");
    mia.see("Gdańsk").await;
}

async fn edit(ada: &Browser, mia: &Browser) {
    ada.goto("/customers").await;
    ada.click("Beta Farms").await;
    ada.see_h1("Beta Farms").await;
    ada.fill("City", "Sopot").await;
    ada.fill("Phone", "+48 58 555 01 00").await;
    ada.click("Save").await;
    ada.see("Beta Farms was saved.").await;
    mia.goto("/home").await;
    mia.see("Sopot").await;
    mia.see("+48 58 555 01 00").await;
}

async fn delete(ada: &Browser, scripts: bool) {
    let details = ada.path().await;
    ada.click("Delete customer").await;
    ada.see_h1("Delete Beta Farms?").await;
    assert_eq!(ada.path().await, if scripts { details } else { format!("{details}/delete") });
    ada.see("user will be deleted and signed out").await;
    ada.fill("Type the title to confirm", "Gamma Farms").await;
    ada.click("Delete customer").await;
    ada.see("Type the title, Beta Farms, to confirm").await;
    ada.fill("Type the title to confirm", "beta farms").await;
    ada.click("Delete customer").await;
    ada.see("Beta Farms was deleted.").await;
    ada.see("No customers yet").await;
}
