//! One mail as it was received: its envelope, and its content decoded.

use mail_parser::{MessageParser, PartType};

/// A received mail.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The envelope's sender, empty for `<>`.
    pub from: String,
    /// The envelope's recipients.
    pub to: Vec<String>,
    /// Whether it came through an encrypted connection.
    pub over_tls: bool,
    /// Who had logged in.
    pub login: Option<String>,
    /// Whether the sender was told that the mail was taken.
    pub answered: bool,
    /// The mail as transmitted, dots unstuffed.
    pub raw: String,
    /// The headers as transmitted, unfolded, in their order.
    pub headers: Vec<(String, String)>,
    /// The decoded subject.
    pub subject: String,
    /// The decoded plain text part.
    pub text: Option<String>,
    /// The decoded HTML part.
    pub html: Option<String>,
}

impl Mail {
    /// Decodes what followed DATA.
    pub(super) fn new(from: String, to: Vec<String>, content: &[u8]) -> Self {
        let message = MessageParser::default().parse(content).unwrap_or_default();
        let headers = message.headers_raw().map(|(name, value)| (name.to_owned(), unfolded(value))).collect();
        // A body that only exists as HTML is also offered as text, and the other way round: take the true ones.
        let text = message.text_bodies().find_map(|part| match &part.body {
            PartType::Text(text) => Some(text.to_string()),
            _ => None,
        });
        let html = message.html_bodies().find_map(|part| match &part.body {
            PartType::Html(html) => Some(html.to_string()),
            _ => None,
        });
        Self {
            from,
            to,
            over_tls: false,
            login: None,
            answered: false,
            raw: String::from_utf8_lossy(content).into_owned(),
            headers,
            subject: message.subject().unwrap_or_default().to_owned(),
            text,
            html,
        }
    }

    /// The first header of this name, as transmitted and unfolded.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The links of the plain text part.
    pub fn links(&self) -> Vec<&str> {
        self.text
            .iter()
            .flat_map(|text| text.split_whitespace())
            .filter_map(|word| word.find("http").map(|start| &word[start..]))
            .filter(|word| word.starts_with("http://") || word.starts_with("https://"))
            .map(|link| link.trim_end_matches(['.', ',', ')', '>', ';']))
            .collect()
    }
}

fn unfolded(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}
