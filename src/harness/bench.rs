//! The Customers page without a database: what the benchmark compares the whole request with. Nothing of the product uses
//! it.

use std::net::TcpListener;
use std::rc::Rc;

use actix_web::middleware::{Compress, from_fn};
use actix_web::{HttpRequest, HttpResponse, HttpServer, web};

use crate::base::error::Error;
use crate::base::id::Id;
use crate::base::list::TotalCount;
use crate::base::text::Count;
use crate::model::customers::contact::ContactDetails;
use crate::model::customers::{Customer, CustomerCounts, SPEC};
use crate::model::sessions::viewer::Viewer;
use crate::pages::customers::index::{Found, show_index};
use crate::web::state::AppState;
use crate::web::{PageContext, frame, list_query};

/// Serves the page at `/customers`, to everybody and with 25 rows that were made up, through what wraps every page but
/// the session.
pub fn serve_page(app: AppState, listener: TcpListener) -> std::io::Result<actix_web::dev::Server> {
    let factory = move || {
        let service = web::scope("").wrap(Compress::default()).route("/customers", web::get().to(index));
        actix_web::App::new().app_data(web::Data::new(app.clone())).wrap(from_fn(frame)).service(service)
    };
    Ok(HttpServer::new(factory).listen(listener)?.tcp_nodelay(true).run())
}

async fn index(mut context: PageContext, request: HttpRequest) -> Result<HttpResponse, Error> {
    let list = list_query(&SPEC, &request);
    context.viewer = Some(Rc::new(viewer(&context)));
    let rows = (0..=list.size).map(|n| customer(&context, n)).collect();
    let found = Found {
        slice: list.slice(rows),
        matches: TotalCount::Exactly(65_000),
        paths: Default::default(),
        totals: (Count(65_000), Count(100_000)),
        under_way: Vec::new(),
    };
    show_index(context, &list, found)
}

fn viewer(context: &PageContext) -> Viewer {
    Viewer {
        has_jobs: false,
        session: "0".repeat(64),
        since: context.now,
        tenant: Id::new(context.now),
        tenant_title: "Northwind Grid".into(),
        user: Id::new(context.now),
        customer: None,
        email: "ada@northwind.example".into(),
        name: "Ada Byron".into(),
        impersonation: None,
    }
}

fn customer(context: &PageContext, n: u32) -> Customer {
    Customer {
        id: Id::new(context.now),
        parent_id: None,
        title: format!("Harbour Water {n}"),
        description: "Water in and around Bergen".into(),
        contact: ContactDetails {
            country: "NO".into(),
            city: "Bergen".into(),
            email: format!("office@harbour-water-{n}.example"),
            ..ContactDetails::default()
        },
        counts: CustomerCounts { users: 3, inner_customers: 2, devices: 40, assets: 6 },
        home_dashboard_id: None,
        hide_home_toolbar: false,
        version: 1,
        created_at: context.now,
        created_by: None,
        updated_at: context.now,
        updated_by: None,
    }
}
