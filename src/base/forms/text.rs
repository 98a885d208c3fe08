//! Reading typed text: outer spaces cut, control characters refused, lengths counted in code points.

use unicode_normalization::UnicodeNormalization;

use crate::base::text::Count;

/// One line of text of at most `max` code points.
///
/// # Errors
/// A sentence that says what to do; `name` is the field's name inside it.
pub fn line(name: &str, typed: &str, max: usize) -> Result<String, String> {
    read(name, typed, max, |c| c.is_control())
}

/// Text of at most `max` code points that may have several lines, stored with `\n` between them.
///
/// # Errors
/// As `line`.
pub fn paragraph(name: &str, typed: &str, max: usize) -> Result<String, String> {
    read(name, &typed.replace("\r\n", "\n"), max, |c| c.is_control() && !matches!(c, '\n' | '\t'))
}

fn read(name: &str, typed: &str, max: usize, refused: impl Fn(char) -> bool) -> Result<String, String> {
    let text = typed.trim();
    if let Some(at) = text.chars().position(refused) {
        return Err(format!("{name} has a control character at position {}; remove it", at + 1));
    }
    let length = text.chars().count();
    if length > max {
        let [max, length] = [max, length].map(|n| Count(n as u64));
        return Err(format!("Shorten {} to {max} characters; it has {length}", in_sentence(name)));
    }
    Ok(text.to_owned())
}

/// An e-mail address (RFC 5321, at most 254 characters), or nothing.
///
/// # Errors
/// As `line`.
pub fn email(name: &str, typed: &str) -> Result<String, String> {
    let text = line(name, typed, 254)?;
    if text.is_empty() {
        return Ok(text);
    }
    let known = text
        .parse::<lettre::Address>()
        .ok()
        .filter(|address| !address.domain().starts_with('[') && text.bytes().filter(|byte| *byte == b'@').count() == 1);
    match known {
        Some(_) => Ok(text),
        None => Err(format!("Enter {} in the form name@example.com", with_article(name))),
    }
}

fn with_article(name: &str) -> String {
    let name = in_sentence(name);
    match name.chars().next() {
        Some('a' | 'e' | 'i' | 'o' | 'u') => format!("an {name}"),
        _ => format!("a {name}"),
    }
}

/// A field's name as it stands inside a sentence.
fn in_sentence(name: &str) -> String {
    match name {
        "Email" => "email address".into(),
        _ => {
            let mut chars = name.chars();
            let first = chars.next().map(|c| c.to_lowercase().to_string()).unwrap_or_default();
            first + chars.as_str()
        }
    }
}

/// Text folded for comparing without regard to case and outer spaces, the same on both databases: trimmed, composed
/// (Unicode NFC), upper then lower case, which approximates Unicode's full case folding (ß and SS are one). The sigma
/// that ends a word is one like any other, or the beginning of a word would not be found in it.
pub fn fold(text: &str) -> String {
    let text = text.trim();
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.to_uppercase().to_lowercase().replace('ς', "σ").nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_at_the_ends_are_cut_and_length_is_counted_in_code_points() {
        assert_eq!(line("Title", "  Ada  ", 3).as_deref(), Ok("Ada"));
        assert_eq!(line("Title", &"𝔄".repeat(255), 255).map(|t| t.chars().count()), Ok(255));
        assert_eq!(line("Title", &"a".repeat(256), 255), Err("Shorten title to 255 characters; it has 256".to_owned()));
    }

    #[test]
    fn control_characters_are_refused_but_a_paragraph_has_lines() {
        assert!(line("Title", "a\u{0}b", 255).is_err());
        assert!(line("Title", "a\nb", 255).is_err());
        assert_eq!(paragraph("Description", "a\r\nb", 2000).as_deref(), Ok("a\nb"));
        assert!(paragraph("Description", "a\u{7}b", 2000).is_err());
    }

    #[test]
    fn addresses_are_checked_for_form() {
        for good in ["ada@example.com", "a.b+c@sub.example.co", "ada@localhost", "żółw@przykład.example"] {
            assert_eq!(email("Email", good).as_deref(), Ok(good));
        }
        for bad in
            ["ada", "ada@", "@example.com", "ada@@example.com", "ada lovelace@example.com", "a@b@c", "ada@exa mple"]
        {
            assert!(email("Email", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn folding_ignores_case_in_every_script() {
        assert_eq!(fold(" Straße "), fold("STRASSE"));
        assert_eq!(fold("ŁÓDŹ"), fold("łódź"));
        assert_eq!(fold("ΣΊΣΥΦΟΣ"), fold("σίσυφος"));
        assert!(fold("ΣΊΣΥΦΟΣ").starts_with(&fold("ΣΊΣ")));
        assert_eq!(fold("Cafe\u{301}"), fold("CAFÉ"));
    }
}
