//! What a page shows of a list besides its rows.

use url::form_urlencoded;

use crate::base::list::query::SIZES;
use crate::base::list::{Key, ListQuery, ListSpec, Slice, TotalCount};

/// A column header that sorts.
#[derive(Debug, Clone)]
pub struct Header {
    /// Its words.
    pub label: &'static str,
    /// The address of the list sorted by it, or the other way round.
    pub href: String,
    /// `ascending`, `descending` or nothing.
    pub aria: &'static str,
    /// Whether its values are right-aligned.
    pub numeric: bool,
}

impl Header {
    /// The style class that gives its column its width.
    pub fn class(&self) -> &'static str {
        match self.label {
            "Title" | "Name" => "name",
            "Email" => "wide",
            "City" | "Country" | "Type" | "Label" | "Customer" | "Role" => "mid",
            "Status" => "state",
            "Last sign-in" | "Created" => "when",
            _ => "",
        }
    }
}

/// A page size to choose.
#[derive(Debug, Clone)]
pub struct PageSize {
    /// Rows.
    pub rows: u32,
    /// The address of the list with it.
    pub href: String,
    /// Whether it is the one in use.
    pub current: bool,
}

/// Everything around the rows.
#[derive(Debug, Clone)]
pub struct ListView {
    /// The address of the list without a query.
    pub path: String,
    /// The address of this page of it.
    pub here: String,
    /// What the forms of bulk actions on it carry, to find it again.
    pub carried: Vec<(&'static str, String)>,
    /// The search as typed.
    pub q: String,
    /// Hidden fields of the search form: sort, filters and what goes along.
    pub other_params: Vec<(&'static str, String)>,
    /// Column headers.
    pub headers: Vec<Header>,
    /// Such as `1–25 of 1,240`.
    pub position: String,
    /// How many match.
    pub total: TotalCount,
    /// Whether there are no rows.
    pub empty: bool,
    /// Whether a search or filter narrows the list.
    pub narrowed: bool,
    /// Address of the page before.
    pub previous: Option<String>,
    /// Address of the page after.
    pub next: Option<String>,
    /// Page sizes.
    pub sizes: Vec<PageSize>,
    /// The list as files: the words of each link and its address.
    pub exports: Vec<(&'static str, String)>,
    /// Whether the place in the URL was not understood.
    pub invalid_cursor: bool,
    /// Whether more match than can be put into the order that was asked for.
    pub unsorted: bool,
    /// Whether the first page is shown because nothing was left of the one that was asked for.
    pub restarted: bool,
}

impl ListView {
    /// Describes a slice; `place` tells a row's sorted value and id.
    pub fn new<T>(
        spec: &ListSpec,
        list: &ListQuery,
        slice: &Slice<T>,
        total: TotalCount,
        place: impl Fn(&T) -> (Key, [u8; 16]),
    ) -> Self {
        let sort = list.sort();
        let seek = |name, position, row: &T| {
            let (key, id) = place(row);
            list.seek_url(name, position, key, id)
        };
        let end = slice.start.saturating_add(slice.rows.len() as u64);
        let total = match total {
            // Behind the last page there are no more.
            TotalCount::AtLeast(_) if !slice.more.1 => TotalCount::Exactly(end),
            known => known,
        };
        Self {
            path: list.path.clone(),
            here: list.here(),
            carried: list.carried(),
            q: list.q.clone(),
            other_params: list.other_params(),
            headers: spec.columns.iter().map(|column| header(list, column)).collect(),
            position: list.position(slice.start, slice.rows.len(), total),
            total,
            empty: slice.rows.is_empty(),
            narrowed: !list.q.is_empty() || !list.filters.is_empty(),
            previous: slice.rows.first().filter(|_| slice.more.0).map(|row| seek("before", slice.start, row)),
            next: slice.rows.last().filter(|_| slice.more.1).map(|row| seek("after", end, row)),
            sizes: SIZES
                .map(|rows| PageSize { rows, href: list.url(&sort, Some(rows), None), current: rows == list.size })
                .into(),
            exports: Vec::new(),
            invalid_cursor: list.invalid_cursor,
            unsorted: list.unsorted,
            restarted: slice.restarted,
        }
    }
}

impl ListView {
    /// How many match when that is known, else nothing.
    pub fn known_total(&self) -> String {
        match self.total {
            TotalCount::Exactly(_) => self.total.to_string(),
            TotalCount::AtLeast(_) => String::new(),
        }
    }

    /// The address of a page under the list that leads back to it as it is.
    pub fn way_to(&self, page: &str) -> String {
        let mut way = format!("{}/{page}", self.path);
        if self.here != self.path {
            let mut query = form_urlencoded::Serializer::new(String::new());
            way += &format!("?{}", query.append_pair("back", &self.here).finish());
        }
        way
    }

    /// Offers the list as a file.
    pub fn exported(mut self, list: &ListQuery) -> Self {
        self.exports.push(("Export", list.export_url()));
        self
    }
}

fn header(list: &ListQuery, column: &crate::base::list::Column) -> Header {
    let current = list.column == column.name;
    let aria = match (current, list.descending) {
        (false, _) => "",
        (true, false) => "ascending",
        (true, true) => "descending",
    };
    // A column is first sorted upwards, numbers and times downwards.
    let down = if current { !list.descending } else { column.numeric || column.name == "created" };
    let sort = format!("{}{}", if down { "-" } else { "" }, column.name);
    let size = list.size_asked.then_some(list.size);
    Header { label: column.label, href: list.url(&sort, size, None), aria, numeric: column.numeric }
}

/// A filter that is set: its words, and the address of the list without it.
pub struct Chip {
    pub label: String,
    pub href: String,
}

impl Chip {
    /// The filters called `names`, in words.
    pub fn new(list: &ListQuery, label: String, names: &[&str]) -> Self {
        Self { label, href: list.url_without(names) }
    }
}
