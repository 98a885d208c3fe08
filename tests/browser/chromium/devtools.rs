//! What a person changes beside the page or sees around it: the window, preferences, the console.

use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

use super::Browser;

impl Browser {
    /// Makes the page's area this large, in CSS pixels.
    pub async fn resize(&self, width: u32, height: u32) {
        // Below some 500 pixels a window does not shrink, the page's area does.
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Makes a media feature hold a value, such as `forced-colors` `active` or `prefers-reduced-motion` `reduce`;
    /// one feature at a time.
    pub async fn prefer(&self, feature: &str, value: &str) {
        let features = json!({ "features": [{ "name": feature, "value": value }] });
        self.devtools("Emulation.setEmulatedMedia", features).await;
    }

    /// What the browser complained about in its console since it was last asked: errors of scripts, breaches of the
    /// Content-Security-Policy, files that did not come. A page may come with an error status without complaint.
    pub async fn complaints(&self) -> Vec<String> {
        let entries = self.call("se/log", json!({ "type": "browser" })).await.unwrap();
        let serious = entries
            .as_array()
            .into_iter()
            .flatten()
            .filter(|entry| entry["level"] != "INFO" && entry["level"] != "DEBUG");
        let messages = serious.filter_map(|entry| entry["message"].as_str());
        messages.filter(|message| !is_page_with_error_status(message)).map(str::to_owned).collect()
    }

    /// Calls the DevTools protocol.
    pub async fn devtools(&self, method: &str, params: Value) -> Value {
        self.call("goog/cdp/execute", json!({ "cmd": method, "params": params })).await.unwrap()
    }

    async fn call(&self, path: &str, body: Value) -> Result<Value, CmdError> {
        self.client.issue_cmd(Call { path: path.to_owned(), body: Some(body) }).await
    }
}

/// A command that chromedriver knows beyond WebDriver's own.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) path: String,
    pub(super) body: Option<Value>,
}

impl WebDriverCompatibleCommand for Call {
    fn endpoint(&self, driver: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        driver.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        match &self.body {
            Some(body) => (Method::POST, Some(body.to_string())),
            None => (Method::GET, None),
        }
    }
}

/// Whether a console message only says that a page, not a file, came with a status of 400 or above.
fn is_page_with_error_status(message: &str) -> bool {
    let Some((url, rest)) = message.split_once(" - ") else {
        return false;
    };
    let path = url.split('?').next().unwrap_or(url);
    let is_file = path.rsplit('/').next().is_some_and(|last| last.contains('.'));
    !is_file && rest.starts_with("Failed to load resource: the server responded with a status of")
}
