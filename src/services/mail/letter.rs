//! A letter: the same words as text and as HTML, ready to be sealed and queued. The secret of its link is put in when it
//! is sent: until then a mark stands in its place.

use askama::Template;
use serde::{Deserialize, Serialize};

use crate::base::error::Error;
use crate::base::secrets::Token;

/// Stands for the secret at the end of a link, in letters that wait. Control characters are in no text that people enter.
pub const LINK_SECRET: &str = "\u{1}secret\u{1}";

/// What is written to somebody.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Letter {
    /// The recipient's name; may be empty.
    pub name: String,
    /// One line.
    pub subject: String,
    /// For readers of plain text.
    pub text: String,
    /// The same, formatted.
    pub html: String,
    /// The name and address that an answer goes to; to the sender when there are none.
    #[serde(default)]
    pub reply_to: Option<(String, String)>,
}

impl Letter {
    /// The letter as it is sent, with this secret in its link.
    pub fn with_secret(self, secret: &Token) -> Self {
        self.replace(LINK_SECRET, &secret.reveal())
    }

    /// Secrets that earlier versions wrote into letters, as far as they look like some.
    pub(crate) fn written_secrets(&self) -> Vec<Token> {
        let mut found = Vec::new();
        for part in self.text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_')) {
            found.extend(Token::parse(part));
        }
        found
    }

    /// Takes out a secret that an earlier version wrote into the letter.
    pub(crate) fn without_secret(self, secret: &Token) -> Self {
        self.replace(&secret.reveal(), LINK_SECRET)
    }

    /// With another text in the place of each `from`.
    pub(crate) fn replace(self, from: &str, to: &str) -> Self {
        Self { text: self.text.replace(from, to), html: self.html.replace(from, to), ..self }
    }
}

/// What is to be written.
#[derive(Debug)]
pub struct Draft<'a> {
    /// The recipient's name; may be empty.
    pub name: &'a str,
    /// Whose letter it is, above it.
    pub head: &'a str,
    /// One line.
    pub subject: String,
    /// What stands before the button.
    pub paragraphs: &'a [String],
    /// Its one link.
    pub button: Option<Button<'a>>,
    /// What stands after the button.
    pub closing: &'a [String],
    /// The name and address that an answer goes to.
    pub reply_to: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct Text<'a> {
    greeting: &'a str,
    draft: &'a Draft<'a>,
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Html<'a> {
    greeting: &'a str,
    draft: &'a Draft<'a>,
}

/// The link of a letter, as a button.
#[derive(Debug, Clone, Copy)]
pub struct Button<'a> {
    /// Its words.
    pub label: &'a str,
    /// Where it leads.
    pub link: &'a str,
}

/// Writes a letter.
///
/// # Errors
/// A template that cannot be rendered.
pub fn letter(draft: &Draft) -> Result<Letter, Error> {
    let greeting = if draft.name.is_empty() { "Hello,".to_owned() } else { format!("Hello {},", draft.name) };
    let text = Text { greeting: &greeting, draft }.render().map_err(Error::internal)?;
    let html = Html { greeting: &greeting, draft }.render().map_err(Error::internal)?;
    let (name, subject) = (draft.name.to_owned(), draft.subject.clone());
    Ok(Letter { name, subject, text, html, reply_to: draft.reply_to.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_was_written_into_a_letter_is_found_and_taken_out() -> Result<(), Error> {
        let (secret, decoy) = (Token::random()?, Token::random()?);
        let link = format!("http://tenantry.example/activate/{}", secret.reveal());
        let name = format!("http://x/activate/{}", decoy.reveal());
        let button = Some(Button { label: "Choose", link: &link });
        let (subject, none) = ("Hello".to_owned(), &[][..]);
        let draft =
            Draft { name: &name, head: "Acme", subject, paragraphs: none, button, closing: none, reply_to: None };
        let letter = letter(&draft)?;
        let found: Vec<String> = letter.written_secrets().iter().map(Token::reveal).collect();
        assert!(found.contains(&secret.reveal()) && found.contains(&decoy.reveal()));
        let waiting = letter.without_secret(&secret);
        assert!(!format!("{waiting:?}").contains(&secret.reveal()));
        let sent = waiting.with_secret(&secret);
        assert!(sent.text.contains(&link) && sent.html.contains(&link));
        Ok(())
    }
}
