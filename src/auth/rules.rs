//! What a password must be (NIST SP 800-63B-4): long, not common, not guessable from its owner. Nothing else.

use zxcvbn::{Score, zxcvbn};

use crate::form::fold;

/// What a guesser would try first: each with the words that name it.
pub type Knowing<'a> = [(&'static str, &'a str)];

/// What zxcvbn reads: beyond this, length alone makes a password strong, and reading would take long.
const READ: usize = 100;

/// Checks a new password of somebody of whom `knowing` is known.
///
/// # Errors
/// A sentence that says why it cannot be used and what to do.
pub fn check_password(password: &str, knowing: &Knowing) -> Result<(), String> {
    let length = password.chars().count();
    if length == 0 {
        return Err("Enter a password".into());
    }
    if length < 12 {
        return Err(format!("Choose a password of at least 12 characters; this one has {length}"));
    }
    if length > 256 {
        return Err(format!("Choose a password of at most 256 characters; this one has {length}"));
    }
    let folded = fold(password);
    for (name, value) in knowing {
        if parts(value).any(|part| folded.contains(&part)) {
            return Err(format!("Choose a password that does not contain {name}"));
        }
    }
    let read: String = password.chars().take(READ).collect();
    let inputs: Vec<&str> = knowing.iter().map(|(_, value)| *value).collect();
    let estimate = zxcvbn(&read, &inputs);
    if estimate.score() >= Score::Three {
        return Ok(());
    }
    let why = estimate.feedback().and_then(|feedback| feedback.warning()).map(|warning| warning.to_string());
    Err(match why {
        Some(why) => format!(
            "Choose a password that is harder to guess: {}. Several unrelated words make a good one",
            lower_first(why.trim_end_matches('.'))
        ),
        None => "Choose a password that is harder to guess; several unrelated words make a good one".into(),
    })
}

/// The whole of what is known, and the part of an address before the @; nothing of fewer than three letters, which
/// too many passwords contain by chance.
fn parts(value: &str) -> impl Iterator<Item = String> {
    let whole = fold(value);
    let local = whole.split_once('@').map(|(local, _)| local.to_owned());
    [Some(whole), local].into_iter().flatten().filter(|part| part.chars().count() >= 3)
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: [(&str, &str); 4] = [
        ("your email address", "ada.byron@acme.example"),
        ("your first name", "Ada"),
        ("your last name", "Byron"),
        ("the name of your customer", "Beta Farms"),
    ];

    #[test]
    fn long_unguessable_passwords_are_fine_whatever_they_are_made_of() {
        for good in ["tundra velvet oboe", "ракета облако семь", "k2!pQ9#vXz7&", &"ü8~ tundra velvet ".repeat(14)]
        {
            assert_eq!(check_password(good, &ADA), Ok(()), "{good}");
        }
    }

    #[test]
    fn every_refusal_says_why() {
        let says = |password: &str, words: &str| {
            let told = check_password(password, &ADA).expect_err(password);
            assert!(told.contains(words), "{password}: {told}");
        };
        says("", "Enter a password");
        says("k2!pQ9#vXz7", "at least 12 characters; this one has 11");
        says(&"a1".repeat(129), "at most 256 characters; this one has 258");
        says("123456789012", "harder to guess");
        says("aaaaaaaaaaaaaaaa", "harder to guess");
        says("password1234", "harder to guess");
        says("qwertyuiop[]", "harder to guess");
        says("tundra byron oboe", "your last name");
        says("ADA.BYRON tundra velvet", "your email address");
        says("i love beta farms x7", "the name of your customer");
    }
}
