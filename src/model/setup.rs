//! Who begins: a tenant's first administrator, and one more who comes from the command line when nobody there can sign in.

use std::sync::Arc;
use std::time::Duration;

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::error::{Error, Refused};
use crate::base::forms;
use crate::base::secrets::{Secrets, Token};
use crate::db::Conn;
use crate::db::schema::setup_links;
use crate::model::users::{self, Role, User, UserDraft, links};
use crate::tenancy::audit::{self, Action, AuditedTransaction, Entry, Origin, Who};
use crate::tenancy::{TenantConn, rows};

/// Gives a new tenant its first administrator, who can sign in at once and is the one who acts from then on, unless it is
/// the operator.
pub fn begin_tenant(t: &mut TenantConn, administrator: &UserDraft, password_hash: &str) -> Result<User, Error> {
    let user = audit::together(t, |t| first_administrator(t, administrator))?;
    users::activate(t, user.id, password_hash)?;
    users::signed_in(t, user.id)?;
    if t.origin.who == Who::Somebody {
        t.act_as(Who::from(&user));
    }
    record_tenant(t, &user)?;
    Ok(user)
}

fn record_tenant(t: &mut TenantConn, administrator: &User) -> Result<(), Error> {
    let tenant = rows::named(t)?;
    let entry = Entry::of(Action::Add, &tenant).detail("First administrator", &administrator.email);
    audit::record(t, entry.concerning(administrator.id))
}

/// A tenant to be, and who will administer it: from the command line, not from a page.
pub struct FirstAdministrator {
    title: String,
    email: String,
}

impl FirstAdministrator {
    /// Checks what was given.
    ///
    /// # Errors
    /// A sentence that says what to give instead.
    pub fn read(title: &str, email: &str) -> Result<Self, String> {
        let (title, email) = (forms::line("The tenant’s name", title, 255)?, forms::email("Email", email)?);
        match (title.is_empty(), email.is_empty()) {
            (true, _) => Err("give the tenant a name".into()),
            (_, true) => Err("give the email address of its first administrator".into()),
            _ => Ok(Self { title, email }),
        }
    }

    /// Creates both and answers the administrator's activation link, which works for `lifetime`; `None` when the tenant exists.
    pub fn add(
        &self,
        writing: &mut AuditedTransaction,
        secrets: &Secrets,
        now: Timestamp,
        lifetime: Duration,
    ) -> Result<Option<Token>, Error> {
        if rows::has(writing, &self.title)? {
            return Ok(None);
        }
        let id = rows::create(writing, secrets, &self.title, now)?;
        let t = &mut TenantConn::within(writing, id, Arc::new(Origin::inside(Who::Operator)), now);
        let draft = UserDraft { email: self.email.clone(), ..UserDraft::default() };
        let user = audit::together(t, |t| first_administrator(t, &draft))?;
        record_tenant(t, &user)?;
        Ok(Some(links::display(t, user.id, lifetime)?.0))
    }
}

/// A further administrator of a tenant, invited from the command line: nobody in it may be able to sign in.
pub struct FurtherAdministrator {
    title: String,
    email: String,
}

impl FurtherAdministrator {
    /// Checks what was given.
    ///
    /// # Errors
    /// A sentence that says what to give instead.
    pub fn read(title: &str, email: &str) -> Result<Self, String> {
        let email = forms::email("Email", email)?;
        if email.is_empty() {
            return Err("give the email address of the administrator".into());
        }
        Ok(Self { title: title.to_owned(), email })
    }

    /// Creates them, or finds them as they were invited before, and answers an activation link.
    ///
    /// # Errors
    /// A sentence that says why it was refused.
    pub fn add(
        &self,
        writing: &mut AuditedTransaction,
        now: Timestamp,
        lifetime: Duration,
    ) -> Result<Token, Refused<String>> {
        let Some(id) = rows::by_title(writing, &self.title)? else {
            return Err(Refused::By(format!("there is no tenant {:?}; `tenantry tenant list` prints all", self.title)));
        };
        let t = &mut TenantConn::within(writing, id, Arc::new(Origin::inside(Who::Operator)), now);
        let draft = UserDraft { email: self.email.clone(), ..UserDraft::default() };
        // Looked for first: PostgreSQL does nothing more in a transaction that was refused something.
        if users::is_customer_user(t, &self.email)? {
            return Err(Refused::By(format!(
                "{} is a user of a customer of {}, not an administrator; give another address",
                self.email, self.title
            )));
        }
        let user = match users::invited_administrator(t, &self.email)? {
            Some(user) => {
                audit::record(t, Entry::of(Action::ActivationLink, &user))?;
                user
            }
            None => users::insert(t, Role::Administrator, &draft).map_err(|why| match why {
                Refused::Failed(error) => Refused::Failed(error),
                Refused::By(_) => Refused::By(format!(
                    "{} is an administrator of {} already; they choose a password at /forgot-password",
                    self.email, self.title
                )),
            })?,
        };
        Ok(links::display(t, user.id, lifetime)?.0)
    }
}

fn first_administrator(t: &mut TenantConn, draft: &UserDraft) -> Result<User, Error> {
    match users::insert(t, Role::Administrator, draft) {
        Ok(user) => Ok(user),
        Err(Refused::Failed(error)) => Err(error),
        Err(Refused::By(refusal)) => Err(Error::internal(format!("a new tenant refused a user: {refusal:?}"))),
    }
}

/// Makes a new link, if no tenant exists; the earlier one ends.
pub fn new_link(conn: &mut Conn, now: Timestamp) -> Result<Option<Token>, Error> {
    if rows::any(conn)? {
        return Ok(None);
    }
    // Of several processes that start at once, the last one's link is the one that works.
    lock(conn)?;
    let token = Token::random()?;
    diesel::delete(setup_links::table).execute(conn)?;
    diesel::insert_into(setup_links::table)
        .values((setup_links::secret_hash.eq(token.hash()), setup_links::created_at.eq(now)))
        .execute(conn)?;
    Ok(Some(token))
}

/// What the page for this token can do.
pub fn state(conn: &mut Conn, token: &str) -> Result<Setup, Error> {
    let Some(token) = Token::in_link(token) else { return Ok(Setup::Unknown) };
    let known = setup_links::table.filter(setup_links::secret_hash.eq(token.hash()));
    let known: bool = diesel::select(diesel::dsl::exists(known)).get_result(conn)?;
    Ok(match (known, rows::any(conn)?) {
        (false, _) => Setup::Unknown,
        (true, true) => Setup::Done,
        (true, false) => Setup::Open,
    })
}

/// How far the set-up of a link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setup {
    /// It can begin.
    Open,
    /// There is a tenant.
    Done,
    /// It is no link, or an earlier one.
    Unknown,
}

/// Of two processes that set up at once, the second waits and then finds it done. Raw: diesel locks rows, not tables.
pub fn lock(conn: &mut Conn) -> Result<(), Error> {
    if let Conn::Pg(conn) = conn {
        diesel::sql_query("lock table setup_links in exclusive mode").execute(conn)?;
    }
    Ok(())
}
