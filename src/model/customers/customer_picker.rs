//! The field by which a customer is chosen, as the parent of another or as the one that something is assigned to: what
//! can be chosen, what a choice means, and how it is shown again.

use crate::base::error::Error;
use crate::base::forms::{Choice, Field, Kind};
use crate::base::id::CustomerId;
use crate::base::text;
use crate::model::customers::store::{find_by_title, titles};
use crate::model::customers::{Customer, Parents, find, paths_of};
use crate::tenancy::TenantConn;

/// A list of more than this is no help.
const FEW: usize = 200;
/// Where customers are suggested.
const SUGGESTIONS: &str = "/customers/suggestions";

/// What can be chosen as the parent of `child`; without one, every customer.
pub fn parents(t: &mut TenantConn, child: Option<CustomerId>) -> Result<Parents, Error> {
    let all = titles(t, FEW as i64 + 1)?;
    if all.len() > FEW {
        return Ok(Parents::Many);
    }
    let mut own: Vec<CustomerId> = child.into_iter().collect();
    loop {
        let under = all
            .iter()
            .filter(|(id, parent, _)| parent.is_some_and(|parent| own.contains(&parent)) && !own.contains(id));
        let under: Vec<CustomerId> = under.map(|(id, ..)| *id).collect();
        if under.is_empty() {
            break;
        }
        own.extend(under);
    }
    let free = all.into_iter().filter(|(id, ..)| !own.contains(id));
    let choices = free.map(|(id, _, title)| Choice::new(id.to_string(), title));
    Ok(Parents::Few([Choice::new("", "None")].into_iter().chain(choices).collect()))
}

/// What was chosen: an id from a list or a title that was typed; nothing for the top.
///
/// # Errors
/// inside, what is wrong with the choice. `what` names the field inside a sentence.
pub fn chosen(t: &mut TenantConn, typed: &str, what: &str) -> Result<Result<Option<CustomerId>, String>, Error> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(Ok(None));
    }
    if let Ok(id) = typed.parse::<CustomerId>() {
        match find(t, id) {
            Ok(_) => return Ok(Ok(Some(id))),
            Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    let by_title = if typed.contains('\0') { None } else { find_by_title(t, typed)? };
    let by_title = match by_title {
        None => find_by_path(t, typed)?,
        found => found,
    };
    Ok(match by_title {
        Some(customer) => Ok(Some(customer.id)),
        None => Err(format!("Choose a {what} that exists")),
    })
}

/// The customer to which a path of titles leads, as suggestions show it.
fn find_by_path(t: &mut TenantConn, typed: &str) -> Result<Option<Customer>, Error> {
    let Some((_, title)) = typed.rsplit_once(" / ").filter(|_| !typed.contains('\0')) else { return Ok(None) };
    let Some(found) = find_by_title(t, title)? else { return Ok(None) };
    let steps = paths_of(t, &[found.id])?.remove(&found.id).unwrap_or_default();
    let path = steps.iter().map(|step| step.title.as_str()).collect::<Vec<_>>().join(" / ");
    Ok((text::same(&path) == text::same(typed)).then_some(found))
}

impl Parents {
    /// The field, empty.
    pub fn field(&self, name: &'static str, label: &'static str, hint: &'static str) -> Field {
        match self {
            Self::Few(choices) => Field::new(name, label, Kind::Select(choices.clone())).suggested_by(SUGGESTIONS),
            Self::Many => Field::new(name, label, Kind::Suggest(SUGGESTIONS)).hint(hint),
        }
    }
}

/// What the field holds for a stored parent.
pub fn shown(t: &mut TenantConn, parents: &Parents, parent: Option<CustomerId>) -> Result<String, Error> {
    Ok(match (parent, parents) {
        (None, _) => String::new(),
        (Some(id), Parents::Few(_)) => id.to_string(),
        (Some(id), Parents::Many) => find(t, id)?.title,
    })
}
