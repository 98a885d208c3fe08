//! A tenant with everything that a page may have to show, hard to lay out and hostile.

use std::time::Duration;

use crate::support::actor::Actor;
use crate::support::app::{App, PASSWORD, Tenant};
use crate::support::records::Records;

pub const SCRIPT: &str = "<script>document.title='owned'</script>";
pub const IMAGE: &str = "\"'><img src=x onerror=\"document.title='owned'\">";
pub const CLOSING: &str = "</textarea></title><script>document.title='owned'</script>";

/// Addresses of pages, by who opens them.
pub struct Pages {
    pub admin: Vec<String>,
    pub user: Vec<String>,
    pub anyone: Vec<String>,
}

/// The address of an import of which every row is refused, after its dry run.
async fn checked_import(admin: &Actor, texts: [&str; 3]) -> String {
    let cells = texts.map(|text| format!("\"{}\"", text.replace('"', "\"\"")));
    let [long, script, image] = &cells;
    let file = format!(
        "Name,Customer,{script},{long},{image}\n{long},{long},,,\n{script},{script},,{image},\n{image},{image},,,\n"
    );
    let token = admin.token().await;
    let fields = [("csrf", token.as_str()), ("what", "devices")];
    let page = admin.upload("/imports", &fields, (&format!("{}.csv", "w".repeat(200)), file.as_bytes())).await;
    let page = admin.fill_and_press(&page, &[], "Start the dry run").await;
    admin.get_until(&page.path, "Checked").await.path
}

/// A tenant with everything that a page may have to show, hard to lay out and hostile, and all its pages.
pub async fn everything(app: &App, acme: &Tenant<'_>) -> Pages {
    let long = "W".repeat(255);
    let rtl = "شركة المياه الوطنية للتوزيع والصيانة".repeat(3);
    let admin = acme.admin().await;
    let add = async |title: &str, parent: &str| {
        let parent = parent.rsplit('/').next().unwrap_or_default();
        let fields = [
            ("title", title),
            ("parent", parent),
            ("description", CLOSING),
            ("city", &long),
            ("phone", IMAGE),
            ("address", SCRIPT),
            ("country", "GB"),
            ("email", "a-rather-long-address-of-an-office@a-rather-long-domain-of-a-customer.example"),
        ];
        let page = admin.submit("/customers/new", &fields).await;
        page.see("was added.");
        page.path
    };
    let top = add(&long, "").await;
    let inner = add(SCRIPT, &top).await;
    add(IMAGE, &top).await;
    add(&rtl, &top).await;
    add("𠮷野家 🏭🌊", &inner).await;
    let empty = acme.customer("Harbour Lights Museum").await;

    let long_address = format!("{}@{}.{}.example", "w".repeat(64), "d".repeat(60), "e".repeat(60));
    let mut users = Vec::new();
    for (email, first, last, method) in [
        (long_address.as_str(), long.as_str(), long.as_str(), "mail"),
        ("script@acme.example", SCRIPT, IMAGE, "link"),
        ("rtl@acme.example", rtl.as_str(), "", "mail"),
    ] {
        let fields = [
            ("email", email),
            ("first_name", first),
            ("last_name", last),
            ("phone", IMAGE),
            ("description", CLOSING),
            ("activation_method", method),
        ];
        admin.submit(&format!("{top}/users/new"), &fields).await.see("was added.");
        let list = admin.get(&format!("{top}/users")).await;
        users.extend(list.attributes("tbody th a", "href").into_iter().next());
    }
    let mia = acme.user(&top, "mia@acme.example").await;
    mia.get("/home").await.see("Inner customers");
    let open_link = acme.invite(&top, "invited@acme.example").await;
    let used_link = acme.invite(&top, "used@acme.example").await;
    app.stranger().submit(&used_link, &[("password", PASSWORD)]).await.see_path("/home");

    let inner_id = inner.rsplit('/').next().unwrap_or_default();
    let fields = [("name", long.as_str()), ("label", SCRIPT), ("customer", inner_id)];
    let device = admin.submit("/devices/new", &fields).await;
    admin.submit("/devices/new", &[("name", "Free"), ("label", "Roof")]).await.see("Free was added.");
    let job = failed_job(app, &admin, &add(&format!("{IMAGE} {}", "w".repeat(100)), "").await).await;
    let import = checked_import(&admin, [&long, SCRIPT, IMAGE]).await;
    let mut pages = vec![
        job,
        "/imports".to_owned(),
        import.clone(),
        format!("{import}?columns=yes"),
        format!("{import}/delete"),
        "/devices?assigned=no&customer=nobody".to_owned(),
        "/devices".to_owned(),
        format!("/devices?customer={inner_id}&type=default&sort=name"),
        "/devices?q=nothing".to_owned(),
        "/home".to_owned(),
        "/help".to_owned(),
        "/devices/new".to_owned(),
        "/assets".to_owned(),
        device.path.clone(),
        format!("{}/delete", device.path),
        format!("{top}/devices?inner=yes"),
        format!("{top}/devices/assign"),
        "/search".to_owned(),
        format!("/search?q={}", "w".repeat(20)),
        "/search?q=script".to_owned(),
        "/customers".to_owned(),
        "/customers?sort=title&size=10".to_owned(),
        "/customers?q=script".to_owned(),
        format!("/customers?q={}", "w".repeat(255)),
        "/customers?after=rubbish".to_owned(),
        "/customers/new".to_owned(),
        "/account".to_owned(),
        "/administrators".to_owned(),
        "/administrators/new".to_owned(),
        "/nowhere".to_owned(),
        "/audit".to_owned(),
        "/audit?q=script&kind=user".to_owned(),
        "/audit?q=nothing".to_owned(),
        admin.get("/audit").await.attributes(".log .at a", "href").remove(0),
        format!("{top}/users?status=disabled"),
    ];
    for customer in [&top, &inner, &empty] {
        for page in ["", "/delete", "/customers", "/users", "/users/new", "/devices", "/assets", "/audit"] {
            pages.push(format!("{customer}{page}"));
        }
    }
    for user in &users {
        for page in ["", "/delete", "/activation-link", "/audit"] {
            pages.push(format!("{user}{page}"));
        }
    }
    let board = add_dashboard(&admin, [&long, SCRIPT, IMAGE, CLOSING]).await;
    for page in ["", "/edit", "/delete", "/customers", "/customers/assign"] {
        pages.push(format!("{board}{page}"));
    }
    let id = board.trim_start_matches("/dashboards/");
    admin.submit(&top, &[("home_dashboard", id)]).await.see("was saved.");
    for page in ["/dashboards", "/dashboards/new", "/dashboards/import"] {
        pages.push(page.to_owned());
    }
    pages.extend([format!("{top}/dashboards"), format!("{empty}/dashboards/assign")]);
    let nowhere = "u6l0Ww7mN4sYQyXz2bR8kT1cVfGhJdPqAeLsKoIuM9E";
    Pages {
        admin: pages,
        user: ["/home", "/account", "/customers", "/dashboards", &board].map(str::to_owned).into(),
        anyone: [
            "/sign-in".to_owned(),
            "/forgot-password".to_owned(),
            open_link,
            used_link,
            format!("/activate/{nowhere}"),
            format!("/reset-password/{nowhere}"),
            format!("/setup/{nowhere}"),
        ]
        .into(),
    }
}

/// The page of a deletion that has failed.
async fn failed_job(app: &App, admin: &Actor, customer: &str) -> String {
    let mut records = Records::of(app);
    records.add_branch(customer, 100);
    records.stop_work();
    let asked = admin.get(&format!("{customer}/delete")).await;
    let job = admin.send(&asked, &[("confirm", &asked.one("#f-confirm-hint"))]).await.path;
    admin.get_until(&job, "The last attempt failed").await;
    records.run("update jobs set tries = 7");
    app.wait(Duration::from_secs(5));
    admin.get_until(&job, "Failed").await;
    records.let_work();
    job
}

/// A dashboard of every kind of widget.
async fn add_dashboard(admin: &Actor, [title, script, image, closing]: [&str; 4]) -> String {
    let (name, wide) = ("M".repeat(255), "m".repeat(255));
    let device = [("name", name.as_str()), ("type", &wide), ("label", script), ("customer", "")];
    admin.submit("/devices/new", &device).await.see("was added.");
    let widgets = [
        ("number", script, "1", "customers"),
        ("number", &title[..100], "1", "users"),
        ("devices_by_type", image, "2", ""),
        ("devices_over_time", "", "3", "columns"),
        ("devices_over_time", "", "1", "line"),
        ("newest_devices", "", "1", ""),
        ("inner_customers", "", "1", "users"),
        ("note", closing, "4", title),
    ];
    let mut form = vec![("csrf".to_owned(), admin.token().await), ("title".to_owned(), title.to_owned())];
    form.push(("description".to_owned(), script.to_owned()));
    for (n, (kind, title, width, setting)) in widgets.into_iter().enumerate() {
        let fields = [("kind", kind), ("title", title), ("width", width), ("setting", setting)];
        form.extend(fields.map(|(name, value)| (format!("{name}_{}", n + 1), value.to_owned())));
    }
    let added = admin.post("/dashboards", &form).await;
    added.see_status(303);
    added.location()
}
