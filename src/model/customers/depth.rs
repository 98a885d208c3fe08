//! How deep branches are, and how deep they may become. Those that were deeper before there was a limit stay: they can
//! be edited, deleted and moved to where they are less deep.

use diesel::dsl::{count_star, not};
use diesel::prelude::*;

use crate::base::error::Error;
use crate::base::id::CustomerId;
use crate::db::schema::customer_branches;
use crate::model::customers::hierarchy::{in_branches, mine};
use crate::tenancy::TenantConn;

/// The most levels of a branch, from the customer at the top to the innermost.
pub const MOST_LEVELS: i64 = 50;

/// A branch that would have so many levels, more than it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooDeep(pub i64);

impl TooDeep {
    /// A sentence without its full stop.
    pub fn sentence(self) -> String {
        format!("The branch would be {} levels deep; at most {MOST_LEVELS} are possible", self.0)
    }

    /// What the form says beside the parent.
    pub fn on_form(self) -> String {
        format!(
            "Choose another parent customer; the branch would be {} levels deep, and at most {MOST_LEVELS} are possible",
            self.0
        )
    }
}

/// Whether a branch of `height` levels, until now under `before` others, may not be under `above`.
pub(crate) fn refused(above: i64, height: i64, before: i64) -> Option<TooDeep> {
    let levels = above + height;
    (levels > MOST_LEVELS && above > before).then_some(TooDeep(levels))
}

/// On which level a customer is; 1 at the top, 0 without one.
pub fn level(t: &mut TenantConn, customer: Option<CustomerId>) -> Result<i64, Error> {
    let Some(id) = customer else { return Ok(0) };
    let ways = mine(t).filter(customer_branches::customer_id.eq(id)).filter(customer_branches::stale.eq(false));
    Ok(ways.count().get_result(t.conn)?)
}

/// How many levels a customer's branch has, itself included.
fn height(t: &mut TenantConn, root: CustomerId) -> Result<i64, Error> {
    let above = level(t, Some(root))? - 1;
    let levels = mine(t)
        .filter(not(customer_branches::stale))
        .filter(in_branches(t, "customer_branches.customer_id", &[root]))
        .group_by(customer_branches::customer_id)
        .select(count_star());
    let deepest: Option<i64> = levels.order(count_star().desc()).first(t.conn).optional()?;
    Ok((deepest.unwrap_or(1) - above).max(1))
}

/// What is wrong with adding a customer under a parent, if that is too deep. To be called under the lock of the
/// hierarchy, so that it stays true.
pub fn wrong_with_adding(t: &mut TenantConn, parent: Option<CustomerId>) -> Result<Option<TooDeep>, Error> {
    Ok(refused(level(t, parent)?, 1, -1))
}

/// What is wrong with moving a customer and its branch under a parent, if that is too deep. To be called under the lock
/// of the hierarchy, so that it stays true.
pub fn wrong_with_moving(
    t: &mut TenantConn,
    root: CustomerId,
    parent: Option<CustomerId>,
) -> Result<Option<TooDeep>, Error> {
    let (above, before) = (level(t, parent)?, level(t, Some(root))? - 1);
    if above <= before {
        return Ok(None);
    }
    Ok(refused(above, height(t, root)?, before))
}
