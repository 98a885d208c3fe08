//! `/audit`, and the same under a customer, user, device or asset: the log of the tenant, or of one of them; `/audit/{id}`:
//! one entry.

use std::collections::HashSet;

use actix_web::{HttpRequest, HttpResponse, web::Path};
use askama::Template;

use crate::base::error::Error;
use crate::base::forms::Choice;
use crate::base::id::Id;
use crate::base::list::{Chip, Key, ListQuery, ListView};
use crate::base::text::{Count, uncapitalized};
use crate::base::time::{FormattedTime, written_day};
use crate::model::audit_log::filters::{Filters, SPEC};
use crate::model::audit_log::listing::{self, Found, Listed};
use crate::model::audit_log::subjects::still_there;
use crate::model::inventory;
use crate::pages::audit_log::export;
use crate::pages::audit_log::links::subject_path;
use crate::pages::audit_log::whose::{Reading, Whose, of_customer, of_item, of_tenant, of_user};
use crate::tenancy::audit::{Action, Kind};
use crate::web::path::parse_id;
use crate::web::{self, Crumb, PageContext, TenantAdmin, zone_of};

/// An entry as shown.
pub struct Row {
    pub path: String,
    pub when: FormattedTime,
    pub actor: String,
    /// Their address, and the list of what they did.
    pub by: Option<(String, String)>,
    /// What they did.
    pub said: String,
    /// To what, and where that is.
    pub title: String,
    pub href: Option<String>,
    pub address: String,
    pub browser: String,
    pub agent: String,
    /// Field, before, after.
    pub changes: Vec<(String, String, String)>,
    /// What else is to be known of it: a label and a value.
    pub facts: Vec<(String, String)>,
    /// How many that are, in words.
    pub fields: String,
    /// Whether it names several things, on its own page.
    pub names: bool,
    /// Whether there was something before, and after.
    pub sides: (bool, bool),
}

impl Row {
    fn new(context: &PageContext, entry: Listed, there: &HashSet<Id<()>>) -> Self {
        let (action, kind): (Option<Action>, Option<Kind>) = (entry.action.parse().ok(), entry.kind.parse().ok());
        let (mut changes, mut facts) = (Vec::new(), Vec::new());
        for (label, before, after) in entry.changes() {
            match before {
                Some(before) => changes.push((label, before, after)),
                None => facts.push((label, after)),
            }
        }
        let said = action.map_or_else(|| entry.action.clone(), |action| action.phrase().to_owned());
        let to_oneself = action.is_some_and(Action::is_to_oneself);
        let object = match (kind, entry.subject_id) {
            _ if to_oneself => String::new(),
            // What a job is called says what it does: "finished deleting Acme".
            (Some(Kind::Job), Some(_)) => String::new(),
            (Some(kind), None) => format!(" {} {}", Count::from(entry.n), kind.several()),
            (Some(kind), Some(_)) => format!(" {}", kind.phrase()),
            (None, _) => format!(" {}", entry.kind),
        };
        let href = entry.subject_id.filter(|id| there.contains(id)).and_then(|id| subject_path(kind?, id));
        let by = entry.actor_id.is_some().then(|| {
            let query =
                url::form_urlencoded::Serializer::new(String::new()).append_pair("who", &entry.actor_key).finish();
            (entry.actor_key.clone(), format!("/audit?{query}"))
        });
        Self {
            path: format!("/audit/{}", entry.id),
            when: context.time(entry.at),
            said: format!("{said}{object}"),
            title: match kind {
                _ if to_oneself => String::new(),
                Some(Kind::Job) => uncapitalized(&entry.title),
                _ => entry.title,
            },
            href,
            by,
            browser: crate::pages::users::agent_label(&entry.agent),
            sides: (
                changes.iter().any(|(_, was, _)| !was.is_empty()),
                action != Some(Action::Delete) || changes.iter().any(|(_, _, is)| !is.is_empty()),
            ),
            fields: match changes.len() as u64 {
                0 => Count(facts.len() as u64).of("detail", "details"),
                n => Count(n).of("field", "fields"),
            },
            changes,
            facts,
            names: entry.names,
            actor: entry.actor,
            address: entry.address,
            agent: entry.agent,
        }
    }
}

#[derive(Template)]
#[template(path = "audit_log/index.html")]
struct Index {
    context: PageContext,
    whose: Whose,
    list: ListView,
    rows: Vec<Row>,
    who: String,
    chips: Vec<Chip>,
    kinds: Vec<Choice>,
    kind: String,
    actions: Vec<Choice>,
    action: String,
    from: String,
    to: String,
    /// Periods that are often asked for, and the list of each.
    periods: Vec<(&'static str, String)>,
    /// Where the list is as a file.
    export: String,
    /// Where the search goes on, when it has not looked at all entries.
    further: Option<String>,
}

#[derive(Template)]
#[template(path = "audit_log/show.html")]
struct Show {
    context: PageContext,
    crumbs: Vec<Crumb>,
    row: Row,
    names: Vec<String>,
    count: Count,
}

fn choices(any: &'static str, all: impl Iterator<Item = (&'static str, &'static str)>) -> Vec<Choice> {
    let named = all.map(|(name, label)| Choice::new(name, label));
    std::iter::once(Choice::new("", any)).chain(named).collect()
}

async fn show_log(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    whose: Reading,
) -> Result<HttpResponse, Error> {
    let (list, zone) = (web::list_query(&SPEC, &request), zone_of(&request));
    let asked = list.clone();
    let read = admin.tenant.read(move |t| {
        let (whose, of) = whose(t)?;
        let found = listing::list(t, &asked, &Filters::of(&asked, of, &zone))?;
        let there = still_there(t, &found.slice.rows)?;
        Ok::<_, Error>((whose, found, there))
    });
    let (whose, found, there) = read.await?;
    web::page(&Index::new(context, whose, &list, found, &there))
}

/// The filters in force, in words. What cannot be read narrows nothing, and is not among them.
fn chips(list: &ListQuery) -> Vec<Chip> {
    let typed = |name: &str| list.filter(name).map(str::trim).filter(|typed| !typed.is_empty());
    let day = |name: &str| typed(name).and_then(written_day);
    let words = [
        ("who", typed("who").map(|who| format!("By {who}"))),
        ("kind", typed("kind").and_then(|kind| kind.parse::<Kind>().ok()).map(|kind| kind.label().to_owned())),
        (
            "action",
            typed("action").and_then(|action| action.parse::<Action>().ok()).map(|action| action.label().to_owned()),
        ),
        ("from", day("from").map(|day| format!("From {day}"))),
        ("to", day("to").map(|day| format!("To {day}"))),
    ];
    words.into_iter().filter_map(|(name, words)| Some(Chip::new(list, words?, &[name]))).collect()
}

fn periods(list: &ListQuery, context: &PageContext) -> Vec<(&'static str, String)> {
    let since = |days| list.url_with(&["from", "to"], &[("from", context.days_before(days))]);
    [("Today", 0), ("Last 7 days", 6), ("Last 30 days", 29)].map(|(label, days)| (label, since(days))).into()
}

impl Index {
    fn new(context: PageContext, whose: Whose, list: &ListQuery, found: Found, there: &HashSet<Id<()>>) -> Self {
        let Found { slice, matches, further } = found;
        let place = |row: &Listed| (Key::Id, *row.id.as_bytes());
        let view = ListView::new(&SPEC, list, &slice, matches, place);
        let seen = slice.start.saturating_add(slice.rows.len() as u64);
        let set = |name: &str| list.filter(name).unwrap_or_default().to_owned();
        let query = list.url("-created", None, None);
        let query = query.split_once('?').map(|(_, query)| format!("?{query}")).unwrap_or_default();
        let further_back = further.map(|id| list.seek_url("after", seen, Key::Id, *id.as_bytes()));
        Self {
            whose,
            rows: slice.rows.into_iter().map(|entry| Row::new(&context, entry, there)).collect(),
            who: set("who"),
            kinds: choices("All items", Kind::ALL.iter().map(|kind| (kind.name(), kind.label()))),
            kind: set("kind"),
            actions: choices("Any action", Action::ALL.iter().map(|action| (action.name(), action.label()))),
            action: set("action"),
            from: set("from"),
            to: set("to"),
            periods: periods(list, &context),
            chips: chips(list),
            export: format!("{}/export{query}", list.path),
            further: further_back,
            list: view,
            context,
        }
    }
}

/// `GET /audit`
pub async fn index(admin: TenantAdmin, context: PageContext, request: HttpRequest) -> Result<HttpResponse, Error> {
    show_log(admin, context, request, of_tenant()).await
}

/// `GET /customers/{id}/audit`
pub async fn customer(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Error> {
    show_log(admin, context, request, of_customer(&id)?).await
}

/// `GET /users/{id}/audit`
pub async fn user(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Error> {
    show_log(admin, context, request, of_user(&id)?).await
}

/// `GET /devices/{id}/audit`, `GET /assets/{id}/audit`
pub async fn item(
    admin: TenantAdmin,
    kind: inventory::Kind,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Error> {
    show_log(admin, context, request, of_item(kind, &id)?).await
}

/// `GET /audit/{id}`
pub async fn show(admin: TenantAdmin, context: PageContext, id: Path<String>) -> Result<HttpResponse, Error> {
    let id = parse_id(&id)?;
    let read = admin.tenant.read(move |t| {
        let (entry, names) = listing::find(t, id)?;
        let there = still_there(t, std::slice::from_ref(&entry))?;
        Ok::<_, Error>((entry, names, there))
    });
    let (entry, names, there) = read.await?;
    let (row, count) = (Row::new(&context, entry, &there), Count(names.len() as u64));
    web::page(&Show { crumbs: vec![Crumb::new("Audit log", "/audit")], row, names, count, context })
}

async fn export_log(admin: TenantAdmin, request: HttpRequest, whose: Reading) -> Result<HttpResponse, Error> {
    let (_, of) = admin.tenant.read(whose).await?;
    let list = web::list_query(&SPEC, &request);
    Ok(export::stream(admin.tenant, Filters::of(&list, of, &zone_of(&request))))
}

/// `GET /audit/export`
pub async fn export(admin: TenantAdmin, request: HttpRequest) -> Result<HttpResponse, Error> {
    export_log(admin, request, of_tenant()).await
}

/// `GET /customers/{id}/audit/export`
pub async fn export_of_customer(
    admin: TenantAdmin,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Error> {
    export_log(admin, request, of_customer(&id)?).await
}

/// `GET /users/{id}/audit/export`
pub async fn export_of_user(admin: TenantAdmin, request: HttpRequest, id: Path<String>) -> Result<HttpResponse, Error> {
    export_log(admin, request, of_user(&id)?).await
}

/// `GET /devices/{id}/audit/export`, `GET /assets/{id}/audit/export`
pub async fn export_of_item(
    admin: TenantAdmin,
    kind: inventory::Kind,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Error> {
    export_log(admin, request, of_item(kind, &id)?).await
}
