//! The customer form against what is stored: what it offers, what only the database knows to be wrong with it, saving it.

use crate::base::error::{Error, Refused};
use crate::base::forms::{Errors, Rejection};
use crate::base::id::CustomerId;
use crate::model::customers::depth::{self, TooDeep};
use crate::model::customers::form::{Chosen, CustomerForm, Offered};
use crate::model::customers::hierarchy::is_under;
use crate::model::customers::{CustomerDraft, customer_picker, find, store};
use crate::model::dashboards::home;
use crate::model::lifecycle::save::{self, Refusal, Saved};
use crate::tenancy::TenantConn;

/// What the parent is called where it is wrong.
pub const PARENT: &str = "parent customer";
const TITLE_TAKEN: &str = "A customer with this title already exists";
const PARENT_IN_BRANCH: &str =
    "Choose another parent customer; a customer cannot be placed under itself or one of its inner customers";

/// What a form offers: that of a stored customer, or of a new one.
pub fn offered(t: &mut TenantConn, customer: Option<CustomerId>) -> Result<Offered, Error> {
    Ok(Offered { parents: customer_picker::parents(t, customer)?, homes: home::choices(t)? })
}

/// What a form means, that of the stored customer `own` or of a new one; or everything that is wrong with it, at once:
/// also that another customer has the title, or that the parent cannot be one.
fn draft(
    t: &mut TenantConn,
    form: &CustomerForm,
    own: Option<CustomerId>,
) -> Result<CustomerDraft, Refused<Rejection>> {
    let parent = customer_picker::chosen(t, &form.parent, PARENT)?;
    let chosen = Chosen { parent: parent.clone(), home: home::chosen(t, &form.home_dashboard)? };
    let mut errors = match form.parse(chosen) {
        Ok(draft) => return Ok(draft),
        Err(errors) => errors,
    };
    if let Ok(Some(parent)) = parent {
        let wrong = match own {
            Some(own) if is_under(t, parent, own)? => Some(PARENT_IN_BRANCH.into()),
            Some(own) => depth::wrong_with_moving(t, own, Some(parent))?.map(TooDeep::on_form),
            None => depth::wrong_with_adding(t, Some(parent))?.map(TooDeep::on_form),
        };
        wrong.into_iter().for_each(|words: String| errors.add("parent", words));
    }
    add_taken_title(t, &mut errors, form, own)?;
    Err(Refused::By(Rejection::Invalid(errors)))
}

fn add_taken_title(
    t: &mut TenantConn,
    errors: &mut Errors,
    form: &CustomerForm,
    own: Option<CustomerId>,
) -> Result<(), Error> {
    if errors.on("title").is_none() && store::find_by_title(t, &form.title)?.is_some_and(|it| Some(it.id) != own) {
        errors.add("title", TITLE_TAKEN);
    }
    Ok(())
}

/// What the form says of a customer that could not be saved. What is wrong with the parent is found before the title is
/// looked at, so it says both.
fn rejected(
    t: &mut TenantConn,
    form: &CustomerForm,
    own: Option<CustomerId>,
    refused: Refused<Refusal>,
) -> Result<Saved, Refused<Rejection>> {
    let mut errors = match refused.reason()? {
        Refusal::Stale => return Err(Refused::By(Rejection::Stale)),
        Refusal::TitleTaken => Errors::one("title", TITLE_TAKEN),
        Refusal::ParentGone => Errors::one("parent", "Choose another parent customer; this one was deleted"),
        Refusal::ParentInBranch => Errors::one("parent", PARENT_IN_BRANCH),
        Refusal::TooDeep(deep) => Errors::one("parent", deep.on_form()),
    };
    add_taken_title(t, &mut errors, form, own)?;
    Err(Refused::By(Rejection::Invalid(errors)))
}

/// Adds the customer that a form describes.
///
/// # Errors
/// `Invalid`, with everything that is wrong.
pub fn insert(t: &mut TenantConn, form: &CustomerForm) -> Result<Saved, Refused<Rejection>> {
    let draft = draft(t, form, None)?;
    save::insert(t, &draft).or_else(|refused| rejected(t, form, None, refused))
}

/// Saves a customer that was edited as of `version` as a form describes it.
///
/// # Errors
/// `Stale`; `Invalid`, with everything that is wrong; `NotFound` when it was deleted.
pub fn update(
    t: &mut TenantConn,
    id: CustomerId,
    version: i64,
    form: &CustomerForm,
) -> Result<Saved, Refused<Rejection>> {
    find(t, id)?;
    let draft = draft(t, form, Some(id))?;
    save::update(t, id, version, &draft).or_else(|refused| rejected(t, form, Some(id), refused))
}
