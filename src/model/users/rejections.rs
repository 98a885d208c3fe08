//! What is said when users are not saved, disabled or deleted as asked.

use crate::base::error::{Error, Refused};
use crate::base::forms::{self, Errors};
use crate::base::id::UserId;
use crate::model::users::{Refusal, store};
use crate::tenancy::TenantConn;

const ADDRESS_TAKEN: &str = "Enter another email address; a user with this one exists already";

/// What is wrong with a form, its address included when another user than `own` has it: a form that is refused says
/// everything at once.
pub(crate) fn with_taken_address(
    t: &mut TenantConn,
    mut errors: Errors,
    address: &str,
    own: Option<UserId>,
) -> Result<Errors, Error> {
    let holder = |t: &mut TenantConn| store::find_by_addresses(t, &[forms::fold(address)]);
    if errors.on("email").is_none() && holder(t)?.values().any(|user| Some(user.id) != own) {
        errors.add("email", ADDRESS_TAKEN);
    }
    Ok(errors)
}

/// What a refusal says on the form.
pub fn into_form_errors(refused: Refused<Refusal>) -> Refused<Errors> {
    match refused {
        Refused::By(Refusal::AddressTaken) => Refused::By(Errors::one("email", ADDRESS_TAKEN)),
        Refused::By(_) => Refused::By(Errors::new()),
        Refused::Failed(error) => Refused::Failed(error),
    }
}

/// What a refusal to disable or delete says.
pub(crate) fn sentence(refusal: &Refusal, verb: &str) -> String {
    match refusal {
        Refusal::Oneself => format!("Nobody can {verb} themselves; ask another administrator."),
        Refusal::LastAdministrator => {
            format!("Nothing was changed: a tenant keeps an administrator. Add another one before you {verb} this one.")
        }
        Refusal::AddressTaken | Refusal::Stale => "Nothing was changed.".into(),
    }
}
