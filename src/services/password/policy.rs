//! What a password must be (NIST SP 800-63B-4): long, not common, not guessable from its owner. Nothing else.

use zxcvbn::{Entropy, Score, zxcvbn};

use crate::base::text;

/// What a guesser would try first: each with the words that name it.
pub type UserInputs<'a> = [(&'static str, &'a str)];

/// The fewest characters of a password.
const SHORTEST: usize = 12;
/// The most characters of a password.
pub const LONGEST: usize = 256;
/// So many characters must be left without digits and words of the person.
const OWN: usize = 8;
/// Words of a name that are shorter occur in too many passwords by chance.
const SHORTEST_WORD: usize = 4;
/// What zxcvbn reads: beyond this, length alone makes a password strong, and reading would take long.
const READ: usize = 40;
/// How much zxcvbn may do, as substitutions times the square of the length it reads: a few milliseconds.
const MOST_WORK: usize = 30_000;
/// What stands for a letter: zxcvbn tries all combinations of these.
const SUBSTITUTES: [(char, &str); 12] = [
    ('a', "4@"),
    ('b', "8"),
    ('c', "({[<"),
    ('e', "3"),
    ('g', "69"),
    ('i', "1!|"),
    ('l', "1|7"),
    ('o', "0"),
    ('s', "$5"),
    ('t', "+7"),
    ('x', "%"),
    ('z', "2"),
];
/// Passwords of books and cartoons, longer than those that zxcvbn knows; letters and digits alone.
const FAMOUS: [&str; 16] = [
    "correcthorsebatterystaple",
    "horsebatterystaplecorrect",
    "correcthorsebattery",
    "thequickbrownfoxjumpsoverthelazydog",
    "thequickbrownfox",
    "loremipsumdolorsitamet",
    "loremipsumdolor",
    "tobeornottobethatisthequestion",
    "tobeornottobe",
    "maytheforcebewithyou",
    "iamyourfather",
    "onceuponatime",
    "happybirthdaytoyou",
    "supercalifragilisticexpialidocious",
    "thereisnoplacelikehome",
    "openthepodbaydoorshal",
];

/// A password in the form that is hashed (Unicode NFKC): however a keyboard composes it, it is the same.
pub fn normalized(password: &str) -> String {
    text::composed(password).into_owned()
}

/// How many characters a password has: code points, and of the ways to compose it the shorter one.
fn length(password: &str) -> usize {
    // Composing shortens a text to a quarter at most, in bytes or code points.
    let typed = password.chars().take(4 * LONGEST + 1).count();
    if typed > 4 * LONGEST { typed } else { typed.min(text::composed(password).chars().count()) }
}

/// Whether it is longer than any password.
pub fn is_too_long(password: &str) -> bool {
    length(password) > LONGEST
}

/// Checks of a new password what takes no time.
///
/// # Errors
/// A sentence that says what to do.
pub fn check_length(password: &str) -> Result<(), String> {
    match length(password) {
        0 => Err("Enter a password".into()),
        n if n < SHORTEST => Err(format!("Choose a password of at least {SHORTEST} characters; this one has {n}")),
        n if n > LONGEST => {
            let n = password.chars().count();
            Err(format!("Choose a password of at most {LONGEST} characters; this one has {n}"))
        }
        _ => Ok(()),
    }
}

/// Checks a new password of somebody of whom `user_inputs` is known. Takes milliseconds: see `HashPermit::check`.
///
/// # Errors
/// A sentence that says why it cannot be used and what to do.
pub(crate) fn check_password(password: &str, user_inputs: &UserInputs) -> Result<(), String> {
    check_length(password)?;
    let password = normalized(password);
    let own = Own::of(user_inputs);
    own.check(&password)?;
    let bare = plain(&password);
    let letters: String = bare.chars().filter(|c| c.is_alphanumeric()).collect();
    let without_digits = letters.trim_matches(|c: char| c.is_ascii_digit());
    if FAMOUS.contains(&letters.as_str()) || FAMOUS.contains(&without_digits) {
        return Err(harder("This is a well-known phrase"));
    }
    let inputs: Vec<&str> = own.words.iter().map(|(word, _)| word.as_str()).collect();
    // zxcvbn finds no words where there are spaces between them.
    let joined: String = password.chars().filter(|c| !c.is_whitespace() && !"-_.,".contains(*c)).collect();
    for (read, least) in [(&password, Score::Four), (&joined, Score::Three)] {
        let estimate = zxcvbn(readable(read), &inputs);
        if estimate.score() < least {
            return Err(weak(&estimate));
        }
    }
    Ok(())
}

fn weak(estimate: &Entropy) -> String {
    match estimate.feedback().and_then(|feedback| feedback.warning()) {
        Some(why) => harder(&why.to_string()),
        None => "Choose a password that is harder to guess; use a few unrelated words".into(),
    }
}

fn harder(why: &str) -> String {
    let why = lower_first(why.trim_end_matches('.'));
    format!("Choose a password that is harder to guess: {why}. Use a few unrelated words")
}

/// The beginning of a password that zxcvbn can read in a few milliseconds: the more of its characters may stand for
/// letters, the shorter. Twelve characters can always be read.
fn readable(password: &str) -> &str {
    let prefix = |n: usize| password.char_indices().nth(n).map_or(password, |(end, _)| &password[..end]);
    let fits = |n: &usize| substitutions(prefix(*n)) * n * n <= MOST_WORK;
    prefix((SHORTEST..=READ).rev().find(fits).unwrap_or(SHORTEST))
}

/// How many ways there are to read the substitutes in a text as letters.
fn substitutions(text: &str) -> usize {
    let ways = SUBSTITUTES.iter().map(|(_, marks)| marks.chars().filter(|mark| text.contains(*mark)).count().max(1));
    ways.product()
}

/// Words of a person, each with what it is part of.
struct Own {
    words: Vec<(String, &'static str)>,
}

impl Own {
    fn of(user_inputs: &UserInputs) -> Self {
        let product = [("the name of this product", "Tenantry")];
        let mut words = Vec::new();
        for (name, value) in user_inputs.iter().chain(&product) {
            let plain = plain(value);
            let parts: Vec<&str> = plain.split(|c: char| !c.is_alphanumeric()).collect();
            for word in parts.iter().map(|part| (*part).to_owned()).chain([parts.concat()]) {
                // The digits of a password count for nothing anyway.
                let letters: String = word.chars().filter(|c| !c.is_numeric()).collect();
                words.extend([word, letters].into_iter().filter(|word| is_word(word)).map(|word| (word, *name)));
            }
        }
        words.sort();
        words.dedup_by(|one, other| one.0 == other.0);
        Self { words }
    }

    /// Refuses a password in which too little is left without these words and digits.
    fn check(&self, password: &str) -> Result<(), String> {
        let password = plain(password);
        let mut own = vec![true; password.len()];
        let mut found: Vec<&'static str> = Vec::new();
        for (word, name) in &self.words {
            for (at, _) in password.match_indices(word.as_str()) {
                own[at..at + word.len()].fill(false);
                if !found.contains(name) {
                    found.push(name);
                }
            }
        }
        let left = password.char_indices().filter(|(at, c)| own[*at] && !c.is_numeric()).count();
        if found.is_empty() || left >= OWN {
            return Ok(());
        }
        let names = match found.as_slice() {
            [one] => (*one).to_owned(),
            [many @ .., last] => format!("{} and {last}", many.join(", ")),
            [] => String::new(),
        };
        let left = match left {
            0 => "nothing is left".to_owned(),
            1 => "only 1 character is left".to_owned(),
            n => format!("only {n} characters are left"),
        };
        Err(format!(
            "Choose a password made of more than {names}: without those words and digits, {left}; \
             use at least {OWN} other characters"
        ))
    }
}

fn is_word(word: &str) -> bool {
    word.chars().count() >= SHORTEST_WORD && word.chars().any(|c| !c.is_numeric())
}

/// Without case and accents; spaces at the ends count.
fn plain(text: &str) -> String {
    text.split(' ').map(text::folded).collect::<Vec<_>>().join(" ")
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: [(&str, &str); 5] = [
        ("your email address", "ada.byron@acme.example"),
        ("your first name", "Ada"),
        ("your last name", "Byron"),
        ("the name of your customer", "Harbour Foods"),
        ("the name of the tenant", "Northwind Grid"),
    ];

    #[test]
    fn long_unguessable_passwords_are_fine_whatever_they_are_made_of() {
        for good in [
            "tundra velvet oboe",
            "ракета облако семь",
            "k2!pQ9#vXz7&",
            &"ü8~ tundra velvet ".repeat(14),
            // A name among much else tells nobody the rest.
            "ada byron tundra velvet",
            "northwind tundra velvet",
            "we ship harbour walrus",
        ] {
            assert_eq!(check_password(good, &ADA), Ok(()), "{good}");
        }
    }

    #[track_caller]
    fn says(password: &str, words: &str) {
        let told = check_password(password, &ADA).expect_err(password);
        assert!(told.contains(words), "{password}: {told}");
    }

    #[test]
    fn every_refusal_says_why() {
        says("", "Enter a password");
        says("k2!pQ9#vXz7", "at least 12 characters; this one has 11");
        says(&"a1".repeat(129), "at most 256 characters; this one has 258");
        says("123456789012", "harder to guess");
        says("aaaaaaaaaaaaaaaa", "harder to guess");
        says("password1234", "harder to guess");
        says("qwertyuiop[]", "harder to guess");
    }

    #[test]
    fn patterns_and_phrases_that_everybody_knows_are_refused() {
        for common in [
            "Summer2026!!!",
            "Winter2026!!!",
            "January2026!!",
            "Christmas2026!",
            "changeme2026!",
            "correcthorsebatterystaple",
            "Correct Horse Battery Staple 1",
            "hello world 123",
            "mustang dragon 1",
            "one two three four",
            "password password",
            "iloveyou forever",
            "to be or not to be",
        ] {
            says(common, "harder to guess");
        }
    }

    #[test]
    fn little_else_than_words_of_the_person_is_refused_and_named() {
        says(
            "HarbourFoods2026",
            "more than the name of your customer: without those words and digits, nothing is left",
        );
        says("northwindgrid1", "more than the name of the tenant");
        says("Northwind2026!", "only 1 character is left");
        says("Tenantry2026!", "the name of this product");
        says("byron acme 1815", "your email address");
        says("ByronHarbour!!", "the name of your customer");
        says("NÖRTHWIND GRÍD 7", "the name of the tenant");
    }

    #[test]
    fn however_it_is_composed_a_password_is_the_same_and_as_long() {
        let (composed, apart) = ("Zürich fjord oboe", "Zu\u{308}rich fjord oboe");
        assert_eq!(normalized(apart), normalized(composed));
        assert_eq!(normalized("ﬁnd２"), "find2");
        says("Zu\u{308}richfjord", "at least 12 characters; this one has 11");
        assert!(!is_too_long(&"u\u{308}".repeat(256)));
        assert!(is_too_long(&"u\u{308}".repeat(257)));
        // One character that stands for eighteen is one.
        says("\u{fdfa}", "this one has 1");
    }

    #[test]
    fn the_more_substitutes_the_less_is_read() {
        let all = "4@({[<69!|1+7$5%2083".repeat(5);
        assert_eq!(readable(&all), "4@({[<69!|1+");
        assert_eq!(readable(&"tundra velvet oboe 7 ".repeat(3)).chars().count(), READ);
        assert_eq!(readable("ü8~"), "ü8~");
    }
}
