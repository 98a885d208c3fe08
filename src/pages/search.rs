//! `/search`: the first few customers, users, devices, assets, dashboards and pages that match, each kind with the way to
//! all of them.

use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use url::form_urlencoded::Serializer;

use crate::base::error::Error;
use crate::base::list::{ListQuery, ListSpec, Slice, TotalCount, searched};
use crate::base::text::{self, Count};
use crate::model::customers::listing::{self, Level};
use crate::model::customers::{self, Owner};
use crate::model::dashboards::Dashboard;
use crate::model::dashboards::listing::{self as dashboards, Whose};
use crate::model::inventory::{self, Filter, Kind, Scope};
use crate::model::users;
use crate::tenancy::TenantConn;
use crate::web::{self, PageContext, TenantAdmin};

/// Of each kind so many are shown.
const SHOWN: u32 = 5;

/// Something that was found.
struct Hit {
    name: String,
    path: String,
    /// What tells it from others that are called so.
    about: String,
}

/// What was found of one kind.
struct Candidates {
    title: &'static str,
    icon: &'static str,
    hits: Vec<Hit>,
    /// The way to all that match: words and address, where there may be more.
    all: (String, Option<String>),
}

#[derive(Template)]
#[template(path = "search/index.html")]
struct Index {
    context: PageContext,
    q: String,
    groups: Vec<Candidates>,
    /// Whether of users only beginnings were looked at.
    beginnings: bool,
}

/// `GET /search`
pub async fn index(admin: TenantAdmin, context: PageContext, request: HttpRequest) -> Result<HttpResponse, Error> {
    let q = searched(&web::query_param(&request, "q"));
    let term = q.clone();
    let look = move |t: &mut TenantConn| {
        let groups = if term.is_empty() { Vec::new() } else { found(t, &term)? };
        Ok::<_, Error>((groups, users::are_many(t)?))
    };
    let (groups, beginnings) = admin.tenant.read(look).await?;
    // From the search in the frame, what is called just so is opened.
    if !web::query_param(&request, "open").is_empty()
        && let [only] = groups.iter().flat_map(|group| &group.hits).collect::<Vec<_>>().as_slice()
        && text::same(&only.name) == text::same(&q)
    {
        return Ok(web::see_other(&only.path));
    }
    web::page(&Index { context, q, groups, beginnings })
}

fn found(t: &mut TenantConn, q: &str) -> Result<Vec<Candidates>, Error> {
    let groups = [
        found_customers(t, q)?,
        found_users(t, q)?,
        found_items(t, Kind::Device, q)?,
        found_items(t, Kind::Asset, q)?,
        found_dashboards(t, q)?,
        found_pages(q),
    ];
    Ok(groups.into_iter().filter(|group| !group.hits.is_empty()).collect())
}

/// The beginning of a list that is searched.
fn beginning(spec: &ListSpec, path: &str, q: &str) -> ListQuery {
    let query = Serializer::new(String::new()).append_pair("q", q).finish();
    let mut list = ListQuery::parse(spec, path, &query, None);
    list.size = SHOWN;
    list
}

/// The way to all of a list that match, with their number where it is known.
fn all<T>(list: &ListQuery, several: &str, slice: &Slice<T>, matches: TotalCount) -> (String, Option<String>) {
    let n = match matches {
        TotalCount::Exactly(_) if slice.more.1 => format!("{matches} "),
        _ => String::new(),
    };
    (format!("All {n}{several} that match"), Some(list.url(&list.sort(), None, None)))
}

fn found_customers(t: &mut TenantConn, q: &str) -> Result<Candidates, Error> {
    let list = beginning(&customers::SPEC, "/customers", q);
    let (slice, matches) = listing::list(t, &list, Level::Top)?;
    let all = all(&list, "customers", &slice, matches);
    let ids: Vec<_> = slice.rows.iter().map(|customer| customer.id).collect();
    let ways = customers::paths_of(t, &ids)?;
    let hit = |customer: customers::Customer| {
        let above = ways.get(&customer.id).and_then(|way| way.split_last()).map_or(&[][..], |(_, above)| above);
        let about = above.iter().map(|step| step.title.as_str()).collect::<Vec<_>>().join(" / ");
        Hit { path: customer.path(), about, name: customer.title }
    };
    Ok(Candidates { title: "Customers", icon: "building", hits: slice.rows.into_iter().map(hit).collect(), all })
}

fn found_users(t: &mut TenantConn, q: &str) -> Result<Candidates, Error> {
    let mut found = users::matching(t, q, i64::from(SHOWN) + 1)?;
    let more = found.len() > SHOWN as usize;
    found.truncate(SHOWN as usize);
    let of: Vec<_> = found.iter().filter_map(|user| user.role().customer()).collect();
    let titles = customers::titles_of(t, &of)?;
    let hit = |user: users::User| {
        let whose = user.role().customer().map_or("Administrator", |id| titles.get(&id).map_or("", String::as_str));
        let name = user.name();
        let about = if name == user.email { whose.to_owned() } else { format!("{}, {whose}", user.email) };
        Hit { name, path: user.path(), about }
    };
    let hits = found.into_iter().map(hit).collect();
    let list = beginning(&users::TENANT_SPEC, "/users", q);
    let all = if more {
        ("All users that match".into(), Some(list.url(&list.sort(), None, None)))
    } else {
        Default::default()
    };
    Ok(Candidates { title: "Users", icon: "users", hits, all })
}

fn found_items(t: &mut TenantConn, kind: Kind, q: &str) -> Result<Candidates, Error> {
    let list = beginning(&inventory::SPEC, kind.list_path(), q);
    let found = inventory::list(t, list, &Filter::new(kind, Scope::Tenant, "", q))?;
    let all = all(&found.list, kind.several(), &found.slice, found.matches);
    let hit = |(item, owner): inventory::Titled| {
        let whose = owner.and_then(Owner::shown).unwrap_or_else(|| "not assigned".into());
        Hit { path: kind.path(item.id), about: format!("{}, {whose}", item.type_name), name: item.name }
    };
    Ok(Candidates {
        title: kind.title(),
        icon: kind.icon(),
        hits: found.slice.rows.into_iter().map(hit).collect(),
        all,
    })
}

fn found_dashboards(t: &mut TenantConn, q: &str) -> Result<Candidates, Error> {
    let list = beginning(&dashboards::SPEC, "/dashboards", q);
    let (slice, matches) = dashboards::list(t, &list, Whose::All)?;
    let all = all(&list, "dashboards", &slice, matches);
    let about = |n: i64| match Count::from(n) {
        Count(0) => "assigned to no customer".to_owned(),
        n => format!("assigned to {}", n.of("customer", "customers")),
    };
    let hit = |found: Dashboard| Hit { path: found.path(), about: about(found.customers_count), name: found.title };
    Ok(Candidates { title: "Dashboards", icon: "dashboard", hits: slice.rows.into_iter().map(hit).collect(), all })
}

/// Pages that are found by their names.
const PAGES: [(&str, &str); 16] = [
    ("Home", "/home"),
    ("Customers", "/customers"),
    ("Users", "/users"),
    ("Devices", "/devices"),
    ("Assets", "/assets"),
    ("Dashboards", "/dashboards"),
    ("Imports", "/imports"),
    ("Administrators", "/administrators"),
    ("Audit log", "/audit"),
    ("Account", "/account"),
    ("Help", "/help"),
    ("Add customer", "/customers/new"),
    ("Add device", "/devices/new"),
    ("Add asset", "/assets/new"),
    ("Add dashboard", "/dashboards/new"),
    ("Add administrator", "/administrators/new"),
];

/// Pages of whose names each word that is searched for begins one, in any order.
fn found_pages(q: &str) -> Candidates {
    let words = text::folded(q);
    let holds = |name: &str| {
        let name = text::folded(name);
        words.split_whitespace().all(|word| name.split(' ').any(|part| part.starts_with(word)))
    };
    let hits = PAGES.into_iter().filter(|(name, _)| holds(name));
    let hits = hits.map(|(name, path)| Hit { name: name.into(), path: path.into(), about: String::new() });
    Candidates { title: "Pages", icon: "chevron-right", hits: hits.collect(), all: Default::default() }
}
