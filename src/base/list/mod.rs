//! Lists that do not slow down: what a URL asks for, keyset pages with opaque cursors, and what a page shows of it.
//! Knows no resource.

pub mod cursor;
pub mod query;
pub mod view;

pub use cursor::Key;
pub use query::{Column, ListQuery, ListSpec, searched};
pub use view::{Chip, ListView};

/// A page of rows in the order in which they are shown.
#[derive(Debug, Clone)]
pub struct Slice<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Rows before the first of them.
    pub start: u64,
    /// Whether there are rows before and after.
    pub more: (bool, bool),
    /// Whether this is the first page because nothing was left of the one that was asked for.
    pub restarted: bool,
}

/// How many rows match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TotalCount {
    /// Exactly so many.
    Exactly(u64),
    /// So many and more: counting stopped there.
    AtLeast(u64),
}

/// Where counting of what matches a search stops.
pub const COUNT_LIMIT: i64 = 10_000;

impl TotalCount {
    /// From a count that stopped at one more than `limit`.
    pub fn counted(n: i64, limit: i64) -> Self {
        if n > limit { Self::AtLeast(limit.unsigned_abs()) } else { Self::Exactly(n.max(0).unsigned_abs()) }
    }
}

impl std::fmt::Display for TotalCount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exactly(n) => crate::base::text::Count(*n).fmt(f),
            Self::AtLeast(n) => write!(f, "{}+", crate::base::text::Count(*n)),
        }
    }
}

/// Orders a boxed query and lets it begin where the page does that a `ListQuery` asks for. The comparison has the form
/// `k >= a and (k > a or id > b)`, which both planners turn into a range of the index (`k > a or (k = a and id > b)`
/// they do not). A column whose values are unique among the rows needs no id beside it.
///
/// `keyset!(query, list, customers::id, customers::city_key, text)`, on the way up after a row with the city `city` and
/// the id `id`, is
/// ```ignore
/// query
///     .filter(customers::city_key.ge(city).and(customers::city_key.gt(city).or(customers::id.gt(id))))
///     .order((customers::city_key.asc(), customers::id.asc()))
/// ```
#[macro_export]
macro_rules! keyset {
    ($query:expr, $list:expr, unique $key:expr, $read:ident) => {{
        let (query, list) = ($query, $list);
        let query = match list.cursor() {
            Some(cursor) if list.scans_up() => query.filter($key.gt(cursor.key.$read())),
            Some(cursor) => query.filter($key.lt(cursor.key.$read())),
            None => query,
        };
        if list.scans_up() { query.order($key.asc()) } else { query.order($key.desc()) }
    }};
    ($query:expr, $list:expr, $id:expr) => {{
        let (query, list) = ($query, $list);
        let query = match list.cursor() {
            Some(cursor) if list.scans_up() => query.filter($id.gt($crate::base::id::Id::<()>::from_bytes(cursor.id))),
            Some(cursor) => query.filter($id.lt($crate::base::id::Id::<()>::from_bytes(cursor.id))),
            None => query,
        };
        if list.scans_up() { query.order($id.asc()) } else { query.order($id.desc()) }
    }};
    ($query:expr, $list:expr, $id:expr, $key:expr, $read:ident) => {{
        let (query, list) = ($query, $list);
        let query = match list.cursor() {
            Some(cursor) => {
                let key = cursor.key.$read();
                if list.scans_up() {
                    let id = $crate::base::id::Id::<()>::from_bytes(cursor.id);
                    query.filter($key.ge(key.clone()).and($key.gt(key).or($id.gt(id))))
                } else {
                    let id = $crate::base::id::Id::<()>::from_bytes(cursor.id);
                    query.filter($key.le(key.clone()).and($key.lt(key).or($id.lt(id))))
                }
            }
            None => query,
        };
        if list.scans_up() { query.order(($key.asc(), $id.asc())) } else { query.order(($key.desc(), $id.desc())) }
    }};
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: ListSpec = ListSpec {
        columns: &[
            Column { name: "title", label: "Title", numeric: false },
            Column { name: "created", label: "Created", numeric: false },
        ],
        sort: "-created",
        filters: &["status"],
    };

    fn asked(query: &str) -> ListQuery {
        ListQuery::parse(&SPEC, "/things", query, Some(10))
    }

    #[test]
    fn a_place_is_told_by_its_numbers() {
        let list = asked("");
        let matches = |n| TotalCount::counted(n, COUNT_LIMIT);
        assert_eq!(list.position(0, 0, matches(0)), "0");
        assert_eq!(list.position(0, 10, matches(10)), "1–10 of 10");
        assert_eq!(list.position(25, 25, matches(60)), "26–50 of 60");
        assert_eq!(list.position(1_000, 25, matches(COUNT_LIMIT)), "1,001–1,025 of 10,000");
        assert_eq!(list.position(1_000, 25, matches(COUNT_LIMIT + 1)), "1,001–1,025 of 10,000+");
        // Rows that were added since the count, and a place that somebody made up.
        assert_eq!(list.position(25, 25, matches(40)), "26–50 of 50");
        assert!(list.position(u64::MAX, 25, matches(40)).ends_with(" of 18,446,744,073,709,551,615"));
    }

    #[test]
    fn an_address_says_only_what_is_not_usual() {
        let address = |query: &str| {
            let list = asked(query);
            list.url(&list.sort(), list.size_asked.then_some(list.size), None)
        };
        assert_eq!(address(""), "/things");
        assert_eq!(address("sort=-created&q=+&size=7&nonsense=1&status=&after="), "/things");
        assert_eq!(
            address("size=50&sort=title&status=active&status=disabled&q=a%26b%3D%00c"),
            "/things?q=a%26b%3Dc&status=disabled&sort=title&size=50"
        );
        assert_eq!(asked("size=7").size, 10);
        assert_eq!(ListQuery::parse(&SPEC, "/things", "", Some(7)).size, 25);
    }

    #[test]
    fn a_page_is_known_by_the_row_too_many() {
        let slice = |query: &str, rows: u32| asked(query).slice((0..rows).collect());
        let first = slice("", 11);
        assert_eq!((first.rows.len(), first.start, first.more), (10, 0, (false, true)));
        let only = slice("", 10);
        assert_eq!((only.rows.len(), only.more), (10, (false, false)));
        let seek = |name, position| {
            let url = asked("").seek_url(name, position, Key::Id, [7; 16]);
            url.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default()
        };
        let after = slice(&seek("after", 10), 3);
        assert_eq!((after.rows, after.start, after.more), (vec![0, 1, 2], 10, (true, false)));
        // Backwards, the database answers from the near end.
        let before = slice(&seek("before", 30), 11);
        assert_eq!((before.rows.first(), before.start, before.more), (Some(&9), 20, (true, true)));
        let start = slice(&seek("before", 30), 4);
        assert_eq!((start.rows, start.start, start.more), (vec![3, 2, 1, 0], 0, (false, true)));
    }
}
