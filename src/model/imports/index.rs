//! What must be known of a whole file before its first row can be judged: on which line each name stands first, and for
//! customers in which order they can be done, as one may name a parent that comes later. It is kept in memory, 12 bytes
//! a row and a little for each customer that names a parent, and made anew by whoever goes on after a crash.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read};

use crate::base::csv::{Reader, Record, restored};
use crate::base::id::CustomerId;
use crate::base::text;
use crate::model::imports::Plan;
use crate::model::imports::customer_cells::title_of;
use crate::model::imports::customers::PARENT;

/// 64 bits that stand for a name: among two million the chance that two are alike is one in ten million.
pub fn hash(key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish().max(1)
}

/// The first line of each name.
struct Lines {
    /// 0: free.
    hashes: Vec<u64>,
    lines: Vec<u32>,
    used: usize,
}

impl Lines {
    fn with_room(n: u64) -> Self {
        let size = usize::try_from(n + n / 3 + 16).unwrap_or(usize::MAX).next_power_of_two();
        Self { hashes: vec![0; size], lines: vec![0; size], used: 0 }
    }

    fn place(&self, hash: u64) -> usize {
        let mask = self.hashes.len() - 1;
        let mut at = hash as usize & mask;
        while self.hashes[at] != 0 && self.hashes[at] != hash {
            at = (at + 1) & mask;
        }
        at
    }

    fn first(&self, hash: u64) -> Option<u64> {
        let at = self.place(hash);
        (self.hashes[at] == hash).then(|| u64::from(self.lines[at]))
    }

    fn note(&mut self, hash: u64, line: u64) {
        if self.used >= self.hashes.len() / 5 * 4 {
            let mut larger = Self::with_room(self.hashes.len() as u64);
            let known = self.hashes.iter().zip(&self.lines).filter(|(hash, _)| **hash != 0);
            known.for_each(|(hash, line)| larger.note(*hash, u64::from(*line)));
            *self = larger;
        }
        let at = self.place(hash);
        if self.hashes[at] == 0 {
            (self.hashes[at], self.lines[at]) = (hash, u32::try_from(line).unwrap_or(u32::MAX));
            self.used += 1;
        }
    }
}

/// What is known of a file.
pub struct Index {
    lines: Lines,
    /// Of customers that name a parent, by the hashes of both titles.
    parents: HashMap<u64, u64>,
    /// Of customers whose parent comes later, how many times the file must be read before they can be done.
    passes: HashMap<u64, u32>,
    cycles: HashSet<u64>,
    refused: HashSet<u64>,
    /// Parents with the customers whose rows name them, in their order; made when they are first asked for.
    children: OnceCell<Vec<(u64, u64)>>,
    /// Of the customers that a dry run has passed, the stored ones above others.
    stored: HashMap<u64, CustomerId>,
    /// How many rows the file has.
    pub rows: u64,
}

/// Bytes after which whoever waits is told that it goes on.
const BREATH: u64 = 4 << 20;

impl Index {
    /// Reads a file from its first row on; calls `on_progress` now and then, and ends early when it answers `false`.
    ///
    /// # Errors
    /// Those of the input.
    pub fn read(
        plan: &Plan,
        input: impl Read,
        about: u64,
        mut on_progress: impl FnMut() -> io::Result<bool>,
    ) -> io::Result<Option<Self>> {
        let mut index = Self {
            lines: Lines::with_room(about.min(crate::model::imports::MOST_ROWS)),
            parents: HashMap::new(),
            passes: HashMap::new(),
            cycles: HashSet::new(),
            refused: HashSet::new(),
            children: OnceCell::new(),
            stored: HashMap::new(),
            rows: 0,
        };
        let mut reader = Reader::new(input, plan.head.format, plan.head.rows);
        let (mut record, mut breath) = (Record::default(), plan.head.rows.offset);
        while reader.read(&mut record)? {
            index.rows += u64::from(!record.is_blank());
            index.note(plan, &record);
            if reader.position().offset > breath + BREATH {
                breath = reader.position().offset;
                if !on_progress()? {
                    return Ok(None);
                }
            }
        }
        index.sort();
        Ok(Some(index))
    }

    fn note(&mut self, plan: &Plan, record: &Record) {
        if self.rows > crate::model::imports::MOST_ROWS || plan.head.problem_of(record).is_some() {
            return;
        }
        let cell = |column: usize| plan.columns.get(column).copied().flatten().and_then(|at| record.cells().nth(at));
        let key = cell(0).map(|cell| plan.what.row_key(&restored(cell))).unwrap_or_default();
        if key.is_empty() {
            return;
        }
        let key = hash(&key);
        if self.lines.first(key).is_none() {
            self.lines.note(key, record.line);
            if plan.what == crate::model::imports::ImportKind::Customers
                && let Some(parent) = cell(PARENT).and_then(|cell| title_of(&restored(cell)))
            {
                self.parents.insert(key, hash(&text::key(&parent)));
            }
        }
    }

    /// Finds the order in which customers can be done.
    fn sort(&mut self) {
        let mut known: HashMap<u64, u32> = HashMap::new();
        for start in self.parents.keys().copied() {
            let (mut way, mut on_way, mut at) = (Vec::new(), HashSet::new(), start);
            let in_cycle = loop {
                if known.contains_key(&at) {
                    break false;
                }
                if !on_way.insert(at) {
                    break true;
                }
                way.push(at);
                match self.parents.get(&at) {
                    Some(parent) if self.lines.first(*parent).is_some() => at = *parent,
                    _ => break false,
                }
            };
            if in_cycle {
                let begin = way.iter().position(|one| *one == at).unwrap_or_default();
                self.cycles.extend(&way[begin..]);
            }
            for one in way.into_iter().rev() {
                let above = self.parents.get(&one).filter(|_| !self.cycles.contains(&one));
                let above = above.and_then(|above| Some((self.lines.first(*above)?, known.get(above)?)));
                let pass = above.map_or(0, |(line, pass)| pass + u32::from(Some(line) > self.lines.first(one)));
                known.insert(one, pass);
            }
        }
        self.passes = known.into_iter().filter(|(_, pass)| *pass > 0).collect();
    }

    /// The line on which a name stands first.
    pub fn first(&self, key: u64) -> Option<u64> {
        self.lines.first(key)
    }

    /// The parent that a customer's row names, if its row names one.
    pub fn parent(&self, key: u64) -> Option<u64> {
        self.parents.get(&key).copied()
    }

    /// The customers whose rows name a parent.
    pub fn children(&self, parent: u64) -> impl Iterator<Item = u64> {
        let all = self.children.get_or_init(|| {
            let mut all: Vec<(u64, u64)> = self.parents.iter().map(|(child, parent)| (*parent, *child)).collect();
            all.sort_unstable();
            all
        });
        let first = all.partition_point(|(known, _)| *known < parent);
        all[first..].iter().take_while(move |(known, _)| *known == parent).map(|(_, child)| *child)
    }

    /// Whether a customer has a row that is done before the place `at`: the number of times the file was read, and a line.
    pub fn is_done(&self, key: u64, at: (u32, u64)) -> bool {
        self.first(key).is_some_and(|line| (self.pass(key), line) < at && !self.is_refused(line))
    }

    /// Remembers the id of a customer that is stored.
    pub fn is_stored(&mut self, key: u64, id: CustomerId) {
        self.stored.insert(key, id);
    }

    /// The id of a customer, if it is stored and a row that was passed told of it.
    pub fn stored(&self, key: u64) -> Option<CustomerId> {
        self.stored.get(&key).copied()
    }

    /// How many times the file is read before this row is done.
    pub fn pass(&self, key: u64) -> u32 {
        self.passes.get(&key).copied().unwrap_or_default()
    }

    /// How many times the file is read.
    pub fn passes(&self) -> u32 {
        self.passes.values().copied().max().unwrap_or_default() + 1
    }

    /// Whether a customer is among its own parents.
    pub fn in_cycle(&self, key: u64) -> bool {
        self.cycles.contains(&key)
    }

    /// Remembers that the row on a line was refused.
    pub fn refuse(&mut self, line: u64) {
        self.refused.insert(line);
    }

    /// Whether the row on a line was refused.
    pub fn is_refused(&self, line: u64) -> bool {
        self.refused.contains(&line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::csv::Encoding;
    use crate::model::imports::{CsvHeader, ImportKind, Reading};

    fn index_of(text: &str) -> Index {
        let head = CsvHeader::read(text.as_bytes(), Encoding::Utf8, ImportKind::Customers, Reading::default()).unwrap();
        let columns = ImportKind::Customers.places(&ImportKind::Customers.matched(&head.names));
        let rows = &text.as_bytes()[head.rows.offset as usize..];
        let plan = Plan { what: ImportKind::Customers, head: head.clone(), columns, invite: false, commit: false };
        Index::read(&plan, rows, 1, || Ok(true)).unwrap().unwrap()
    }

    #[test]
    fn customers_wait_for_parents_that_come_later() {
        let text =
            "Title,Parent customer\nLeaf,Top > Middle\nMiddle,Top\nTop,\nOther,Middle\nMIDDLE,Top\nLost,Nobody\n";
        let index = index_of(text);
        let pass = |title: &str| index.pass(hash(&text::key(title)));
        assert_eq!([pass("Leaf"), pass("Middle"), pass("Top"), pass("Other"), pass("Lost")], [2, 1, 0, 1, 0]);
        assert_eq!((index.passes(), index.rows, index.first(hash("middle"))), (3, 6, Some(3)));
    }

    #[test]
    fn customers_in_a_circle_are_found() {
        let index = index_of("Title,Parent customer\nA,B\nB,C\nC,B\nD,D\nE,A\nF,\n");
        let round: Vec<&str> = ["a", "b", "c", "d", "e", "f"].into_iter().filter(|t| index.in_cycle(hash(t))).collect();
        assert_eq!(round, ["b", "c", "d"]);
    }

    #[test]
    fn lines_of_many_names_are_remembered() {
        let mut lines = Lines::with_room(0);
        for n in 0..5_000 {
            lines.note(hash(&format!("n{n}")), n + 2);
            lines.note(hash(&format!("n{}", n / 2)), 9);
        }
        assert!((0..5_000).all(|n| lines.first(hash(&format!("n{n}"))) == Some(n + 2)));
        assert_eq!(lines.first(hash("other")), None);
    }
}
