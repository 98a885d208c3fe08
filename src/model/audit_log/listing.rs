//! Queries over entries. Each walks one index, that of the log or else of the narrowest filter, from the newest down; what
//! else is asked is looked for in the next `WINDOW` entries of it, so that no page costs more than walking those. A device or
//! asset has few entries, which are put together from several indexes. Raw, since diesel does not select from another query.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};

use crate::base::clock::{SqlTime, Timestamp};
use crate::base::error::Error;
use crate::base::id::{Id, SqlId, UserId};
use crate::base::list::{ListQuery, Slice, TotalCount};
use crate::base::text;
use crate::db::schema::{audit_entries, audit_heads};
use crate::db::{RawQuery, distinct_words, escaped};
use crate::model::audit_log::filters::{Filters, LogOf};
use crate::tenancy::TenantConn;
use crate::tenancy::audit::Kind;

/// How many entries a page looks through for what no index finds.
const WINDOW: u64 = 10_000;
/// Where counting of what is filtered stops.
const COUNTED: i64 = 1_000;

/// An entry as it is listed.
#[derive(Debug, Clone, QueryableByName)]
pub struct Listed {
    #[diesel(sql_type = SqlId)]
    pub id: Id<Listed>,
    #[diesel(sql_type = SqlTime)]
    pub at: Timestamp,
    #[diesel(sql_type = Nullable<SqlId>)]
    pub actor_id: Option<UserId>,
    #[diesel(sql_type = Text)]
    pub actor: String,
    #[diesel(sql_type = Text)]
    pub actor_key: String,
    #[diesel(sql_type = Text)]
    pub address: String,
    #[diesel(sql_type = Text)]
    pub agent: String,
    #[diesel(sql_type = Text)]
    pub action: String,
    #[diesel(sql_type = Text)]
    pub kind: String,
    #[diesel(sql_type = Nullable<SqlId>)]
    pub subject_id: Option<Id<()>>,
    #[diesel(sql_type = Text)]
    pub title: String,
    #[diesel(sql_type = BigInt)]
    pub n: i64,
    #[diesel(sql_type = Text)]
    pub changes: String,
    /// Whether it names several things.
    #[diesel(sql_type = Bool)]
    pub names: bool,
}

impl Listed {
    /// Field, before, after; a fact has nothing before it.
    pub fn changes(&self) -> Vec<(String, Option<String>, String)> {
        serde_json::from_str(&self.changes).unwrap_or_default()
    }
}

/// A page of entries.
pub struct Found {
    /// The entries.
    pub slice: Slice<Listed>,
    /// How many match, as far as it is known.
    pub matches: TotalCount,
    /// The last entry that was looked at, when more must be looked through for the rest of the page.
    pub further: Option<Id<Listed>>,
}

#[derive(QueryableByName)]
struct Last {
    #[diesel(sql_type = SqlId)]
    id: Id<Listed>,
}

const SHOWN: &str = "e.id, e.at, e.actor_id, e.actor, e.actor_key, e.address, e.agent, e.action, e.kind, e.subject_id, \
     e.title, e.title_key, e.n, e.changes, octet_length(e.items) > 0 as names";

/// From where to walk, and which way.
#[derive(Debug, Clone, Copy)]
struct Scan {
    from: Option<Id<Listed>>,
    up: bool,
}

/// The ids of entries that tell of a device or asset: of it alone; of several, as a request names each; and of those that
/// were changed with it at one of these moments.
fn of_item(t: &TenantConn, id: Id<()>, kind: Kind, moments: [Timestamp; 2]) -> RawQuery {
    let mut ids = RawQuery::new("select id from audit_entries where tenant_id = ? and subject_id = ?")
        .id(t.id)
        .id(id)
        .sql(" union select entry_id from audit_concerns where tenant_id = ? and of_id = ?")
        .id(t.id)
        .id(id);
    for (at, actions) in moments.into_iter().zip(["'add'", "'assign', 'unassign', 'change'"]) {
        ids = ids
            .sql(
                " union select id from audit_entries where tenant_id = ? and kind = ? and subject_id is null and n > 1",
            )
            .id(t.id)
            .string(kind.name())
            .sql(&format!(" and action in ({actions}) and at = ?"))
            .time(at);
    }
    ids
}

/// The condition that somebody did it. An address has mostly one key only, which is a range of the index.
fn of_actor([key, earlier]: &[String; 2]) -> RawQuery {
    let one = RawQuery::new("actor_key = ?").string(key);
    if key == earlier { one } else { RawQuery::new("actor_key in (?, ?)").string(key).string(earlier) }
}

/// The condition that a word is in the title, whose key had its accents in earlier versions; an entry is never changed.
fn in_title(word: &str) -> RawQuery {
    let like = |word: &str| RawQuery::new("title_key like ? escape '\\'").string(format!("%{}%", escaped(word)));
    let plain = text::folded(word);
    if plain == word {
        like(word)
    } else {
        RawQuery::new("(").append(like(&plain)).sql(" or ").append(like(word)).sql(")")
    }
}

impl Filters {
    /// The entries of one index from a place on, without an end; and what else must be true of them.
    fn walk(&self, t: &TenantConn, shown: &str, walk: Scan) -> (RawQuery, Option<RawQuery>) {
        let mut rest = RawQuery::new("");
        let mut narrowed = false;
        let mut also = |condition: RawQuery| {
            rest = std::mem::take(&mut rest).sql(if narrowed { " and " } else { "" }).append(condition);
            narrowed = true;
        };
        let who = self.who.as_ref().map(of_actor);
        let action = self.action.map(|action| RawQuery::new("action = ?").string(action.name()));
        let kind = self.kind.map(|kind| RawQuery::new("kind = ?").string(kind.name()));
        let select = RawQuery::new("select ").sql(shown);
        let mut filters = [who, action, kind].into_iter().flatten();
        let (mut statement, id) = match self.of {
            LogOf::Related(of) => {
                let from = " from audit_concerns c join audit_entries e on e.tenant_id = c.tenant_id and e.id = \
                            c.entry_id where c.tenant_id = ? and c.of_id = ?";
                (select.sql(from).id(t.id).id(of), "c.entry_id")
            }
            LogOf::Item { id, kind, moments } => {
                let theirs = select.sql(" from (").append(of_item(t, id.cast(), kind, moments));
                let from = ") c join audit_entries e on e.id = c.id where e.tenant_id = ?";
                (theirs.sql(from).id(t.id), "c.id")
            }
            LogOf::Tenant => {
                let from = select.sql(" from audit_entries e where e.tenant_id = ?").id(t.id);
                let from = match filters.next() {
                    Some(first) => from.sql(" and e.").append(first),
                    None => from,
                };
                (from, "e.id")
            }
        };
        filters.for_each(&mut also);
        for word in self.term.iter().flat_map(|term| distinct_words(term)) {
            also(in_title(&word));
        }
        for (at, sign) in [(self.from, ">="), (self.until, "<")] {
            if let Some(at) = at {
                statement = statement.sql(&format!(" and {id} {sign} ?")).id(Id::<Listed>::first_at(at));
            }
        }
        if let Some(from) = walk.from {
            statement = statement.sql(&format!(" and {id} {} ?", if walk.up { ">" } else { "<" })).id(from);
        }
        let order = if walk.up { "" } else { " desc" };
        (statement.sql(&format!(" order by {id}{order} limit ?")), narrowed.then_some(rest))
    }

    /// Entries from a place on, at most `limit`; and the last one that was looked at, when there may be more beyond it.
    fn load(&self, t: &mut TenantConn, walk: Scan, limit: u64) -> Result<(Vec<Listed>, Option<Id<Listed>>), Error> {
        let number = |n: u64| n as i64;
        let (statement, rest) = self.walk(t, SHOWN, walk);
        let Some(rest) = rest else { return Ok((statement.number(number(limit)).load(t.conn)?, None)) };
        let found: Vec<Listed> = RawQuery::new("select * from (")
            .append(statement.number(number(WINDOW)))
            .sql(") x where ")
            .append(rest)
            .sql(if walk.up { " order by id limit ?" } else { " order by id desc limit ?" })
            .number(number(limit))
            .load(t.conn)?;
        if found.len() as u64 >= limit {
            return Ok((found, None));
        }
        let (statement, _) = self.walk(t, "e.id", walk);
        let last: Vec<Last> = statement.number(1).sql(" offset ?").number(number(WINDOW - 1)).load(t.conn)?;
        Ok((found, last.first().map(|last| last.id)))
    }

    /// Whether any is set.
    fn is_narrow(&self) -> bool {
        self.who.is_some()
            || self.action.is_some()
            || self.kind.is_some()
            || self.term.is_some()
            || self.from.is_some()
            || self.until.is_some()
    }

    fn count(&self, t: &mut TenantConn, page: &Slice<Listed>, further: bool) -> Result<TotalCount, Error> {
        if matches!(self.of, LogOf::Tenant) && !self.is_narrow() {
            let all: Vec<i64> =
                audit_heads::table.filter(audit_heads::tenant_id.eq(t.id)).select(audit_heads::n).load(t.conn)?;
            return Ok(TotalCount::Exactly(all.iter().sum::<i64>().max(0).unsigned_abs()));
        }
        let (statement, rest) = self.walk(t, "1", Scan { from: None, up: false });
        if rest.is_none() {
            let counted = RawQuery::new("select count(*) as n from (").append(statement.number(COUNTED + 1));
            let n = counted.sql(") x").scalar(t.conn)?.unwrap_or_default();
            let most = COUNTED.unsigned_abs();
            return Ok(if n > COUNTED {
                TotalCount::AtLeast(most)
            } else {
                TotalCount::Exactly(n.max(0).unsigned_abs())
            });
        }
        let seen = page.start.saturating_add(page.rows.len() as u64);
        Ok(if page.more.1 || further { TotalCount::AtLeast(seen) } else { TotalCount::Exactly(seen) })
    }

    /// The next entries after one, newest first, at most `limit`; and the place to go on from, while there are more.
    pub fn after(
        &self,
        t: &mut TenantConn,
        from: Option<Id<Listed>>,
        limit: u64,
    ) -> Result<(Vec<Listed>, Option<Id<Listed>>), Error> {
        let (found, last) = self.load(t, Scan { from, up: false }, limit)?;
        let next = match found.last() {
            Some(entry) if found.len() as u64 >= limit => Some(entry.id),
            _ => last,
        };
        Ok((found, next))
    }
}

/// A page of a list.
pub fn list(t: &mut TenantConn, list: &ListQuery, filters: &Filters) -> Result<Found, Error> {
    let walk = Scan { from: list.cursor().map(|cursor| Id::from_bytes(cursor.id)), up: list.scans_up() };
    let (rows, further) = filters.load(t, walk, list.rows_wanted().unsigned_abs())?;
    let backwards = walk.up == list.descending;
    let mut slice = list.slice(rows);
    if backwards && further.is_some() {
        slice.more.0 = true;
    }
    if further.is_none()
        && let Some(first) = list.restarted(&slice)
    {
        let found = self::list(t, &first, filters)?;
        let slice = Slice { restarted: !found.slice.rows.is_empty(), ..found.slice };
        return Ok(Found { slice, ..found });
    }
    let further = further.filter(|_| !backwards);
    let matches = filters.count(t, &slice, further.is_some())?;
    Ok(Found { slice, matches, further })
}

/// An entry and the names of all that it is about.
///
/// # Errors
/// `NotFound` when the tenant has none.
pub fn find(t: &mut TenantConn, id: Id<Listed>) -> Result<(Listed, Vec<String>), Error> {
    let statement = RawQuery::new("select ").sql(SHOWN).sql(" from audit_entries e where e.tenant_id = ? and e.id = ?");
    let found: Vec<Listed> = statement.id(t.id).id(id).load(t.conn)?;
    Ok((found.into_iter().next().ok_or(Error::NotFound)?, names(t, id)?))
}

/// The names of all that an entry is about, when there are several.
pub fn names(t: &mut TenantConn, id: Id<Listed>) -> Result<Vec<String>, Error> {
    let entry = audit_entries::table.filter(audit_entries::tenant_id.eq(t.id)).filter(audit_entries::id.eq(id));
    let items: String = entry.select(audit_entries::items).first(t.conn)?;
    Ok(items.lines().map(str::to_owned).collect())
}
