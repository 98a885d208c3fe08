//! Chromium, used as a person uses a browser: by what is written on links, buttons and labels. It is driven through
//! a chromedriver of its own, with a fresh profile, and reaches nothing beyond the loopback.

mod devtools;
mod driver;
mod find;

use std::path::Path;

use fantoccini::key::Key;
use fantoccini::{Client, Locator};
use url::{Position, Url};

use driver::Driver;
use find::{first, quoted};

/// What a person may type into.
const TYPED: &str = "textarea, input:not([type=hidden], [type=checkbox], [type=radio], [type=file], [type=submit], \
     [type=button], [type=reset])";

/// How the browser is set up.
#[derive(Debug, Clone, Copy)]
pub struct Setup {
    /// The size of the page's area in CSS pixels.
    pub size: (u32, u32),
    /// Whether the person prefers dark colours.
    pub dark: bool,
    /// Whether scripts run.
    pub scripts: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self { size: (1280, 900), dark: false, scripts: true }
    }
}

/// One open browser window. Whatever cannot be done or is not there within ten seconds fails the test.
pub struct Browser {
    client: Client,
    base: Url,
    // Last, so that the browser still answers while the client goes.
    _driver: Driver,
}

impl Browser {
    /// Opens a browser for the site at `base`, such as `http://127.0.0.1:8080`.
    pub async fn open(base: &str, setup: Setup) -> Self {
        let (driver, client) = Driver::start(setup).await;
        let browser = Self { client, base: Url::parse(base).expect("a URL"), _driver: driver };
        browser.resize(setup.size.0, setup.size.1).await;
        browser
    }

    /// For what the methods below do not offer.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Goes to a path of the site, or to a whole URL.
    pub async fn goto(&self, path: &str) {
        let url = self.base.join(path).unwrap();
        self.client.goto(url.as_str()).await.unwrap_or_else(|error| panic!("cannot go to {url}: {error}"));
    }

    /// The path of the page, with its query.
    pub async fn path(&self) -> String {
        let url = self.client.current_url().await.unwrap();
        url[Position::BeforePath..Position::AfterQuery].to_owned()
    }

    /// The title of the page.
    pub async fn title(&self) -> String {
        self.client.title().await.unwrap()
    }

    /// Waits until the page says this.
    pub async fn see(&self, text: &str) {
        let what = format!("the text {text:?}");
        self.until(&what, async || Ok(self.text_of("body").await?.contains(text).then_some(()))).await;
    }

    /// Waits until the page does not say this any more.
    pub async fn see_no(&self, text: &str) {
        let what = format!("the end of the text {text:?}");
        self.until(&what, async || Ok((!self.text_of("body").await?.contains(text)).then_some(()))).await;
    }

    /// Waits until the page has this heading.
    pub async fn see_h1(&self, heading: &str) {
        let what = format!("the heading {heading:?}");
        self.until(&what, async || Ok((self.text_of("h1").await? == heading).then_some(()))).await;
    }

    /// Waits until these are suggested and nothing else.
    pub async fn see_suggestions(&self, titles: &[&str]) {
        self.until(&format!("the suggestions {titles:?}"), async || {
            let mut shown = Vec::new();
            for option in self.client.find_all(Locator::Css("[role=listbox]:not([hidden]) [role=option] b")).await? {
                shown.push(option.text().await?);
            }
            Ok((shown == titles).then_some(()))
        })
        .await;
    }

    /// Clicks the link or button that says this, or is so named to who cannot see it.
    pub async fn click(&self, name: &str) {
        self.click_within(".", name).await;
    }

    /// Clicks a link or button in the table row, list entry or section that has `row` as one of its texts.
    pub async fn click_in(&self, row: &str, name: &str) {
        let holds = "self::tr or self::li or self::article or self::section";
        let says = format!(".//*[normalize-space(.)={}]", quoted(row));
        self.click_within(&format!(".//*[{holds}][{says}][not(.//*[{holds}][{says}])]"), name).await;
    }

    async fn click_within(&self, scope: &str, name: &str) {
        self.until(&format!("a link or button {name:?}"), async || match self.clickable(scope, name).await? {
            Some(element) => element.click().await.map(Some),
            None => Ok(None),
        })
        .await;
    }

    /// Types into the field with this label, in place of what was there.
    pub async fn fill(&self, label: &str, text: &str) {
        self.until(&format!("a field {label:?}"), async || {
            let Some(field) = self.field(TYPED, label).await? else {
                return Ok(None);
            };
            field.clear().await?;
            field.send_keys(text).await.map(Some)
        })
        .await;
    }

    /// What is in the field with this label.
    pub async fn value(&self, label: &str) -> String {
        self.until(&format!("a field {label:?}"), async || {
            let Some(field) = self.field(&format!("{TYPED}, select"), label).await? else {
                return Ok(None);
            };
            field.prop("value").await.map(|value| Some(value.unwrap_or_default()))
        })
        .await
    }

    /// Chooses an option of the list or of the group of radio buttons with this label.
    pub async fn choose(&self, label: &str, option: &str) {
        self.until(&format!("a choice {option:?} of {label:?}"), async || {
            if let Some(list) = self.field("select", label).await? {
                let path = format!(".//option[normalize-space(.)={}]", quoted(option));
                return match first(list.find_all(Locator::XPath(&path)).await?) {
                    Some(option) => option.click().await.map(Some),
                    None => Ok(None),
                };
            }
            let groups = self.all(Locator::Css("fieldset, [role=radiogroup]")).await?;
            let Some(group) = self.named(groups, label).await? else {
                return Ok(None);
            };
            let buttons = group.find_all(Locator::Css("input[type=radio]")).await?;
            match self.named(buttons, option).await? {
                Some(button) => button.click().await.map(Some),
                None => Ok(None),
            }
        })
        .await;
    }

    /// Ticks the box with this label, or leaves it ticked.
    pub async fn tick(&self, label: &str) {
        self.set_ticked(label, true).await;
    }

    /// Takes the tick out of the box with this label, or leaves it empty.
    pub async fn untick(&self, label: &str) {
        self.set_ticked(label, false).await;
    }

    async fn set_ticked(&self, label: &str, ticked: bool) {
        self.until(&format!("a box {label:?}"), async || {
            let Some(field) = self.field("input[type=checkbox]", label).await? else {
                return Ok(None);
            };
            if field.is_selected().await? != ticked {
                field.click().await?;
            }
            Ok(Some(()))
        })
        .await;
    }

    /// Chooses a file of this machine in the file field with this label.
    pub async fn attach(&self, label: &str, file: &Path) {
        self.until(&format!("a file field {label:?}"), async || match self.field("input[type=file]", label).await? {
            Some(field) => field.send_keys(file.to_str().expect("a path in UTF-8")).await.map(Some),
            None => Ok(None),
        })
        .await;
    }

    /// Presses a key where the focus is.
    pub async fn press(&self, key: Key) {
        self.type_text(&key.to_string()).await;
    }

    /// Types where the focus is; `Key::Control + "k"` is a chord.
    pub async fn type_text(&self, text: &str) {
        self.until("the focus", async || self.client.active_element().await?.send_keys(text).await.map(Some)).await;
    }

    /// The name of what has the focus.
    pub async fn focused(&self) -> String {
        self.until("the focus", async || self.name(&self.client.active_element().await?).await.map(Some)).await
    }
}
