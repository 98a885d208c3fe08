//! Every page, at three widths, in light and dark: nothing sticks out, nothing is complained about, nothing stored runs.

use serde_json::Value;

use crate::chromium::{Browser, Setup};
use crate::everything::{CLOSING, IMAGE, SCRIPT, everything};
use crate::support::app::App;
use crate::support::promise::keep;
use crate::{open, signed_in, signed_in_with};

/// What sticks out of the window, is cut off by its edge, is too small to be hit or lies under something else; tiles of a
/// row that do not begin at one height; addresses of which a part is not shown.
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
        const shown = [...document.querySelectorAll('.board > *, .figures > *, .split > *')];
        for (const one of shown) {
            const box = one.getBoundingClientRect();
            for (const other of one.parentElement.children) {
                const beside = other.getBoundingClientRect();
                const rows = beside.left >= box.right && beside.top < box.bottom && beside.bottom > box.top;
                if (rows && Math.abs(beside.top - box.top) > 1) faults.push(`${one.className} and its neighbour are not level`);
            }
        }
        for (const it of document.querySelectorAll('main *')) {
            const own = [...it.childNodes].some(node => node.nodeType === 3 && /\S@\S/.test(node.data));
            const hides = getComputedStyle(it).overflowX !== 'visible' && it.scrollWidth > it.clientWidth + 1;
            if (own && hides && !it.closest('.sr-only')) faults.push(`${it.textContent.slice(0, 40)} is not shown whole`);
        }
        for (const it of document.querySelectorAll('ol, ul')) {
            const style = getComputedStyle(it);
            const marked = it.querySelector(':scope > li') && style.listStyleType !== 'none';
            if (marked && parseFloat(style.paddingInlineStart) < 16) faults.push(`the numbers of ${it.className} hang out`);
        }
        // What is behind a dialog is not to be reached.
        const open = document.querySelector('dialog[open]') ?? document;
        for (const it of open.querySelectorAll('button, .btn, .icon-btn, summary, input, select')) {
            if (it.closest('.skip, .sr-only') || !it.checkVisibility({ visibilityProperty: true })) continue;
            if (it.closest('[popover]:not(:popover-open)') && innerWidth < 1024) continue;
            it.scrollIntoView({ block: 'center', behavior: 'instant' });
            const box = it.getBoundingClientRect();
            const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
            const free = !top || top.contains(it) || it.contains(top) || it.labels?.length && [...it.labels].some(label => label.contains(top));
            if (!free) faults.push(`${it.tagName} ${it.textContent || it.name} lies under ${top.tagName} ${top.className}`);
        }
        scrollTo(0, 0);
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
    ada.click_in(&long, &format!("Delete customer: {long}")).await;
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
