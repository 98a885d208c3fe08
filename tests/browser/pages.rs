//! Every page, at three widths, in light and dark: nothing sticks out, nothing is complained about, nothing stored runs.

use std::time::Duration;

use serde_json::Value;

use crate::support::actor::Actor;
use crate::support::app::{App, PASSWORD, Tenant};
use crate::support::chromium::{Browser, Setup};
use crate::support::promise::keep;
use crate::support::records::Records;
use crate::{open, signed_in, signed_in_with};

const SCRIPT: &str = "<script>document.title='owned'</script>";
const IMAGE: &str = "\"'><img src=x onerror=\"document.title='owned'\">";
const CLOSING: &str = "</textarea></title><script>document.title='owned'</script>";

/// Addresses of pages, by who opens them.
struct Pages {
    admin: Vec<String>,
    user: Vec<String>,
    anyone: Vec<String>,
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
async fn everything(app: &App, acme: &Tenant<'_>) -> Pages {
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
        "/devices".to_owned(),
        format!("/devices?customer={inner_id}&type=default&sort=name"),
        "/devices?q=nothing".to_owned(),
        "/home".to_owned(),
        "/devices/new".to_owned(),
        "/assets".to_owned(),
        device.path.clone(),
        format!("{}/delete", device.path),
        format!("{top}/devices?inner=yes"),
        format!("{top}/devices/assign"),
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
    admin.get_until(&job, "The last try failed").await;
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

/// What sticks out of the window, is cut off by its edge, or is too small to be hit.
async fn faults(browser: &Browser) -> Vec<Value> {
    let script = r"
        const faults = [];
        const page = document.scrollingElement;
        if (page.scrollWidth > innerWidth) faults.push(`the page is ${page.scrollWidth - innerWidth} px too wide`);
        for (const it of document.querySelectorAll('a, button, input, select, textarea, summary, h1, .pill, td, th')) {
            if (it.closest('.skip, .sr-only') || !it.checkVisibility({ visibilityProperty: true })) continue;
            if (it.closest('[popover]:not(:popover-open)') && innerWidth < 1024) continue;
            const box = it.getBoundingClientRect();
            const name = `${it.tagName} ${(it.ariaLabel || it.textContent || it.name || '').trim().slice(0, 40)}`;
            if (box.left < -1 || box.right > innerWidth + 1) faults.push(`${name} sticks out`);
            const panel = it.closest('.panel')?.getBoundingClientRect();
            if (panel && (box.left < panel.left - 1 || box.right > panel.right + 1)) faults.push(`${name} is cut off`);
            if (it.matches('a.icon-btn, button') && (box.width < 24 || box.height < 24)) faults.push(`${name} is small`);
        }
        return faults;";
    browser.client().execute(script, vec![]).await.unwrap().as_array().unwrap().clone()
}

/// Looks at the page as it is, at all widths and in both themes.
async fn look(browser: &Browser, name: &str) -> Vec<String> {
    let mut found = Vec::new();
    for width in [320, 768, 1024, 1280] {
        browser.resize(width, 800).await;
        for theme in ["light", "dark"] {
            browser.prefer("prefers-color-scheme", theme).await;
            let faults = faults(browser).await;
            found.extend(faults.into_iter().map(|fault| format!("{name} at {width}, {theme}: {fault}")));
        }
    }
    assert_ne!(browser.title().await, "owned");
    found.extend(browser.complaints().await.into_iter().map(|complaint| format!("{name}: {complaint}")));
    found
}

async fn look_at(browser: &Browser, pages: &[String]) {
    let mut found = Vec::new();
    for page in pages {
        browser.goto(page).await;
        found.extend(look(browser, page).await);
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[actix_web::test]
async fn pages_of_administrators_fit_every_width_and_theme() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let pages = everything(&app, &acme).await;
    look_at(&signed_in(&app, &acme.email).await, &pages.admin).await;
}

#[actix_web::test]
async fn pages_of_administrators_fit_without_scripts() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let pages = everything(&app, &acme).await;
    let setup = Setup { scripts: false, ..Setup::default() };
    look_at(&signed_in_with(&app, &acme.email, setup).await, &pages.admin).await;
}

#[actix_web::test]
async fn pages_of_everybody_else_fit_every_width_and_theme() {
    let app = App::spawn().await;
    let setup_page = open(&app).await;
    look_at(&setup_page, &[app.setup_link.clone().unwrap()]).await;
    let acme = app.tenant("Acme").await;
    let pages = everything(&app, &acme).await;
    look_at(&open(&app).await, &pages.anyone).await;
    look_at(&signed_in(&app, "mia@acme.example").await, &pages.user).await;
}

#[actix_web::test]
async fn answers_to_forms_and_dialogs_fit_every_width_and_theme() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    everything(&app, &acme).await;
    let ada = signed_in(&app, &acme.email).await;
    let long = "W".repeat(255);
    let mut found = Vec::new();

    ada.tick(&format!("Select {long}")).await;
    found.extend(look(&ada, "selected rows").await);
    ada.tick("Select Harbour Lights Museum").await;
    ada.click("Delete").await;
    ada.see_h1("Delete 2 customers?").await;
    ada.click("Delete customers").await;
    ada.see("One thing needs your attention").await;
    found.extend(look(&ada, "the question about several").await);

    ada.goto("/customers").await;
    ada.click("Add customer").await;
    ada.fill("Email", "nobody").await;
    ada.click("Add").await;
    ada.see("2 things need your attention").await;
    found.extend(look(&ada, "the form in a dialog").await);

    ada.goto("/customers").await;
    ada.click_in(&long, "Delete customer").await;
    ada.see_h1(&format!("Delete {long}?")).await;
    ada.click("Delete customer").await;
    ada.see("One thing needs your attention").await;
    found.extend(look(&ada, "the question in a dialog").await);

    ada.goto("/customers").await;
    ada.click(&long).await;
    let grace = signed_in(&app, &acme.email).await;
    grace.goto(&ada.path().await).await;
    for (browser, city) in [(&grace, "Theirs"), (&ada, "Yours")] {
        browser.fill("City", &city.repeat(42)).await;
        browser.fill("Description", &city.repeat(300)).await;
        browser.click("Save").await;
    }
    ada.see_h1("Someone else saved in between").await;
    found.extend(look(&ada, "the conflict").await);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[actix_web::test]
async fn what_is_stored_is_shown_and_never_run() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let pages = everything(&app, &acme).await;
    let ada = signed_in(&app, &acme.email).await;
    ada.goto("/customers?q=script").await;
    ada.see(SCRIPT).await;
    ada.click(SCRIPT).await;
    ada.see_h1(SCRIPT).await;
    assert_eq!(ada.value("Description").await, CLOSING);
    assert_eq!(ada.value("Phone").await, IMAGE);
    ada.click("Delete customer").await;
    ada.see_h1(&format!("Delete {SCRIPT}?")).await;
    let mia = signed_in(&app, "mia@acme.example").await;
    let nobody = open(&app).await;
    let all = [(&ada, &pages.admin), (&mia, &pages.user), (&nobody, &pages.anyone)];
    let (mut seen, mut run, mut complaints) = (0, Vec::new(), Vec::new());
    for (browser, pages) in all {
        for page in pages {
            browser.goto(page).await;
            if browser.title().await == "owned" {
                run.push(page);
            }
            let complained = browser.complaints().await;
            complaints.extend(complained.into_iter().map(|complaint| format!("{page}: {complaint}")));
            seen += 1;
        }
    }
    let words = format!(
        "{seen} pages in Chromium with payloads in every field: {} executions {run:?}, {} reports {complaints:?}",
        run.len(),
        complaints.len()
    );
    let kept = run.is_empty() && complaints.is_empty();
    keep("No stored text runs", &words.replace(" []", ""), "0 executions, 0 CSP reports", kept);
}
