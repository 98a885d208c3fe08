//! What a list of items is narrowed to: whose they are, of which type, and what is searched for. As pieces of raw statements,
//! for those of `index_scan`, `full_text` and `sort_by_customer`.

use serde::{Deserialize, Serialize};

use crate::base::id::CustomerId;
use crate::base::list::searched;
use crate::base::text;
use crate::db::{RawQuery, SearchWords};
use crate::model::inventory::Kind;
use crate::tenancy::TenantConn;

/// Whose items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// All of the tenant's.
    Tenant,
    /// Those of no customer.
    NotAssigned,
    /// Those of one customer.
    Customer(CustomerId),
    /// Those of one customer and of all under it.
    Branch(CustomerId),
}

/// Which items a list holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// Devices or assets.
    pub kind: Kind,
    /// Whose.
    pub scope: Scope,
    /// Of the type with this key only.
    pub type_key: Option<String>,
    /// What is searched for, folded: its words are in the name, label or type.
    pub term: Option<String>,
}

impl Filter {
    /// From what was typed.
    pub fn new(kind: Kind, scope: Scope, type_name: &str, q: &str) -> Self {
        let (type_key, term) = (text::key(&searched(type_name)), text::folded(&searched(q)));
        Self {
            kind,
            scope,
            type_key: Some(type_key).filter(|key| !key.is_empty()),
            term: Some(term).filter(|term| !term.is_empty()),
        }
    }

    /// The condition that a row of `things x` is in it, the search left out. Begins with the tenant.
    pub fn to_sql(&self, t: &TenantConn) -> RawQuery {
        let at = RawQuery::new("x.tenant_id = ? and x.kind = ?").id(t.id).string(self.kind.one());
        let at = match self.scope {
            Scope::Tenant => at,
            Scope::NotAssigned => at.sql(" and x.customer_id is null"),
            Scope::Customer(id) => at.sql(" and x.customer_id = ?").id(id),
            // No `exists`: PostgreSQL would begin with all customers of the branch for the sake of one row.
            Scope::Branch(id) => at
                .sql(
                    " and (select 1 from customer_branches b
                     where b.tenant_id = ? and b.ancestor_id = ? and b.customer_id = x.customer_id
                     and not b.stale limit 1) is not null",
                )
                .id(t.id)
                .id(id),
        };
        match &self.type_key {
            Some(key) => at.sql(" and x.type_key = ?").string(key),
            None => at,
        }
    }

    /// The condition that a row of `things x` matches the search, in a form that no index answers.
    pub fn matching(&self) -> Option<RawQuery> {
        Some(SearchWords::of(self.term.as_ref()?).are_in("x.search_key"))
    }

    /// `matching`, to follow other conditions.
    pub fn matches(&self) -> RawQuery {
        self.matching().map_or_else(RawQuery::default, |condition| RawQuery::new(" and ").append(condition))
    }
}
