//! How things on a page are found by what they are called, and waited for.

use std::time::{Duration, Instant};

use fantoccini::Locator;
use fantoccini::elements::Element;
use fantoccini::error::{CmdError, ErrorStatus, WebDriver};

use super::Browser;
use super::devtools::Call;

/// How long a page may take to show what is looked for.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a person may click.
const CLICKABLE: &str = "//*[self::a[@href] or self::button or self::summary or @role='button' or @role='menuitem' \
     or self::input[@type='submit' or @type='button' or @type='reset']]";

impl Browser {
    /// The one link or button of this name. Most say it letter by letter; others that hold it are asked what they
    /// show and how they are called.
    pub(super) async fn clickable(&self, scope: &str, name: &str) -> Result<Option<Element>, CmdError> {
        let (this, says) = (quoted(name), "normalize-space(.)");
        let exact = format!("{says}={this} or normalize-space(@aria-label)={this} or self::input[@value={this}]");
        let mut found = self.shown(&format!("{scope}{CLICKABLE}[{exact}]")).await?;
        if found.is_empty() {
            let holds = format!("contains({says}, {this}) or @aria-labelledby or @title={this}");
            for element in self.shown(&format!("{scope}{CLICKABLE}[{holds}]")).await? {
                if element.text().await?.trim() == name || self.name(&element).await? == name {
                    found.push(element);
                }
            }
        }
        assert!(found.len() < 2, "{} links and buttons are called {name:?}: say in which row", found.len());
        Ok(first(found))
    }

    async fn shown(&self, path: &str) -> Result<Vec<Element>, CmdError> {
        let mut shown = Vec::new();
        for element in self.all(Locator::XPath(path)).await? {
            if element.is_displayed().await? {
                shown.push(element);
            }
        }
        Ok(shown)
    }

    pub(super) async fn text_of(&self, css: &str) -> Result<String, CmdError> {
        self.client.find(Locator::Css(css)).await?.text().await
    }

    /// Elements of the page, or of the dialog that is open over it.
    pub(super) async fn all(&self, locator: Locator<'_>) -> Result<Vec<Element>, CmdError> {
        match self.client.find_all(Locator::Css("dialog:modal")).await?.pop() {
            Some(dialog) => dialog.find_all(locator).await,
            None => self.client.find_all(locator).await,
        }
    }

    pub(super) async fn field(&self, css: &str, label: &str) -> Result<Option<Element>, CmdError> {
        self.named(self.all(Locator::Css(css)).await?, label).await
    }

    pub(super) async fn named(&self, elements: Vec<Element>, name: &str) -> Result<Option<Element>, CmdError> {
        for element in elements {
            if self.name(&element).await?.trim_end_matches(['*', ' ']) == name {
                return Ok(Some(element));
            }
        }
        Ok(None)
    }

    /// What assistive technology calls an element.
    pub(super) async fn name(&self, element: &Element) -> Result<String, CmdError> {
        let path = format!("element/{}/computedlabel", &*element.element_id());
        let name = self.client.issue_cmd(Call { path, body: None }).await?;
        Ok(name.as_str().unwrap_or_default().trim().to_owned())
    }

    /// Tries until it succeeds: pages come and change while they are looked at.
    pub(super) async fn until<T>(&self, what: &str, attempt: impl AsyncFn() -> Result<Option<T>, CmdError>) -> T {
        let start = Instant::now();
        loop {
            let problem = match attempt().await {
                Ok(Some(done)) => return done,
                Ok(None) => None,
                Err(CmdError::Standard(error)) if passing(&error) => Some(error.message.into_owned()),
                Err(error) => panic!("{what}: {error}"),
            };
            if start.elapsed() > PATIENCE {
                let text = self.text_of("body").await.unwrap_or_else(|error| error.to_string());
                let problem = problem.unwrap_or_default();
                panic!("waited for {what} on {}, which says:\n{text}\n{problem}", self.path().await);
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }
}

/// What comes and goes while a page loads or changes.
fn passing(error: &WebDriver) -> bool {
    match error.error {
        ErrorStatus::NoSuchElement
        | ErrorStatus::StaleElementReference
        | ErrorStatus::ElementNotInteractable
        | ErrorStatus::ElementClickIntercepted => true,
        // So Chromium's driver sometimes calls an element that is stale.
        ErrorStatus::UnknownError => error.message.contains("does not belong to the document"),
        _ => false,
    }
}

pub(super) fn first<T>(all: Vec<T>) -> Option<T> {
    all.into_iter().next()
}

/// A string in XPath, which knows no escapes.
pub(super) fn quoted(text: &str) -> String {
    if !text.contains('\'') {
        return format!("'{text}'");
    }
    let parts: Vec<_> = text.split('\'').map(|part| format!("'{part}'")).collect();
    format!("concat({})", parts.join(r#", "'", "#))
}
