//! Rows of users: what each means, what would become of it, and doing it. The rules are those of the form.

use std::collections::{BTreeSet, HashMap};

use crate::base::error::{Error, Refused};
use crate::base::id::CustomerId;
use crate::base::text::{self, Count};
use crate::model::customers;
use crate::model::customers::contact::{EMAIL_NAMES, PHONE_NAMES};
use crate::model::imports::columns::{CUSTOMER_NAMES, DESCRIPTION_NAMES};
use crate::model::imports::customer_cells::CustomerCells;
use crate::model::imports::{Column, Outcome, Plan, Row};
use crate::model::users::invite::{count_mail, mail_wait};
use crate::model::users::{self, InvitationMailer, Refusal, Role, User, UserDraft, UserForm, mail_invitation, store};
use crate::tenancy::TenantConn;

/// The columns of a user.
pub const COLUMNS: &[Column] = &[
    Column::new("email", "Email").or(EMAIL_NAMES),
    Column::new("first_name", "First name").or(&["firstname", "givenname", "forename", "first", "vorname"]),
    Column::new("last_name", "Last name").or(&["lastname", "surname", "familyname", "last", "nachname"]),
    Column::new("phone", "Phone").or(PHONE_NAMES),
    Column::new("description", "Description").or(DESCRIPTION_NAMES),
    Column::new("customer", "Customer").or(CUSTOMER_NAMES),
];
const CUSTOMER: usize = 5;

/// What the rows of a slice name, looked up together.
struct Found {
    stored: HashMap<String, User>,
    customers: CustomerCells,
    /// The customers of those who are stored.
    titles: HashMap<CustomerId, String>,
}

/// Says what becomes of each row, and does it if the plan says so.
///
/// # Errors
/// then nothing of the transaction counts.
pub fn rows(t: &mut TenantConn, mailer: &InvitationMailer, plan: &Plan, rows: &[Row]) -> Result<Vec<Outcome>, Error> {
    let addresses: BTreeSet<String> = rows.iter().filter_map(|row| row.cell(0)).map(text::address_key).collect();
    let customers = CustomerCells::look_up(t, rows.iter().filter_map(|row| row.cell(CUSTOMER)))?;
    let stored = store::find_by_addresses(t, &addresses.into_iter().collect::<Vec<_>>())?;
    let theirs: BTreeSet<_> = stored.values().filter_map(|user| user.role().customer()).collect();
    let titles = customers::titles_of(t, &theirs.into_iter().collect::<Vec<_>>())?;
    if plan.commit {
        // All at once and from the top down, in the order of ids, so that nobody waits in a circle.
        customers::lock_all(t, &customers.ids())?;
        t.lock_users(&stored.values().map(|user| user.id).collect::<Vec<_>>())?;
    }
    let found = Found { stored, customers, titles };
    rows.iter().map(|row| one(t, mailer, plan, row, &found)).collect()
}

fn one(t: &mut TenantConn, mailer: &InvitationMailer, plan: &Plan, row: &Row, found: &Found) -> Result<Outcome, Error> {
    let stored = found.stored.get(&text::address_key(row.cell(0).unwrap_or_default()));
    let mut form = stored.map_or_else(UserForm::default, UserForm::of);
    let fields = [&mut form.email, &mut form.first_name, &mut form.last_name, &mut form.phone, &mut form.description];
    for (column, field) in fields.into_iter().enumerate() {
        row.put(column, field);
    }
    let (draft, role) = match (form.parse(), role(row, stored, found)) {
        (Ok(draft), Ok(role)) => (draft, role),
        (Ok(_), Err(why)) => return Ok(Outcome::Refused(why)),
        (Err(errors), Ok(_)) => return Ok(Outcome::Refused(row.refusal(COLUMNS, &errors))),
        (Err(errors), Err(why)) => return Ok(Outcome::Refused(format!("{}; {why}", row.refusal(COLUMNS, &errors)))),
    };
    let outcome = match stored {
        None => Outcome::New,
        Some(user) if store::is_unchanged(user, &draft) => return Ok(Outcome::Unchanged),
        Some(_) => Outcome::Changed,
    };
    if stored.is_none() && plan.invite {
        let mailed = match plan.commit {
            true => count_mail(t, mailer, &draft.email),
            false => mail_wait(t, mailer, &draft.email)?.map_or(Ok(()), |wait| Err(Refused::By(wait))),
        };
        match mailed {
            Ok(()) => {}
            Err(Refused::By(wait)) => {
                let minutes = Count(wait.0.as_secs().div_ceil(60)).of("minute", "minutes");
                let words = "Many activation mails were sent lately, to this address or by this tenant. Import the row";
                return Ok(Outcome::Refused(format!("{words} again in {minutes}, or without sending mails")));
            }
            Err(Refused::Failed(error)) => return Err(error),
        }
    }
    if plan.commit {
        write(t, mailer, plan, stored, role, &draft)?;
    }
    Ok(outcome)
}

/// Adds or changes a user: the one place where rows of users are written.
fn write(
    t: &mut TenantConn,
    mailer: &InvitationMailer,
    plan: &Plan,
    stored: Option<&User>,
    role: Role,
    draft: &UserDraft,
) -> Result<(), Error> {
    let done = match stored {
        None => users::insert(t, role, draft),
        Some(user) => users::update(t, user.id, user.version, draft),
    };
    match done {
        Ok(user) if stored.is_none() && plan.invite => mail_invitation(t, mailer, &user).map(|_| ()),
        Ok(_) => Ok(()),
        // Somebody else was quicker: the slice begins again and sees what they did.
        Err(Refused::By(refusal)) => {
            let refusal: Refusal = refusal;
            Err(Error::unavailable(format!("another change came between: {refusal:?}")))
        }
        Err(Refused::Failed(error)) => Err(error),
    }
}

/// Whose user it is. Nobody is moved from one customer to another, and no administrator is made; an empty cell leaves
/// those who are there where they are.
fn role(row: &Row, stored: Option<&User>, found: &Found) -> Result<Role, String> {
    let named = found.customers.find(row.cell(CUSTOMER).unwrap_or_default())?;
    match (stored.map(User::role), named) {
        (None, Some(id)) => Ok(Role::CustomerUser(id)),
        (None, None) => Err("Enter the customer the user belongs to".into()),
        (Some(role), named) if named.is_none() || role.customer() == named => Ok(role),
        (Some(Role::Administrator), _) => Err("An administrator has this address".into()),
        (Some(Role::CustomerUser(id)), _) => {
            let title = found.titles.get(&id).map_or("another customer", String::as_str);
            Err(format!("A user of {title} has this address; users are not moved"))
        }
    }
}
