//! Whether a page is HTML as the standard has it (https://html.spec.whatwg.org): what a parser of browsers says of it, and what no
//! parser looks at: ids, what refers to them, and which elements may stand in which.

use std::collections::BTreeSet;

use scraper::{ElementRef, Html};

use super::page::{Page, selector};

/// Attributes whose words are ids of elements on the page.
const REFERENCES: [&str; 8] =
    ["for", "list", "form", "headers", "aria-labelledby", "aria-describedby", "aria-controls", "popovertarget"];

/// Elements that take only some others as their children.
const CHILDREN: [(&str, &[&str]); 6] = [
    ("ul", &["li"]),
    ("ol", &["li"]),
    ("dl", &["dt", "dd", "div"]),
    ("select", &["option", "optgroup", "hr"]),
    ("tr", &["td", "th"]),
    ("tbody", &["tr"]),
];

/// What is done with a click; none of it stands in another.
const INTERACTIVE: &str = "a[href], button, input:not([type=hidden]), select, textarea, summary";

impl Page {
    /// Everything about it that is no valid HTML.
    pub fn faults(&self) -> Vec<String> {
        let document = Html::parse_document(&self.html);
        let mut faults: Vec<String> = document.errors.iter().map(|error| format!("parser: {error}")).collect();
        let (mut ids, everything) = (BTreeSet::new(), selector("*"));
        for id in document.select(&everything).filter_map(|element| element.attr("id")) {
            if id.is_empty() || id.contains(char::is_whitespace) || !ids.insert(id) {
                faults.push(format!("id {id:?} is empty, has white space, or comes twice"));
            }
        }
        for element in document.select(&everything) {
            faults.extend(faults_of(element, &ids));
        }
        if document.select(&selector("h1")).count() != 1 {
            faults.push("not one h1".into());
        }
        faults
    }
}

fn faults_of(element: ElementRef, ids: &BTreeSet<&str>) -> Vec<String> {
    let (tag, mut faults) = (element.value().name(), Vec::new());
    let missing = |id: &&str| !ids.contains(id);
    for name in REFERENCES {
        let lost: Vec<&str> = element.attr(name).unwrap_or_default().split_whitespace().filter(missing).collect();
        if !lost.is_empty() {
            faults.push(format!("{name} of <{tag}> names {lost:?}, which is not there"));
        }
    }
    if let Some((_, allowed)) = CHILDREN.iter().find(|(parent, _)| *parent == tag) {
        let others: BTreeSet<&str> =
            element.child_elements().map(|child| child.value().name()).filter(|name| !allowed.contains(name)).collect();
        if !others.is_empty() {
            faults.push(format!("<{tag}> has {others:?}"));
        }
    }
    if ["a", "button", "summary"].contains(&tag) {
        let inner: Vec<&str> = element.select(&selector(INTERACTIVE)).map(|inner| inner.value().name()).collect();
        if !inner.is_empty() {
            faults.push(format!("<{tag}> has {inner:?} in it"));
        }
    }
    let digits = element.attr("datetime").and_then(|time| time.split_once('.')).map_or(0, |(_, rest)| rest.len() - 1);
    if tag == "time" && digits > 3 {
        faults.push(format!("datetime {:?}", element.attr("datetime")));
    }
    faults
}
