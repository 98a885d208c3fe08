//! What is said when users are not saved, disabled or deleted as asked.

use crate::base::error::{Error, Refused};
use crate::base::forms::{Errors, Rejection};
use crate::base::id::UserId;
use crate::base::text;
use crate::model::customers;
use crate::model::users::{Refusal, Role, store};
use crate::tenancy::TenantConn;

const ADDRESS_TAKEN: &str = "Enter another email address; a user with this one exists already";

/// What was read from a form, or everything that is wrong with it: also that another user than `own` has its address.
pub fn all_wrong<D>(
    t: &mut TenantConn,
    read: Result<D, Errors>,
    address: &str,
    own: Option<UserId>,
) -> Result<D, Refused<Rejection>> {
    let mut errors = match read {
        Ok(draft) => return Ok(draft),
        Err(errors) => errors,
    };
    if errors.on("email").is_none() {
        let holders = store::find_by_addresses(t, &[text::address_key(address)])?;
        if holders.values().any(|user| Some(user.id) != own) {
            errors.add("email", ADDRESS_TAKEN);
        }
    }
    Err(Refused::By(Rejection::Invalid(errors)))
}

/// Says of an address that is taken whose user has it. Only for administrators of the tenant.
///
/// # Errors
/// Those of the database.
pub fn with_holder(t: &mut TenantConn, errors: Errors, address: &str) -> Result<Errors, Error> {
    if errors.on("email") != Some(ADDRESS_TAKEN) {
        return Ok(errors);
    }
    let Some(holder) = store::find_by_addresses(t, &[text::address_key(address)])?.into_values().next() else {
        return Ok(errors);
    };
    let words = match holder.role() {
        Role::Administrator => format!("{ADDRESS_TAKEN}, among the administrators"),
        Role::CustomerUser(id) => format!("{ADDRESS_TAKEN}, in {}", customers::find(t, id)?.title),
    };
    Ok(errors.reworded("email", words))
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::AddressTaken => Self::one("email", ADDRESS_TAKEN),
            Refusal::Stale => Self::Stale,
            Refusal::Oneself | Refusal::LastAdministrator => Self::Invalid(Errors::new()),
        }
    }
}

impl Refusal {
    /// What is said of a user who is not disabled or deleted, which is `verb`.
    pub fn sentence(&self, verb: &str) -> String {
        match self {
            Self::Oneself => format!("Nobody can {verb} themselves; ask another administrator."),
            Self::LastAdministrator => {
                format!(
                    "Nothing was changed: a tenant keeps an administrator. Add another one before you {verb} this one."
                )
            }
            Self::AddressTaken | Self::Stale => "Nothing was changed.".into(),
        }
    }
}
