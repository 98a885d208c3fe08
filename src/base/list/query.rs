//! What the URL of a list asks for. Read leniently: what is not understood is left out, with a notice where it matters.

use sha2::{Digest, Sha256};
use url::form_urlencoded;

use crate::base::list::cursor::Cursor;
use crate::base::list::{Key, Slice, TotalCount};

/// A column of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name in the URL.
    pub name: &'static str,
    /// Its header.
    pub label: &'static str,
    /// Whether its values are right-aligned.
    pub numeric: bool,
}

/// What a kind of list offers.
#[derive(Debug)]
pub struct ListSpec {
    /// Columns that can be sorted by.
    pub columns: &'static [Column],
    /// The order unless asked: a column's name, `-` before it for descending.
    pub sort: &'static str,
    /// Names of its filters.
    pub filters: &'static [&'static str],
}

/// Rows a page may have.
pub const SIZES: [u32; 4] = [10, 25, 50, 100];
const USUAL_SIZE: u32 = 25;

/// Which page of which list.
#[derive(Debug, Clone)]
pub struct ListQuery {
    /// The address of the list.
    pub path: String,
    /// The search, as typed, without outer spaces.
    pub q: String,
    /// The column to sort by.
    pub column: &'static str,
    /// Whether from the largest down.
    pub descending: bool,
    /// Rows on a page.
    pub size: u32,
    /// Filters that are set: name and value.
    pub filters: Vec<(&'static str, String)>,
    /// Whether the cursor was not understood and the first page is shown instead.
    pub invalid_cursor: bool,
    /// Whether it is shown in its usual order because the one that was asked for cannot be had.
    pub unsorted: bool,
    /// Whether the URL itself says how many rows a page has.
    pub size_asked: bool,
    /// The usual order of this list.
    usual_sort: &'static str,
    /// What goes along from page to page and narrows nothing.
    along: Option<(&'static str, String)>,
    seek: Seek,
}

/// What is searched for when this was typed: no longer than a title, and nothing that a database cannot compare.
pub fn searched(typed: &str) -> String {
    let plain: String = typed.chars().filter(|c| !c.is_control()).collect();
    let short: String = plain.trim().chars().take(255).collect();
    short.trim_end().to_owned()
}

#[derive(Debug, Clone)]
enum Seek {
    First,
    After(Cursor),
    Before(Cursor),
}

impl ListQuery {
    /// Reads the query string of `path`; `remembered` is the page size chosen last.
    pub fn parse(spec: &ListSpec, path: &str, query: &str, remembered: Option<u32>) -> Self {
        let mut list = Self {
            path: path.to_owned(),
            q: String::new(),
            column: "",
            descending: false,
            size: remembered.filter(|size| SIZES.contains(size)).unwrap_or(USUAL_SIZE),
            filters: Vec::new(),
            invalid_cursor: false,
            unsorted: false,
            size_asked: false,
            usual_sort: spec.sort,
            along: None,
            seek: Seek::First,
        };
        list.sort_by(spec, spec.sort);
        let (mut after, mut before) = (None, None);
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "q" => list.q = searched(&value),
                "sort" => list.sort_by(spec, &value),
                "size" => {
                    if let Some(size) = value.parse().ok().filter(|size| SIZES.contains(size)) {
                        (list.size, list.size_asked) = (size, true);
                    }
                }
                "after" if !value.is_empty() => after = Some(value.into_owned()),
                "before" if !value.is_empty() => before = Some(value.into_owned()),
                _ => {
                    if let Some(filter) = spec.filters.iter().find(|filter| **filter == name)
                        && !value.is_empty()
                    {
                        list.filters.retain(|(set, _)| set != filter);
                        // It stands in every link of the page, and nothing that is filtered by is longer.
                        list.filters.push((filter, value.chars().take(255).collect()));
                    }
                }
            }
        }
        let bound = list.binding();
        let found = match (&after, &before) {
            (Some(text), _) => Cursor::decode(text, bound).map(Seek::After),
            (None, Some(text)) => Cursor::decode(text, bound).map(Seek::Before),
            (None, None) => Some(Seek::First),
        };
        list.invalid_cursor = found.is_none();
        list.seek = found.unwrap_or(Seek::First);
        list
    }

    fn sort_by(&mut self, spec: &ListSpec, asked: &str) {
        let (name, descending) = asked.strip_prefix('-').map_or((asked, false), |name| (name, true));
        if let Some(column) = spec.columns.iter().find(|column| column.name == name) {
            (self.column, self.descending) = (column.name, descending);
        }
    }

    /// The same list, whose pages all carry a value along, such as where one came from.
    pub fn along(mut self, name: &'static str, value: Option<String>) -> Self {
        self.along = value.map(|value| (name, value));
        self
    }

    /// What its pages carry along.
    pub fn carried_along(&self) -> Option<&str> {
        self.along.as_ref().map(|(_, value)| value.as_str())
    }

    /// Hidden fields of its search form: sort, filters and what goes along.
    pub fn other_params(&self) -> Vec<(&'static str, String)> {
        let sort = Some(self.sort()).filter(|sort| sort != self.usual_sort).map(|sort| ("sort", sort));
        self.filters.iter().cloned().chain(sort).chain(self.along.clone()).collect()
    }

    /// The value of a filter that is set.
    pub fn filter(&self, name: &str) -> Option<&str> {
        self.filters.iter().find(|(set, _)| *set == name).map(|(_, value)| value.as_str())
    }

    /// The place to go on from.
    pub fn cursor(&self) -> Option<&Cursor> {
        match &self.seek {
            Seek::First => None,
            Seek::After(cursor) | Seek::Before(cursor) => Some(cursor),
        }
    }

    /// Whether the database is to read upwards: as sorted, or backwards when the page before is wanted.
    pub fn scans_up(&self) -> bool {
        self.descending == matches!(self.seek, Seek::Before(_))
    }

    /// One row more than a page has, to know whether there are more.
    pub fn rows_wanted(&self) -> i64 {
        i64::from(self.size) + 1
    }

    /// Makes a page of what `keyset!` found.
    pub fn slice<T>(&self, mut found: Vec<T>) -> Slice<T> {
        let full = found.len() > self.size as usize;
        found.truncate(self.size as usize);
        let length = found.len() as u64;
        let (start, more) = match &self.seek {
            Seek::First => (0, (false, full)),
            Seek::After(cursor) => (cursor.position, (true, full)),
            Seek::Before(cursor) => {
                found.reverse();
                (if full { cursor.position.saturating_sub(length) } else { 0 }, (full, true))
            }
        };
        Slice { rows: found, start, more, restarted: false }
    }

    /// The rows of the same list that come after the one with this sorted value and id.
    pub fn after(&self, key: Key, id: [u8; 16]) -> Self {
        Self { seek: Seek::After(Cursor { position: 0, key, id }), ..self.clone() }
    }

    /// The same list with so many rows on a page.
    pub fn sized(self, size: u32) -> Self {
        Self { size, ..self }
    }

    /// The address of the whole list as a file, with all that it asks for but its place.
    pub fn export_url(&self) -> String {
        let list = Self { path: format!("{}/export", self.path), ..self.clone() };
        list.url(&self.sort(), None, None)
    }

    /// The first page of the same list, to be shown when nothing is left of this one.
    pub fn restarted<T>(&self, slice: &Slice<T>) -> Option<Self> {
        (slice.rows.is_empty() && self.cursor().is_some()).then(|| Self { seek: Seek::First, ..self.clone() })
    }

    /// The whole list as one slice was asked for, without its place: for what acts on all that match.
    pub fn binding(&self) -> u32 {
        let mut hash = Sha256::new();
        let direction = if self.descending { "-" } else { "+" };
        for part in [self.path.as_str(), self.q.as_str(), self.column, direction] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        for (name, value) in &self.filters {
            hash.update(name.as_bytes());
            hash.update([0]);
            hash.update(value.as_bytes());
            hash.update([0]);
        }
        let hash = hash.finalize();
        u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]])
    }

    /// The sort as the URL says it.
    pub fn sort(&self) -> String {
        format!("{}{}", if self.descending { "-" } else { "" }, self.column)
    }

    /// The address of this list with another sort, size or place; what is usual is left out.
    pub fn url(&self, sort: &str, size: Option<u32>, seek: Option<(&str, String)>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if !self.q.is_empty() {
            query.append_pair("q", &self.q);
        }
        for (name, value) in &self.filters {
            query.append_pair(name, value);
        }
        if sort != self.usual_sort {
            query.append_pair("sort", sort);
        }
        if let Some(size) = size {
            query.append_pair("size", &size.to_string());
        }
        if let Some((name, value)) = &self.along {
            query.append_pair(name, value);
        }
        if let Some((name, cursor)) = seek {
            query.append_pair(name, &cursor);
        }
        let query = query.finish();
        if query.is_empty() { self.path.clone() } else { format!("{}?{query}", self.path) }
    }

    /// The first page of the same list in its usual order, for when another cannot be had.
    pub fn unsorted(mut self, spec: &ListSpec) -> Self {
        self.sort_by(spec, spec.sort);
        (self.seek, self.unsorted) = (Seek::First, true);
        self
    }

    /// The address of this list without some of its filters.
    pub fn url_without(&self, names: &[&str]) -> String {
        self.url_with(names, &[])
    }

    /// The address of this list with these filters instead of those called `names`.
    pub fn url_with(&self, names: &[&str], filters: &[(&'static str, String)]) -> String {
        let mut list = self.clone();
        list.filters.retain(|(name, _)| !names.contains(name));
        list.filters.extend_from_slice(filters);
        list.url(&self.sort(), self.size_asked.then_some(self.size), None)
    }

    /// The words for where a page lies among all that match, such as `26–50 of 1,240`.
    pub fn position(&self, start: u64, rows: usize, total: TotalCount) -> String {
        if rows == 0 {
            return "0".into();
        }
        let last = start.saturating_add(rows as u64);
        let total = match total {
            TotalCount::Exactly(n) => TotalCount::Exactly(n.max(last)),
            more => more,
        };
        format!("{}–{} of {total}", crate::base::text::Count(start.saturating_add(1)), crate::base::text::Count(last))
    }

    /// What the forms of bulk actions on it carry, to find it again: its search and filters, and the address of this page.
    pub fn carried(&self) -> Vec<(&'static str, String)> {
        let set = self.filters.iter().cloned().chain([("back", self.here())]);
        [("q", self.q.clone())].into_iter().chain(set).filter(|(_, value)| !value.is_empty()).collect()
    }

    /// The address of this page of the list.
    pub fn here(&self) -> String {
        let seek = match &self.seek {
            Seek::First => None,
            Seek::After(cursor) => Some(("after", cursor.encode(self.binding()))),
            Seek::Before(cursor) => Some(("before", cursor.encode(self.binding()))),
        };
        self.url(&self.sort(), self.size_asked.then_some(self.size), seek)
    }

    /// The address of the page after or before a row.
    pub fn seek_url(&self, name: &str, position: u64, key: Key, id: [u8; 16]) -> String {
        let cursor = Cursor { position, key, id }.encode(self.binding());
        self.url(&self.sort(), self.size_asked.then_some(self.size), Some((name, cursor)))
    }
}
