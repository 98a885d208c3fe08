//! When somebody else saved in between: what it was, what they made of it, what you made of it, field by field.

use crate::base::forms::{Field, Section};

/// One field of which the three are not all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The posted name.
    pub name: &'static str,
    /// The field's label.
    pub label: &'static str,
    /// What it was when you opened the form, as shown and as posted.
    pub was: String,
    /// What they saved.
    pub theirs: String,
    /// What you typed.
    pub yours: String,
    /// Posted value of theirs.
    pub theirs_value: String,
    /// Posted value of yours.
    pub yours_value: String,
    /// Whether your change is proposed: you changed it and they did not, or both did.
    pub prefer_yours: bool,
}

/// The whole comparison. The choice for a field is posted under the field's own name, so that the answer is an
/// ordinary save.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ThreeWay {
    /// Fields to choose in.
    pub differences: Vec<Difference>,
    /// Fields that all agree on: name and value.
    pub agreed: Vec<(&'static str, String)>,
}

impl ThreeWay {
    /// Compares the same form filled three times: as it was, by them, by you.
    pub fn compare(filled: [Vec<Section>; 3]) -> Self {
        let mut found = Self::default();
        let [was, theirs, yours] = filled.map(|form| form.into_iter().flat_map(|section| section.fields));
        for ((was, theirs), yours) in was.zip(theirs).zip(yours) {
            if same(&theirs, &yours) {
                found.agreed.push((yours.name, yours.value));
            } else {
                found.differences.push(Difference {
                    name: yours.name,
                    label: yours.label,
                    was: was.shown().to_owned(),
                    theirs: theirs.shown().to_owned(),
                    yours: yours.shown().to_owned(),
                    prefer_yours: !same(&was, &yours),
                    theirs_value: theirs.value,
                    yours_value: yours.value,
                });
            }
        }
        found
    }
}

fn same(one: &Field, other: &Field) -> bool {
    one.value.trim().replace("\r\n", "\n") == other.value.trim().replace("\r\n", "\n")
}
