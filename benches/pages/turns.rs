//! Measuring in turn: one side, the other, and so on, so that what changes on the machine meanwhile meets both.

use crate::process::Result;

/// How often each side is measured, chosen before anything is.
pub const ROUNDS: usize = 9;

/// What one side measured in all rounds.
pub struct Turns(Vec<f64>);

impl Turns {
    /// The one in the middle.
    pub fn median(&self) -> f64 {
        self.0[self.0.len() / 2]
    }

    /// The second and the last but one: of nine rounds, the median of all that could be measured is between them in 96 of
    /// 100 cases, however the values are spread.
    pub fn interval(&self) -> (f64, f64) {
        (self.0[1], self.0[self.0.len() - 2])
    }
}

impl FromIterator<f64> for Turns {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        Self(values)
    }
}

/// Calls one after the other, again and again; what each answers first does not count.
pub fn in_turn<T, U>(mut one: impl FnMut() -> Result<T>, mut other: impl FnMut() -> Result<U>) -> Result<Vec<(T, U)>> {
    one()?;
    other()?;
    (0..ROUNDS).map(|_| Ok((one()?, other()?))).collect()
}

/// Two sides of the same unit, and how many times the other one of them is.
pub struct Ratio {
    one: Turns,
    other: Turns,
    times: Turns,
}

impl Ratio {
    pub fn of(rounds: &[(f64, f64)]) -> Self {
        Self {
            one: rounds.iter().map(|(one, _)| *one).collect(),
            other: rounds.iter().map(|(_, other)| *other).collect(),
            times: rounds.iter().map(|(one, other)| one / other).collect(),
        }
    }

    pub fn times(&self) -> f64 {
        self.times.median()
    }

    /// What the one side is.
    pub fn one(&self) -> f64 {
        self.one.median()
    }

    /// `one : other unit = ratio (interval)`.
    pub fn text(&self, unit: &str) -> String {
        let [one, other] = self.sides();
        format!("{one} : {other} {unit} = {}", self.times_text())
    }

    /// `before → now unit = ratio (interval)`, where the one is now.
    pub fn change(&self, unit: &str) -> String {
        let [now, before] = self.sides();
        format!("{before} → {now} {unit} = {}", self.times_text())
    }

    fn sides(&self) -> [String; 2] {
        let sides = [self.one.median(), self.other.median()];
        let digits = if sides[0].min(sides[1]) < 10.0 { 2 } else { 0 };
        sides.map(|side| format!("{side:.digits$}"))
    }

    fn times_text(&self) -> String {
        let (low, high) = self.times.interval();
        format!("{:.2}× ({low:.2}–{high:.2})", self.times())
    }
}
