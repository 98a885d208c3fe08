//! What widgets tell, counted over what somebody may see. Every figure is a number that is kept, or a short walk over an
//! index: a dashboard costs the same with two million devices as with two hundred.

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::CustomerId;
use crate::model::customers::{self, Customer};
use crate::model::dashboards::Metric;
use crate::model::inventory::statistics::{self, Tally};
use crate::model::inventory::{self, Kind, Titled};
use crate::tenancy::{TenantConn, Total};

/// What somebody may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Everything of the tenant.
    Tenant,
    /// A customer and everything under it.
    Branch(CustomerId),
}

impl Scope {
    fn of_items(self) -> inventory::Scope {
        match self {
            Self::Tenant => inventory::Scope::Tenant,
            Self::Branch(id) => inventory::Scope::Branch(id),
        }
    }

    fn branch(self) -> Option<CustomerId> {
        match self {
            Self::Tenant => None,
            Self::Branch(id) => Some(id),
        }
    }
}

/// How many there are. A customer is no inner customer of itself.
pub fn number(t: &mut TenantConn, scope: Scope, of: Metric) -> Result<i64, Error> {
    match (of, scope) {
        (Metric::Devices, _) => inventory::size(t, Kind::Device, scope.of_items()),
        (Metric::Assets, _) => inventory::size(t, Kind::Asset, scope.of_items()),
        (Metric::Customers, Scope::Tenant) => t.total(Total::Customers),
        (Metric::Customers, Scope::Branch(id)) => customers::count_under(t, id),
        (Metric::Users, Scope::Tenant) => t.total(Total::Users),
        (Metric::Users, Scope::Branch(id)) => Ok(customers::branch_sizes(t, &[id])?.users),
    }
}

/// Types that are shown by themselves; the rest is one line.
const TYPES: usize = 7;

/// Devices of each type, the largest first, and those of all other types together.
pub fn by_type(t: &mut TenantConn, scope: Scope) -> Result<Vec<Tally>, Error> {
    let mut lines = statistics::by_type(t, Kind::Device, scope.branch(), TYPES as i64 + 1)?;
    if lines.len() > TYPES {
        lines.truncate(TYPES);
        let shown: i64 = lines.iter().map(|line| line.n).sum();
        let rest = number(t, scope, Metric::Devices)? - shown;
        lines.push(Tally { name: "Other types".into(), n: rest });
    }
    Ok(lines)
}

/// Months that are shown.
pub const MONTHS: usize = 12;

/// Devices in each of the last months, this one the last: how many there are now were added in it, and how many in all
/// until its end.
pub fn by_month(t: &mut TenantConn, scope: Scope) -> Result<Vec<(String, i64, i64)>, Error> {
    let months = last_months(t.now);
    let first = months.first().cloned().unwrap_or_default();
    let found = statistics::by_month(t, Kind::Device, scope.branch(), &first)?;
    let added = |month: &str| found.iter().filter(|line| line.name == month).map(|line| line.n).sum::<i64>();
    let mut until = number(t, scope, Metric::Devices)? - found.iter().map(|line| line.n).sum::<i64>();
    let lines = months.into_iter().map(|month| {
        let added = added(&month);
        until += added;
        (month, added, until)
    });
    Ok(lines.collect())
}

/// The last months up to `now`, such as `2026-11`.
fn last_months(now: Timestamp) -> Vec<String> {
    let this = statistics::month_of(now);
    let (year, month) = this.split_once('-').unwrap_or(("1970", "1"));
    let at = year.parse::<usize>().unwrap_or(1970) * 12 + month.parse::<usize>().unwrap_or(1) - 1;
    (0..MONTHS)
        .rev()
        .map(|back| at.saturating_sub(back))
        .map(|at| format!("{:04}-{:02}", at / 12, at % 12 + 1))
        .collect()
}

/// Devices that were added last.
pub fn newest(t: &mut TenantConn, scope: Scope, n: usize) -> Result<Vec<Titled>, Error> {
    inventory::newest(t, Kind::Device, scope.of_items(), n)
}

/// The direct inner customers, or those at the top of the tenant, that have most devices or users of their own.
pub fn largest_customers(t: &mut TenantConn, scope: Scope, by: Metric, n: i64) -> Result<Vec<(Customer, i64)>, Error> {
    let by_users = by == Metric::Users;
    let found = customers::largest(t, scope.branch(), by_users, n)?;
    let size = |customer: &Customer| if by_users { customer.counts.users } else { customer.counts.devices };
    Ok(found.into_iter().map(|customer| (size(&customer), customer)).map(|(n, customer)| (customer, n)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_go_back_over_the_turn_of_the_year() {
        let november = Timestamp::from_micros(1_763_985_600_000_000); // 2025-11-24 12:00 UTC
        let months = last_months(november);
        assert_eq!(months.len(), MONTHS);
        assert_eq!((months[0].as_str(), months[1].as_str(), months[11].as_str()), ("2024-12", "2025-01", "2025-11"));
    }
}
