//! A letter: the same words as text and as HTML, ready to be sealed and queued.

use askama::Template;
use serde::{Deserialize, Serialize};

use crate::error::Error;

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
}

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct Text<'a> {
    greeting: &'a str,
    paragraphs: &'a [String],
    button: &'a str,
    link: &'a str,
    closing: &'a [String],
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Html<'a> {
    subject: &'a str,
    greeting: &'a str,
    paragraphs: &'a [String],
    button: &'a str,
    link: &'a str,
    closing: &'a [String],
}

/// Writes a letter around one link: paragraphs before it, the words on its button, and paragraphs after it.
///
/// # Errors
/// A template that cannot be rendered.
pub fn letter(
    name: &str,
    subject: String,
    paragraphs: &[String],
    (button, link): (&str, &str),
    closing: &[String],
) -> Result<Letter, Error> {
    let greeting = if name.is_empty() { "Hello,".to_owned() } else { format!("Hello {name},") };
    let greeting = greeting.as_str();
    let text = Text { greeting, paragraphs, button, link, closing }.render().map_err(Error::internal)?;
    let html = Html { subject: &subject, greeting, paragraphs, button, link, closing };
    let html = html.render().map_err(Error::internal)?;
    Ok(Letter { name: name.to_owned(), subject, text, html })
}
