//! Rows of users: what each means, what would become of it, and doing it. The rules are those of the form.

use std::collections::{BTreeSet, HashMap};

use crate::base::error::{Error, Refused};
use crate::base::forms::fold;
use crate::base::id::CustomerId;
use crate::base::text::Count;
use crate::model::customers;
use crate::model::imports::{Column, Outcome, Plan, Row};
use crate::model::users::invite::{count_mail, mail_wait};
use crate::model::users::{self, InvitationMailer, Refusal, Role, User, UserDraft, UserForm, mail_invitation, store};
use crate::tenancy::TenantConn;

/// The columns of a user.
pub const COLUMNS: &[Column] = &[
    Column::new("email", "Email"),
    Column::new("first_name", "First name"),
    Column::new("last_name", "Last name"),
    Column::new("phone", "Phone"),
    Column::new("description", "Description"),
    Column::new("customer", "Customer"),
];
const CUSTOMER: usize = 5;

/// What the rows of a slice name, looked up together.
struct Found {
    stored: HashMap<String, User>,
    customers: HashMap<String, CustomerId>,
}

/// Says what becomes of each row, and does it if the plan says so.
///
/// # Errors
/// then nothing of the transaction counts.
pub fn rows(t: &mut TenantConn, mailer: &InvitationMailer, plan: &Plan, rows: &[Row]) -> Result<Vec<Outcome>, Error> {
    let keys = |column: usize| {
        let keys: BTreeSet<String> = rows.iter().filter_map(|row| row.cell(column)).map(fold).collect();
        keys.into_iter().collect::<Vec<_>>()
    };
    let customers = customers::ids_by_titles(t, &keys(CUSTOMER))?;
    let stored = store::find_by_addresses(t, &keys(0))?;
    if plan.commit {
        // All at once and from the top down, in the order of ids, so that nobody waits in a circle.
        customers::lock_all(t, &customers.values().copied().collect::<Vec<_>>())?;
        t.lock_users(&stored.values().map(|user| user.id).collect::<Vec<_>>())?;
    }
    let found = Found { stored, customers };
    rows.iter().map(|row| one(t, mailer, plan, row, &found)).collect()
}

fn one(t: &mut TenantConn, mailer: &InvitationMailer, plan: &Plan, row: &Row, found: &Found) -> Result<Outcome, Error> {
    let stored = found.stored.get(&fold(row.cell(0).unwrap_or_default()));
    let mut form = stored.map_or_else(UserForm::default, UserForm::of);
    let fields = [&mut form.email, &mut form.first_name, &mut form.last_name, &mut form.phone, &mut form.description];
    for (column, field) in fields.into_iter().enumerate() {
        row.put(column, field);
    }
    let (draft, role) = match (form.parse(), role(row, stored, found)) {
        (Ok(draft), Ok(role)) => (draft, role),
        (Ok(_), Err(why)) => return Ok(Outcome::Refused(why)),
        (Err(errors), Ok(_)) => return Ok(Outcome::Refused(errors.words())),
        (Err(errors), Err(why)) => return Ok(Outcome::Refused(format!("{}; {why}", errors.words()))),
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

/// Whose user it is. Nobody is moved from one customer to another, and no administrator is made.
fn role(row: &Row, stored: Option<&User>, found: &Found) -> Result<Role, String> {
    let title = row.cell(CUSTOMER).unwrap_or_default().trim();
    let named = match (title.is_empty(), found.customers.get(&fold(title))) {
        (true, _) => None,
        (false, Some(id)) => Some(*id),
        (false, None) => return Err(format!("There is no customer {title}")),
    };
    match (stored.map(User::role), named) {
        (None, Some(id)) => Ok(Role::CustomerUser(id)),
        (None, None) => Err("Enter the customer whose user it is to be".into()),
        (Some(role), named) if row.cell(CUSTOMER).is_none() || role.customer() == named => Ok(role),
        (Some(Role::Administrator), _) => Err("An administrator has this address".into()),
        (Some(_), _) => Err("A user of another customer has this address; users are not moved".into()),
    }
}
