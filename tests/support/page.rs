//! A page as somebody reads it: its words, rows, links and forms.

use reqwest::header::HeaderMap;
use scraper::{ElementRef, Html, Node, Selector};

/// A page as it arrived.
#[derive(Clone)]
pub struct Page {
    /// The status of the last answer.
    pub status: u16,
    /// The path and query at which redirects ended.
    pub path: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its source.
    pub html: String,
}

/// Fields of a form, as they would be posted.
pub type Fields = Vec<(String, String)>;

impl Page {
    /// The value of a cookie that the answer sets, `None` when it does not.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let set = self.headers.get_all("set-cookie").into_iter().filter_map(|value| value.to_str().ok());
        let mut pairs = set.filter_map(|value| value.split(';').next()?.split_once('='));
        pairs.find(|(known, _)| is_called(known, name)).map(|(_, value)| value.to_owned())
    }

    /// The whole answer but for what differs every time: ids, dates and the page's token.
    pub fn but_for_chance(&self) -> String {
        let mut headers = Vec::new();
        for (name, value) in &self.headers {
            let value = value.to_str().unwrap();
            let value = match name.as_str() {
                "date" | "x-request-id" => "",
                // Which cookie, and what it is bound to; one of a visit has a name of its own.
                "set-cookie" => {
                    let (pair, bounds) = value.split_once(';').unwrap_or((value, ""));
                    let name = pair.split('=').next().unwrap_or_default();
                    let name = if name.contains("visit-") { "visit-" } else { name };
                    &format!("{name};{bounds}")
                }
                _ => value,
            };
            headers.push(format!("{name}: {value}\n"));
        }
        headers.sort();
        let mut answer = format!("{}\n{}", self.status, headers.concat());
        for (at, part) in self.html.split("name=\"csrf\" value=\"").enumerate() {
            answer += if at == 0 { part } else { part.split_once('"').map_or("", |(_, rest)| rest) };
        }
        answer
    }

    fn document(&self) -> Html {
        Html::parse_document(&self.html)
    }

    /// What a person reads, white space folded.
    pub fn text(&self) -> String {
        let document = self.document();
        let root = document.select(&selector("main")).next().unwrap_or_else(|| document.root_element());
        text_of(root)
    }

    /// The heading.
    pub fn h1(&self) -> String {
        self.one("h1")
    }

    /// The title of the browser's tab.
    pub fn title(&self) -> String {
        self.one("title")
    }

    /// The text of the first element that matches a CSS selector; empty when there is none.
    pub fn one(&self, css: &str) -> String {
        self.all(css).into_iter().next().unwrap_or_default()
    }

    /// The texts of all elements that match a CSS selector.
    pub fn all(&self, css: &str) -> Vec<String> {
        self.document().select(&selector(css)).map(text_of).collect()
    }

    /// An attribute of all elements that match a CSS selector.
    pub fn attributes(&self, css: &str, name: &str) -> Vec<String> {
        self.document().select(&selector(css)).filter_map(|e| e.attr(name).map(str::to_owned)).collect()
    }

    /// The value of the first field that matches a CSS selector.
    pub fn value(&self, css: &str) -> String {
        let document = self.document();
        let Some(element) = document.select(&selector(css)).next() else { self.fail(&format!("no {css}")) };
        field_value(element).unwrap_or_default()
    }

    /// Where the answer leads; empty when it is a page itself.
    pub fn location(&self) -> String {
        self.headers.get("location").map(|to| to.to_str().unwrap().to_owned()).unwrap_or_default()
    }

    /// The words that say what is wrong with a field; empty when nothing is.
    pub fn error(&self, field: &str) -> String {
        self.one(&format!("#f-{field}-error"))
    }

    /// The titles or names in the first column of the list.
    pub fn rows(&self) -> Vec<String> {
        self.all("tbody th a")
    }

    /// The row of the list that begins with a title or name, all its cells.
    pub fn row(&self, name: &str) -> String {
        let rows = self.all("tbody tr");
        match rows.iter().find(|row| row.contains(name)) {
            Some(row) => row.clone(),
            None => self.fail(&format!("no row {name:?} among {rows:?}")),
        }
    }

    /// The cells of the row of the list that has a title or name, without check box and icons.
    pub fn cells(&self, name: &str) -> Vec<String> {
        let document = self.document();
        let row = document.select(&selector("tbody tr")).find(|row| text_of(*row).contains(name));
        let Some(row) = row else { self.fail(&format!("no row {name:?}")) };
        row.select(&selector("th, td:not(.pick, .do)")).map(text_of).collect()
    }

    /// The address of the link with these words or this label, in the page's own part first; `None` when there is none.
    pub fn link(&self, words: &str) -> Option<String> {
        let document = self.document();
        let mut found = ["main a", "a"].into_iter().filter_map(|css| {
            let is_it = |link: &ElementRef| text_of(*link) == words || link.attr("aria-label") == Some(words);
            document.select(&selector(css)).find(is_it)?.attr("href").map(str::to_owned)
        });
        found.next()
    }

    /// The address of the link with these words or this label.
    pub fn href(&self, words: &str) -> String {
        self.link(words).unwrap_or_else(|| self.fail(&format!("no link {words:?}")))
    }

    /// The address of a link in the row with this title or name.
    pub fn href_in_row(&self, name: &str, label: &str) -> String {
        let document = self.document();
        let row = document.select(&selector("tbody tr")).find(|row| text_of(*row).contains(name));
        let Some(row) = row else { self.fail(&format!("no row {name:?}")) };
        let link =
            row.select(&selector("a")).find(|link| text_of(*link) == label || link.attr("aria-label") == Some(label));
        let href = link.and_then(|link| link.attr("href").map(str::to_owned));
        href.unwrap_or_else(|| self.fail(&format!("no link {label:?} in row {name:?}")))
    }

    /// Whether a button with these words is there.
    pub fn has_button(&self, words: &str) -> bool {
        self.document().select(&selector("button")).any(|button| text_of(button) == words)
    }

    /// Where the form goes that has all these fields, and what it sends with them filled in.
    pub fn filled(&self, fields: &[(&str, &str)]) -> (String, Fields) {
        let document = self.document();
        let has = |form: &ElementRef, name: &str| {
            form.select(&selector("input, select, textarea")).any(|field| field.attr("name") == Some(name))
        };
        let is_ours =
            |form: &ElementRef| form.attr("method") == Some("post") && form.attr("action") != Some("/sign-out");
        let all = selector("main form");
        let mut forms = document.select(&all).filter(is_ours);
        let found = forms.find(|form| fields.iter().all(|(name, _)| has(form, name)));
        let Some(form) = found else { self.fail(&format!("no form with {fields:?}")) };
        let mut posted = form_fields(form);
        for (name, value) in fields {
            posted.retain(|(posted, _)| posted != name);
            posted.push(((*name).into(), (*value).into()));
        }
        (form.attr("action").unwrap_or(&self.path).to_owned(), posted)
    }

    /// Where the form of a button goes, and what it sends.
    pub fn button(&self, words: &str) -> (String, Fields) {
        let document = self.document();
        for form in document.select(&selector("form")) {
            if let Some(button) =
                form.select(&selector("button")).find(|b| text_of(*b) == words || b.attr("aria-label") == Some(words))
            {
                let mut posted = form_fields(form);
                if let (Some(name), Some(value)) = (button.attr("name"), button.attr("value")) {
                    posted.push((name.into(), value.into()));
                }
                let action = button.attr("formaction").or(form.attr("action")).unwrap_or(&self.path);
                return (action.to_owned(), posted);
            }
        }
        self.fail(&format!("no button {words:?}"))
    }

    /// Fails unless these words are on the page.
    #[track_caller]
    pub fn see(&self, words: &str) -> &Self {
        if !self.text().contains(words) {
            self.fail(&format!("no {words:?}"));
        }
        self
    }

    /// Fails unless the page says so as why something was not done, and tells of nothing that was.
    #[track_caller]
    pub fn see_refusal(&self, words: &str) -> &Self {
        if !self.one(".summary[role=alert]").contains(words) {
            self.fail(&format!("no refusal {words:?}"));
        }
        if !self.all(".flash").is_empty() {
            self.fail("something that was done");
        }
        self
    }

    /// Fails if these words are on the page.
    #[track_caller]
    pub fn see_no(&self, words: &str) -> &Self {
        if self.text().contains(words) {
            self.fail(&format!("there is {words:?}"));
        }
        self
    }

    /// Fails unless the browser ended at this path.
    #[track_caller]
    pub fn see_path(&self, path: &str) -> &Self {
        if self.path != path {
            self.fail(&format!("not at {path:?}"));
        }
        self
    }

    /// Fails unless the answer has this status.
    #[track_caller]
    pub fn see_status(&self, status: u16) -> &Self {
        if self.status != status {
            self.fail(&format!("not {status}"));
        }
        self
    }

    #[track_caller]
    fn fail(&self, words: &str) -> ! {
        panic!("{words} on {} ({}), which reads:\n{}", self.path, self.status, self.text())
    }
}

pub fn selector(css: &str) -> Selector {
    Selector::parse(css).unwrap()
}

/// Whether a cookie has this name, and behind it the mark of its server.
pub fn is_called(cookie: &str, name: &str) -> bool {
    let mark = cookie.strip_prefix(name).unwrap_or("?");
    mark.is_empty() || (mark.len() == 9 && mark.starts_with('-'))
}

/// What a person reads in an element; of a list to choose from, only what is chosen.
fn text_of(element: ElementRef) -> String {
    let mut words = String::new();
    for node in element.descendants() {
        let mut around = node.ancestors().take_while(|node| node.id() != element.id());
        let is_unchosen =
            |node: &Node| node.as_element().is_some_and(|e| e.name() == "option" && e.attr("selected").is_none());
        if let Some(text) = node.value().as_text()
            && !around.any(|node| is_unchosen(node.value()))
        {
            words.push_str(text);
            words.push(' ');
        }
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the fields of a form would send as they stand.
fn form_fields(form: ElementRef) -> Fields {
    let mut posted = Vec::new();
    for field in form.select(&selector("input, select, textarea")) {
        let Some(name) = field.attr("name") else { continue };
        let checkable = matches!(field.attr("type"), Some("checkbox" | "radio"));
        if checkable && field.attr("checked").is_none() {
            continue;
        }
        if let Some(value) = field_value(field) {
            posted.push((name.to_owned(), value));
        }
    }
    posted
}

fn field_value(field: ElementRef) -> Option<String> {
    match field.value().name() {
        "textarea" => Some(field.text().collect::<String>()),
        "select" => {
            let chosen = field.select(&selector("option[selected]")).next();
            let chosen = chosen.or_else(|| field.select(&selector("option")).next())?;
            Some(chosen.attr("value").unwrap_or_default().to_owned())
        }
        _ => Some(field.attr("value").unwrap_or_default().to_owned()),
    }
}
