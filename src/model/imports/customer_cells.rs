//! Cells that name a customer: by its title, or by the path of titles down to it, such as `Top > Middle > Leaf`.

use std::collections::{BTreeSet, HashMap};

use crate::base::error::Error;
use crate::base::id::CustomerId;
use crate::base::text;
use crate::model::customers::store::{self, Named};
use crate::tenancy::TenantConn;

/// A path of titles as a cell has it. What is a sign of it inside a title has a backslash in front.
pub fn path_cell<'a>(titles: impl IntoIterator<Item = &'a str>) -> String {
    let escaped = titles.into_iter().map(|title| title.replace('\\', "\\\\").replace('>', "\\>"));
    escaped.collect::<Vec<_>>().join(" > ")
}

/// The titles of a path, from the top down.
pub fn titles_of(cell: &str) -> Vec<String> {
    let (mut titles, mut title, mut chars) = (Vec::new(), String::new(), cell.chars());
    while let Some(c) = chars.next() {
        match c {
            '\\' => title.extend(chars.next()),
            '>' => titles.push(std::mem::take(&mut title)),
            c => title.push(c),
        }
    }
    titles.push(title);
    titles.iter().map(|title| title.trim().to_owned()).filter(|title| !title.is_empty()).collect()
}

/// The title of the customer that a cell names; none for none.
pub fn title_of(cell: &str) -> Option<String> {
    titles_of(cell).pop()
}

/// The customers that cells name, looked up together.
pub struct CustomerCells {
    named: HashMap<String, Named>,
}

impl CustomerCells {
    /// Looks up all that these cells may name: a title that is written as it is, with its signs, as well as a path.
    pub fn look_up<'a>(t: &mut TenantConn, cells: impl Iterator<Item = &'a str>) -> Result<Self, Error> {
        let mut keys = BTreeSet::new();
        for cell in cells {
            keys.insert(text::key(cell));
            keys.extend(titles_of(cell).iter().map(|title| text::key(title)));
        }
        keys.remove("");
        Ok(Self { named: store::named(t, &keys.into_iter().collect::<Vec<_>>())? })
    }

    /// The titles that a cell names, from the top down: the whole cell, when that is the title of a customer.
    pub fn titles(&self, cell: &str) -> Vec<String> {
        if self.named.contains_key(&text::key(cell)) { vec![cell.trim().to_owned()] } else { titles_of(cell) }
    }

    /// The customer with this folded title, if a cell named it.
    pub fn named(&self, key: &str) -> Option<&Named> {
        self.named.get(key)
    }

    /// A customer that was added or moved meanwhile.
    pub fn note(&mut self, key: String, customer: Named) {
        self.named.insert(key, customer);
    }

    /// All that were found.
    pub fn ids(&self) -> Vec<CustomerId> {
        self.named.values().map(|named| named.id).collect()
    }

    /// The customer that a cell names; none when the cell is empty.
    ///
    /// # Errors
    /// A sentence, when there is no such customer, or not on this path.
    pub fn find(&self, cell: &str) -> Result<Option<CustomerId>, String> {
        let titles = self.titles(cell);
        let Some(title) = titles.last() else { return Ok(None) };
        let Some(found) = self.named(&text::key(title)) else { return Err(format!("There is no customer {title}")) };
        for pair in titles.windows(2) {
            let above = self.named(&text::key(&pair[1])).and_then(|named| named.above.as_deref());
            if above != Some(text::key(&pair[0]).as_str()) {
                return Err(not_inside(&pair[1], &pair[0]));
            }
        }
        Ok(Some(found.id))
    }
}

/// That a path is not one.
pub fn not_inside(below: &str, above: &str) -> String {
    format!("The customer {below} is not an inner customer of {above}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_as_they_are_written() {
        for titles in [vec!["Top"], vec!["A > B", "C\\"], vec!["a>b", "\\>", "c"]] {
            assert_eq!(titles_of(&path_cell(titles.iter().copied())), titles);
        }
        assert_eq!(titles_of(" Top >Middle>  Leaf "), ["Top", "Middle", "Leaf"]);
        assert_eq!((title_of(""), title_of(" > ")), (None, None));
        assert_eq!(path_cell(["A > B", "C"]), "A \\> B > C");
    }
}
