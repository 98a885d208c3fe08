//! Two tenants with everything in them, and a tenant that never was. Every text of a tenant holds its canary.

use std::collections::HashMap;

use crate::support::actor::{Actor, Page};
use crate::support::app::{App, PASSWORD};
use crate::support::records::Records;

/// A tenant, its people signed in, and the names of its things.
pub struct Side {
    /// A word that is in every text of it and in none of another's; its title.
    pub canary: &'static str,
    /// Its administrator.
    pub admin: Actor,
    /// Users of its customers, by the customer's name.
    pub people: HashMap<&'static str, Actor>,
    things: HashMap<String, String>,
}

/// Customers of a tenant and where each stands: `customer` is the one that most calls are about.
const CUSTOMERS: [(&str, &str); 4] =
    [("outer", ""), ("customer", "outer"), ("inner", "customer"), ("sibling", "outer")];

impl Side {
    /// Makes a tenant.
    pub async fn of(app: &App, canary: &'static str) -> Self {
        let tenant = app.tenant(canary).await;
        let admin = tenant.admin().await;
        let mut side = Self { canary, admin, people: HashMap::new(), things: HashMap::new() };
        let name = [("first_name", canary), ("last_name", canary)];
        side.admin.submit("/account", &name).await.see("Your profile was saved.");
        for (customer, parent) in CUSTOMERS {
            side.add_customer(customer, parent).await;
            let link = side.add_user(customer, customer).await;
            let person = app.stranger();
            person.submit(&link, &[("password", PASSWORD)]).await.see_path("/home");
            side.people.insert(customer, person);
        }
        side.know("user", &side.thing("user_of_customer"));
        side.add_user("customer", "guest").await;
        side.know("invited", &side.thing("user_of_guest"));
        let form = side.user_form("second");
        let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let page = side.admin.submit("/administrators/new", &form).await;
        side.know("second", page.path.trim_start_matches("/users/").trim_end_matches("/activation-link"));
        app.stranger().submit(&page.value("#link"), &[("password", PASSWORD)]).await.see_path("/customers");

        for (thing, list, customer) in
            [("device", "/devices", "customer"), ("loose", "/devices", ""), ("asset", "/assets", "customer")]
        {
            let text = |what: &str| format!("{canary} {thing} {what}");
            let customer = if customer.is_empty() { String::new() } else { side.thing(customer) };
            let form =
                [("name", text("name")), ("type", text("type")), ("label", text("label")), ("customer", customer)];
            let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let page = side.admin.submit(&format!("{list}/new"), &form).await;
            side.know(thing, page.path.rsplit('/').next().unwrap());
        }

        side.add_dashboard().await;
        let account = side.admin.get("/account").await;
        side.know("session", &account.value("input[name=session]"));
        side.know("version", &account.value("input[name=version]"));
        for n in 0..11 {
            let form = side.admin.get("/customers/new").await;
            side.admin.send(&form, &[("title", &format!("{canary} {n}"))]).await.see("was added");
        }
        side.know("form_id", &side.admin.get("/customers/new").await.value("input[name=form_id]"));
        let list = side.admin.get("/customers?size=10&sort=title").await;
        side.know("cursor", list.href("Next").split_once("after=").unwrap().1);
        side.know("job", &side.job(app).await);
        let entry = side.admin.get("/audit").await.attributes(".log .at a", "href").remove(0);
        side.know("entry", entry.trim_start_matches("/audit/"));
        side.know("import", &side.import().await);
        side.know("password", PASSWORD);
        side
    }

    /// What there never was, under all its names.
    pub fn that_never_was(app: &App) -> Self {
        let mut side =
            Self { canary: "nothing at all", admin: app.stranger(), people: HashMap::new(), things: HashMap::new() };
        for name in [
            "customer",
            "outer",
            "inner",
            "sibling",
            "user",
            "invited",
            "second",
            "device",
            "loose",
            "asset",
            "dashboard",
            "job",
            "entry",
            "import",
        ] {
            side.know(name, &format!("0190a000-0000-7000-8000-{:012x}", name.len()));
        }
        side.know("session", &"ab".repeat(16));
        side
    }

    /// A deletion in the background that has ended.
    async fn job(&self, app: &App) -> String {
        let title = format!("{} large", self.canary);
        let root = self.admin.submit("/customers/new", &[("title", &title)]).await.path;
        Records::of(app).add_branch(&root, 70);
        let job = self.admin.submit(&format!("{root}/delete"), &[("confirm", &title)]).await.path;
        self.admin.get_until(&job, "was deleted").await;
        job.trim_start_matches("/jobs/").to_owned()
    }

    /// A file of which one row is refused, after its dry run.
    async fn import(&self) -> String {
        let canary = self.canary;
        let file = format!("Name,Customer\n{canary} imported,{canary} inner\n{canary} refused,{canary} nobody\n");
        let token = self.admin.token().await;
        let fields = [("csrf", token.as_str()), ("what", "devices")];
        let page = self.admin.upload("/imports", &fields, (&format!("{canary}.csv"), file.as_bytes())).await;
        let page = self.admin.fill_and_press(&page, &[], "Start the dry run").await;
        self.admin.get_until(&page.path, "Checked").await;
        page.path.trim_start_matches("/imports/").to_owned()
    }

    async fn add_customer(&mut self, name: &'static str, parent: &str) {
        let text = |field: &str| format!("{} {name} {field}", self.canary);
        let parent = if parent.is_empty() { String::new() } else { self.thing(parent) };
        let mut form = vec![("title", format!("{} {name}", self.canary)), ("parent", parent), ("country", "PL".into())];
        form.push(("email", format!("{name}@{}.example", self.canary)));
        for field in ["description", "state", "city", "zip", "address", "address2", "phone"] {
            form.push((field, text(field)));
        }
        let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let page = self.admin.submit("/customers/new", &form).await;
        page.see("was added.");
        self.know(name, page.path.trim_start_matches("/customers/"));
        self.know(&format!("{name}_title"), &page.h1());
        if name == "customer" {
            self.know("title", &page.h1());
        }
    }

    /// A dashboard that is assigned to nobody.
    async fn add_dashboard(&mut self) {
        let text = format!("{} dashboard", self.canary);
        let fields = [("kind_1", "note"), ("title_1", text.as_str()), ("width_1", "2"), ("setting_1", &text)];
        let more = [("title", text.as_str()), ("description", &text), ("kind_2", "inner_customers"), ("width_2", "2")];
        let mut form: Vec<_> = fields.into_iter().chain(more).chain([("setting_2", "users")]).collect();
        let token = self.admin.token().await;
        form.push(("csrf", &token));
        let form: Vec<_> = form.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let added = self.admin.post("/dashboards", &form).await;
        self.know("dashboard", added.location().trim_start_matches("/dashboards/"));
    }

    fn user_form(&self, name: &str) -> Vec<(&'static str, String)> {
        vec![
            ("email", format!("{name}@{}-people.example", self.canary)),
            ("first_name", self.canary.to_owned()),
            ("last_name", name.to_owned()),
            ("phone", format!("{} phone", self.canary)),
            ("description", format!("{} {name} description", self.canary)),
            ("activation_method", "link".into()),
        ]
    }

    /// Adds a user and answers their activation link.
    pub async fn add_user(&mut self, customer: &str, name: &str) -> String {
        let form = self.user_form(name);
        let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let page = self.admin.submit(&format!("/customers/{}/users/new", self.thing(customer)), &form).await;
        let id = page.path.trim_start_matches("/users/").trim_end_matches("/activation-link");
        self.know(&format!("user_of_{name}"), id);
        page.value("#link")
    }

    fn know(&mut self, name: &str, value: &str) {
        assert!(!value.is_empty(), "{name}");
        self.things.insert(name.into(), value.into());
    }

    /// A thing of this tenant by its name in the table of calls.
    pub fn thing(&self, name: &str) -> String {
        match name {
            "no_token" => "A".repeat(43),
            "no_number" => i64::MAX.to_string(),
            _ => self.things.get(name).cloned().unwrap_or_default(),
        }
    }

    /// The values that name things of this tenant, to be told apart from those of another.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.things.values().filter(|value| value.len() >= 32).map(String::as_str)
    }

    /// Whether an answer holds a text of this tenant: all have its canary.
    pub fn is_seen(&self, answer: &Page) -> bool {
        let headers = answer.headers.iter().map(|(name, value)| format!("{name}: {value:?}\n")).collect::<String>();
        format!("{headers}\n{}", answer.html).to_lowercase().contains(&self.canary.to_lowercase())
    }

    /// Fails when an answer holds a text of this tenant.
    #[track_caller]
    pub fn assert_unseen(&self, answer: &Page, what: &str) {
        assert!(!self.is_seen(answer), "{what} shows what belongs to {}:\n{}", self.canary, answer.html);
    }
}
