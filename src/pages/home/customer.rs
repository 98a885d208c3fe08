//! `/home` of a customer user, where they land: their home dashboard, or without one their customer with what it has and its
//! inner customers.

use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::base::error::Error;
use crate::base::forms::Choice;
use crate::base::text::Count;
use crate::model::customers::{self, BranchSizes, Customer};
use crate::model::dashboards::home::{self, Home};
use crate::model::dashboards::{self, Dashboard, Scope};
use crate::pages::dashboards::tiles::{Tile, tiles};
use crate::web::{self, CustomerUser, PageContext};

/// Inner customers that are named; the rest is counted.
const NAMED: i64 = 50;

#[derive(Template)]
#[template(path = "home/show.html")]
struct Show {
    context: PageContext,
    customer: Customer,
    inner: Vec<Customer>,
    unnamed: Count,
    branch: Count,
    own: Count,
    sizes: BranchSizes,
}

#[derive(Template)]
#[template(path = "home/board.html")]
struct Board {
    context: PageContext,
    dashboard: Dashboard,
    tiles: Vec<Tile>,
    /// Whether it is shown without its toolbar.
    bare: bool,
    /// What can be looked at instead.
    others: Vec<Choice>,
}

/// The home dashboard, or another one that is asked for and theirs.
///
/// # Errors
/// `NotFound` for a dashboard that is not theirs.
pub async fn show(person: CustomerUser, context: PageContext, request: HttpRequest) -> Result<HttpResponse, Error> {
    let (user, wanted) = (person.viewer.user, web::query_param(&request, "dashboard"));
    let found = person
        .read(move |t, branch| {
            let home = home::of(t, user, branch.root)?;
            let at_home = home.as_ref().map(|home| choice(&home.dashboard));
            // A home that is inherited need not be assigned to them.
            let asked = match &at_home {
                Some(choice) if choice.value == wanted => None,
                _ => home::chosen_by(t, &wanted, branch.root)?.map_err(|_| Error::NotFound)?,
            };
            let shown = match asked {
                Some(id) => Some(Home { dashboard: dashboards::find(t, id)?, bare: false }),
                None => home,
            };
            let Some(Home { dashboard, bare }) = shown else { return Ok(None) };
            let filled = dashboards::fill(t, Scope::Branch(branch.root), dashboard.widgets()?)?;
            let others = home::choices_of(t, branch.root)?.into_iter().filter(|choice| !choice.value.is_empty());
            let mut others: Vec<Choice> = others.collect();
            if let Some(home) = at_home
                && !others.is_empty()
                && !others.contains(&home)
            {
                others.insert(0, home);
            }
            Ok::<_, Error>(Some((dashboard, bare, filled, others)))
        })
        .await?;
    let Some((dashboard, bare, filled, others)) = found else { return plain(person, context).await };
    let tiles = tiles(&context, filled, false);
    web::page(&Board { dashboard, tiles, bare, others, context })
}

fn choice(dashboard: &Dashboard) -> Choice {
    Choice::new(dashboard.id.to_string(), &dashboard.title)
}

/// The home of those who have no home dashboard.
async fn plain(person: CustomerUser, context: PageContext) -> Result<HttpResponse, Error> {
    let (customer, inner, sizes) = person
        .read(|t, branch| {
            let customer = customers::find(t, branch.root)?;
            let inner = match customer.counts.inner_customers {
                0 => Vec::new(),
                _ => customers::inner_of(t, branch.root, NAMED)?,
            };
            let sizes = customers::branch_size(t, &customer)?;
            Ok::<_, Error>((customer, inner, sizes))
        })
        .await?;
    web::page(&Show {
        unnamed: (customer.counts.inner_customers - inner.len() as i64).into(),
        own: customer.counts.inner_customers.into(),
        branch: (sizes.customers - 1).into(),
        sizes,
        customer,
        inner,
        context,
    })
}
