//! Where customers would be after the rows of a file that a dry run has passed: what decides how deep the next one would
//! be. What the file says of a customer is known by the hash of its folded title (see `Index`), and only of those that
//! are stored the id, so that files of millions of rows need little memory.

use std::collections::{HashMap, HashSet};

use crate::base::error::Error;
use crate::base::id::CustomerId;
use crate::base::text;
use crate::model::customers::depth::{self, TooDeep};
use crate::model::customers::{hierarchy, store};
use crate::model::imports::{Index, hash};
use crate::tenancy::TenantConn;

/// A customer: the hash of its folded title, and its id if it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// See `imports::hash`.
    pub key: u64,
    /// `None`: only the file has it.
    pub id: Option<CustomerId>,
}

impl Node {
    fn stored(id: CustomerId, title: &str) -> Self {
        Self { key: hash(&text::key(title)), id: Some(id) }
    }
}

/// The stored parents of stored customers, as far as they were looked up for a slice.
#[derive(Default)]
pub struct Ways(HashMap<CustomerId, Option<Node>>);

impl Ways {
    fn parent(&mut self, t: &mut TenantConn, id: CustomerId) -> Result<Option<Node>, Error> {
        if !self.0.contains_key(&id) {
            let mut above = None;
            for step in hierarchy::path_of(t, id)? {
                self.0.insert(step.id, above);
                above = Some(Node::stored(step.id, &step.title));
            }
        }
        Ok(self.0.get(&id).copied().flatten())
    }
}

/// The place of a row among those of its file: those before it are done.
pub type RowPosition = (u32, u64);

/// A file half done.
pub struct Planned<'a> {
    /// What is known of the file.
    pub index: &'a Index,
    /// The row that is next.
    pub at: RowPosition,
}

/// However the hierarchy was bent: no way is longer.
const END: i64 = 100_000;

impl Planned<'_> {
    fn node(&self, key: u64) -> Node {
        Node { key, id: self.index.stored(key) }
    }

    /// On which level a customer would be; 0 without one.
    fn level(&self, t: &mut TenantConn, ways: &mut Ways, customer: Option<Node>) -> Result<i64, Error> {
        let (mut n, mut at) = (0, customer);
        while let Some(node) = at
            && n < END
        {
            n += 1;
            at = match node.id {
                _ if self.index.is_done(node.key, self.at) => self.index.parent(node.key).map(|key| self.node(key)),
                Some(id) => ways.parent(t, id)?,
                None => None,
            };
        }
        Ok(n)
    }

    /// How many levels a customer's branch would have, itself included.
    fn height(&self, t: &mut TenantConn, root: Node) -> Result<i64, Error> {
        let (mut n, mut level, mut seen) = (0, vec![root], HashSet::from([root.key]));
        while !level.is_empty() {
            n += 1;
            let ids: Vec<CustomerId> = level.iter().filter_map(|node| node.id).collect();
            let inner =
                store::inner_titles(t, &ids)?.into_iter().map(|(id, key)| Node { key: hash(&key), id: Some(id) });
            let stay = inner.filter(|node| !self.index.is_done(node.key, self.at));
            let mut next: Vec<Node> = stay.collect();
            for node in &level {
                let come = self.index.children(node.key).filter(|key| self.index.is_done(*key, self.at));
                next.extend(come.map(|key| self.node(key)));
            }
            next.retain(|node| seen.insert(node.key));
            level = next;
        }
        Ok(n)
    }

    /// What is wrong with placing a customer under a parent, if that is too deep.
    pub fn wrong_with(
        &self,
        t: &mut TenantConn,
        ways: &mut Ways,
        customer: Node,
        parent: Option<Node>,
    ) -> Result<Option<TooDeep>, Error> {
        let above = self.level(t, ways, parent)?;
        if customer.id.is_none() {
            return Ok(depth::refused(above, 1, -1));
        }
        let before = self.level(t, ways, Some(customer))? - 1;
        if above <= before {
            return Ok(None);
        }
        Ok(depth::refused(above, self.height(t, customer)?, before))
    }
}
