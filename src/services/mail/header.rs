//! Headers that lettre does not have, or writes otherwise. Readers decode what looks like an encoded word (RFC 2047) in a
//! subject, and people may enter what looks like one: such a subject is encoded whole, so that it arrives as it was
//! entered. Names of senders and recipients are encoded by lettre whenever they have more than letters, digits and a few
//! signs.

use email_encoding::headers::rfc2047;
use email_encoding::headers::writer::EmailWriter;
use lettre::message::header::{Header, HeaderName, HeaderValue};

/// The subject of a mail.
#[derive(Debug, Clone)]
pub(crate) struct Subject(pub String);

impl Header for Subject {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Subject")
    }

    fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self(text.into()))
    }

    fn display(&self) -> HeaderValue {
        let name = Self::name();
        if !self.0.contains("=?") {
            return HeaderValue::new(name, self.0.clone());
        }
        let mut encoded = String::new();
        let written = rfc2047::encode(&self.0, &mut EmailWriter::new(&mut encoded, "Subject: ".len(), 0, false));
        match written {
            Ok(()) => HeaderValue::dangerous_new_pre_encoded(name, self.0.clone(), encoded),
            // A text cannot be written to: then rather none of it than what is decoded to something else.
            Err(_) => HeaderValue::new(name, self.0.replace("=?", "= ?")),
        }
    }
}

/// That no answer is wanted from a program, such as a note of absence (RFC 3834).
#[derive(Debug, Clone, Copy)]
pub(crate) struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".into())
    }
}
