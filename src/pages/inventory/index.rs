//! `/devices`, `/customers/{id}/devices`, and the same for assets.

use actix_web::{HttpRequest, HttpResponse, web::Path};
use askama::Template;

use crate::base::error::Error;
use crate::base::forms::Choice;
use crate::base::id::CustomerId;
use crate::base::list::{Chip, ListQuery, ListView};
use crate::base::text::{self, Count};
use crate::base::time::FormattedTime;
use crate::model::customers::{self, Owner, customer_picker};
use crate::model::inventory::listing::{CUSTOMER_SPEC, Found, OWN_SPEC};
use crate::model::inventory::{self, Filter, Item, Kind, SPEC, Scope, Titled, types};
use crate::pages::customers::head::{Head, head};
use crate::pages::inventory::portal;
use crate::services::jobs::{self, UnderWay};
use crate::tenancy::TenantConn;
use crate::web::path::parse_id;
use crate::web::state::AppState;
use crate::web::{self, PageContext, Reader, TenantAdmin};

/// A row of a list of items.
pub struct Row {
    pub item: Item,
    pub path: String,
    /// The customer that it is assigned to: address and title.
    pub customer: Option<(String, String)>,
    pub created: FormattedTime,
}

impl Row {
    /// How an item is shown in a list.
    pub fn new(context: &PageContext, kind: Kind, (item, owner): Titled) -> Self {
        Self {
            path: kind.path(item.id),
            customer: item.customer_id.map(customers::path).zip(owner.and_then(Owner::shown)),
            created: context.time(item.created_at),
            item,
        }
    }
}

/// The filter by type: a list while there are few types, else one is typed.
pub struct TypeFilter {
    pub typed: String,
    pub choices: Option<Vec<Choice>>,
    pub suggestions: String,
}

/// More types than this are no list to choose from.
const FEW_TYPES: usize = 100;

impl TypeFilter {
    /// The filter as it stands in a list.
    pub fn of(t: &mut TenantConn, kind: Kind, list: &ListQuery) -> Result<Self, Error> {
        let typed = list.filter("type").unwrap_or_default().to_owned();
        let known = types::first(t, kind, FEW_TYPES + 1)?;
        let key = text::same(&typed);
        let choices = (known.len() <= FEW_TYPES).then(|| {
            let choice = |name: &str| Choice::new(if text::same(name) == key { &typed } else { name }, name);
            let mut choices = vec![Choice::new("", "Any type")];
            choices.extend(known.iter().map(|one| choice(&one.name)));
            if !choices.iter().any(|choice| choice.value == typed) {
                choices.push(choice(&typed));
            }
            choices
        });
        Ok(Self { typed, choices, suggestions: format!("{}/types", kind.list_path()) })
    }

    /// Says which type is asked for, if any.
    pub fn chip(&self, list: &ListQuery) -> Option<Chip> {
        (!self.typed.is_empty()).then(|| Chip::new(list, format!("Type: {}", self.typed), &["type"]))
    }
}

/// What the list of all is narrowed to, as the address says it.
struct Asked {
    /// `None`: to a customer that there is not.
    scope: Option<Scope>,
    customer: String,
    /// Whether the customer was left out: what is not assigned has none.
    without_customer: bool,
    chips: Vec<Chip>,
}

fn asked(t: &mut TenantConn, list: &ListQuery) -> Result<Asked, Error> {
    let typed = crate::base::list::searched(list.filter("customer").unwrap_or_default());
    let inner = list.filter("inner") == Some("yes");
    let mut asked =
        Asked { scope: Some(Scope::Tenant), customer: typed.clone(), without_customer: false, chips: Vec::new() };
    if list.filter("assigned") == Some("no") {
        asked.scope = Some(Scope::NotAssigned);
        asked.without_customer = !typed.is_empty();
        asked.chips.push(Chip::new(list, "Not assigned".into(), &["assigned"]));
        return Ok(asked);
    }
    match customer_picker::chosen(t, &typed, "customer")? {
        Ok(None) => return Ok(asked),
        Ok(Some(id)) => {
            asked.customer = customers::find(t, id)?.title;
            asked.scope = Some(if inner { Scope::Branch(id) } else { Scope::Customer(id) });
        }
        Err(_) => asked.scope = None,
    }
    asked.chips.push(Chip::new(list, format!("Customer: {}", asked.customer), &["customer", "inner"]));
    if inner {
        asked.chips.push(Chip::new(list, "Its inner customers included".into(), &["inner"]));
    }
    Ok(asked)
}

/// Whose items the list of all is about, as the address says it; `None` when there is no such customer.
pub fn asked_scope(t: &mut TenantConn, list: &ListQuery) -> Result<Option<Scope>, Error> {
    Ok(asked(t, list)?.scope)
}

/// Whose items a bulk action is about when it is about all that match: as its form says it.
///
/// # Errors
/// `NotFound` when there is no such customer.
pub fn scope_of(t: &mut TenantConn, field: impl Fn(&'static str) -> String) -> Result<Option<Scope>, Error> {
    if field("assigned") == "no" {
        return Ok(Some(Scope::NotAssigned));
    }
    let inside = field("inside");
    let id = if inside.is_empty() {
        match customer_picker::chosen(t, &crate::base::list::searched(&field("customer")), "customer")? {
            Ok(None) => return Ok(Some(Scope::Tenant)),
            Ok(Some(id)) => id,
            Err(_) => return Ok(None),
        }
    } else {
        let id: CustomerId = parse_id(&inside)?;
        customers::find(t, id)?.id
    };
    Ok(Some(if field("inner") == "yes" { Scope::Branch(id) } else { Scope::Customer(id) }))
}

#[derive(Template)]
#[template(path = "inventory/index.html")]
struct Index {
    context: PageContext,
    kind: Kind,
    list: ListView,
    rows: Vec<Row>,
    subtitle: String,
    types: TypeFilter,
    customer: String,
    inner: bool,
    not_assigned: bool,
    without_customer: bool,
    chips: Vec<Chip>,
    /// The form of a bulk action says which list it is about.
    hidden: Vec<(&'static str, String)>,
    under_way: Vec<UnderWay>,
}

/// `GET /devices`, `GET /assets`
pub async fn index(
    reader: Reader,
    kind: Kind,
    context: PageContext,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    match reader {
        Reader::Admin(admin) => of_tenant(admin, kind, context, request).await,
        Reader::User(person) => portal::index(person, kind, context, request).await,
    }
}

async fn of_tenant(
    admin: TenantAdmin,
    kind: Kind,
    context: PageContext,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let list = web::list_query(&SPEC, &request);
    let query = list.clone();
    let registry = AppState::of(&request).jobs.clone();
    let (asked, types, found, (all, free), under_way) = admin
        .tenant
        .read(move |t| {
            let asked = asked(t, &query)?;
            let types = TypeFilter::of(t, kind, &query)?;
            let found = match asked.scope {
                Some(scope) => {
                    let of = Filter::new(kind, scope, &types.typed, &query.q);
                    inventory::list(t, query, &of)?
                }
                None => Found::nothing(query),
            };
            let totals = (t.total(kind.total())?, t.total(kind.total_not_assigned())?);
            Ok::<_, Error>((asked, types, found, totals, jobs::under_way(t, &registry, kind.list_path())?))
        })
        .await?;
    let view = found.view(&SPEC).exported(&list);
    let mut subtitle = kind.count(all);
    if free > 0 {
        subtitle = format!("{subtitle}, {} not assigned", Count::from(free));
    }
    let mut chips = asked.chips;
    chips.extend(types.chip(&list));
    web::page(&Index {
        rows: found.slice.rows.into_iter().map(|row| Row::new(&context, kind, row)).collect(),
        customer: asked.customer,
        without_customer: asked.without_customer,
        inner: list.filter("inner") == Some("yes"),
        not_assigned: list.filter("assigned") == Some("no"),
        hidden: list.carried(),
        under_way,
        list: view,
        kind,
        subtitle,
        types,
        chips,
        context,
    })
}

#[derive(Template)]
#[template(path = "inventory/of_customer.html")]
struct OfCustomer {
    context: PageContext,
    kind: Kind,
    head: Head,
    list: ListView,
    rows: Vec<Row>,
    /// In its branch.
    all: Count,
    own: Count,
    /// Of none, to be assigned.
    free: Count,
    types: TypeFilter,
    inner: bool,
    chips: Vec<Chip>,
    hidden: Vec<(&'static str, String)>,
    under_way: Vec<UnderWay>,
}

/// `GET /customers/{id}/devices`, `GET /customers/{id}/assets`
pub async fn of_customer(
    admin: TenantAdmin,
    kind: Kind,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Error> {
    let id: CustomerId = parse_id(&id)?;
    let mut list = web::list_query(&CUSTOMER_SPEC, &request);
    let inner = list.filter("inner") == Some("yes");
    let spec = if inner { &CUSTOMER_SPEC } else { &OWN_SPEC };
    if !inner {
        list = web::list_query(spec, &request);
    }
    let query = list.clone();
    let registry = AppState::of(&request).jobs.clone();
    let (head, types, found, (all, free), under_way) = admin
        .tenant
        .read(move |t| {
            let head = head(t, id, kind.several())?;
            let types = TypeFilter::of(t, kind, &query)?;
            let scope = if inner { Scope::Branch(id) } else { Scope::Customer(id) };
            let of = Filter::new(kind, scope, &types.typed, &query.q);
            let all = head.in_branch(kind);
            let own = kind.count_of(&head.customer);
            let found = inventory::listing::page(t, query, &of, if inner { all } else { own })?;
            let totals = (all, t.total(kind.total_not_assigned())?);
            Ok::<_, Error>((head, types, found, totals, jobs::under_way(t, &registry, kind.list_path())?))
        })
        .await?;
    let view = found.view(spec).exported(&list);
    let mut hidden = list.carried();
    hidden.push(("inside", id.to_string()));
    web::page(&OfCustomer {
        rows: found.slice.rows.into_iter().map(|row| Row::new(&context, kind, row)).collect(),
        own: kind.count_of(&head.customer).into(),
        chips: types.chip(&list).into_iter().collect(),
        list: view,
        all: all.into(),
        free: free.into(),
        under_way,
        kind,
        head,
        types,
        inner,
        hidden,
        context,
    })
}
