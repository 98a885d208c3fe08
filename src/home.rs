//! `/home`: where a customer user lands: their customer, its inner customers, and who to ask.

use actix_web::HttpResponse;
use askama::Template;

use crate::auth::CustomerUser;
use crate::customers::{self, Customer};
use crate::error::Error;
use crate::users::{self, User};
use crate::web::{self, Chrome, Count};

/// Inner customers that are named; the rest is counted.
const NAMED: i64 = 50;

#[derive(Template)]
#[template(path = "home/show.html")]
struct Show {
    chrome: Chrome,
    customer: Customer,
    inner: Vec<Customer>,
    unnamed: Count,
    branch: Count,
    own: Count,
    /// Administrators who can help.
    contacts: Vec<(String, String)>,
}

/// `GET /home`
pub async fn show(person: CustomerUser, chrome: Chrome) -> Result<HttpResponse, Error> {
    let (customer, inner, sizes, contacts) = person
        .read(|t, branch| {
            let customer = customers::find(t, branch.root)?;
            let inner = customers::inner_of(t, branch.root, NAMED)?;
            let sizes = customers::branch_sizes(t, &[branch.root])?;
            let contacts: Vec<User> = users::active_administrators(t, 3)?;
            Ok::<_, Error>((customer, inner, sizes, contacts))
        })
        .await?;
    let contacts = contacts.into_iter().map(|user| (user.name(), user.email)).collect();
    web::page(&Show {
        unnamed: (customer.inner_count - inner.len() as i64).into(),
        own: customer.inner_count.into(),
        branch: (sizes.customers - 1).into(),
        customer,
        inner,
        contacts,
        chrome,
    })
}
