//! Reading typed text: what nobody sees is taken out, control characters are refused, lengths counted in code points.

use crate::base::text::{Count, clean, clean_lines};

/// One line of text of at most `max` code points.
///
/// # Errors
/// A sentence that says what to do; `name` is the field's name inside it.
pub fn line(name: &str, typed: &str, max: usize) -> Result<String, String> {
    refuse_control(name, typed, char::is_control)?;
    within(name, clean(typed).into_owned(), max)
}

/// Text of at most `max` code points that may have several lines, stored with `\n` between them.
///
/// # Errors
/// As `line`.
pub fn paragraph(name: &str, typed: &str, max: usize) -> Result<String, String> {
    let typed = typed.replace("\r\n", "\n");
    refuse_control(name, &typed, |c| c.is_control() && !matches!(c, '\n' | '\t'))?;
    within(name, clean_lines(&typed), max)
}

fn refuse_control(name: &str, typed: &str, is_refused: impl Fn(char) -> bool) -> Result<(), String> {
    match typed.trim().chars().position(is_refused) {
        Some(at) => Err(format!("{name} has a control character at position {}; remove it", at + 1)),
        None => Ok(()),
    }
}

fn within(name: &str, text: String, max: usize) -> Result<String, String> {
    let length = text.chars().count();
    if length > max {
        let [max, length] = [max, length].map(|n| Count(n as u64));
        return Err(format!("Shorten {} to {max} characters; it has {length}", in_sentence(name)));
    }
    Ok(text)
}

/// An e-mail address (RFC 5321, at most 254 characters), or nothing. Its domain may be an international one, in either form;
/// browsers make the one for machines of what people typed, so that is made the one for people again (RFC 5891).
///
/// # Errors
/// As `line`.
pub fn email(name: &str, typed: &str) -> Result<String, String> {
    let text = line(name, typed, 254)?;
    if text.is_empty() {
        return Ok(text);
    }
    let wrong = || format!("Enter {} in the form name@example.com", with_article(name));
    let (mailbox, domain) = text.split_once('@').ok_or_else(wrong)?;
    if !mailbox.is_ascii() {
        return Err(format!(
            "Enter {} with only plain letters, digits and signs before the @; mail servers take no others",
            with_article(name)
        ));
    }
    let host = idna::domain_to_ascii_strict(domain).map_err(|_| wrong())?;
    if domain.starts_with('[') || lettre::Address::new(mailbox, &host).is_err() {
        return Err(wrong());
    }
    Ok(if host.eq_ignore_ascii_case(domain) && host.contains("xn--") {
        format!("{mailbox}@{}", idna::domain_to_unicode(&host).0)
    } else {
        text
    })
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
        for good in
            ["ada@example.com", "a.b+c@sub.example.co", "ada@localhost", "Ada@Przykład.example", "ann@北京.example"]
        {
            assert_eq!(email("Email", good).as_deref(), Ok(good));
        }
        assert_eq!(email("Email", "ann@example.com\u{200B}").as_deref(), Ok("ann@example.com"));
        assert_eq!(email("Email", "ann@xn--bcher-kva.example").as_deref(), Ok("ann@bücher.example"));
        for bad in [
            "ada",
            "ada@",
            "@example.com",
            "ada@@example.com",
            "ada lovelace@example.com",
            "a@b@c",
            "ada@exa mple",
            "ada@exa_mple.com",
            "żółw@example.com",
            "ada@[127.0.0.1]",
            "ada@example..com",
        ] {
            assert!(email("Email", bad).is_err(), "{bad}");
        }
    }
}
