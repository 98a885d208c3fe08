//! One SMTP conversation, from greeting to QUIT.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rustls::{ServerConnection, StreamOwned};

use super::{Mail, Mode, Security, Shared};

/// Talks with one client until one of the two ends it.
pub(super) fn run(connection: TcpStream, shared: &Shared) -> io::Result<()> {
    let (mode, era) = shared.lock().mode_and_era();
    if mode == Mode::HangAfterConnect {
        shared.hang(era);
        return Ok(());
    }
    let mut session =
        Session { shared, wire: Wire::Plain(connection), unread: Vec::new(), login: None, from: None, to: Vec::new() };
    if shared.security == Security::Tls {
        session = session.encrypted()?;
    }
    session.say("220 localhost ready")?;
    loop {
        let line = session.line()?;
        let line = String::from_utf8_lossy(&line).into_owned();
        let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => session.ehlo()?,
            "HELO" => session.say("250 localhost")?,
            "STARTTLS" => {
                if shared.security != Security::StartTls || session.is_encrypted() {
                    session.say("502 5.5.1 not offered here")?;
                } else if session.unread.is_empty() {
                    session.say("220 2.0.0 go ahead")?;
                    session = session.encrypted()?;
                } else {
                    // Words said in advance would be taken for encrypted ones (CVE-2011-0411).
                    return Ok(());
                }
            }
            "AUTH" => session.auth(rest)?,
            "MAIL" => session.mail(rest)?,
            "RCPT" => session.rcpt(rest)?,
            "DATA" => {
                if !session.data()? {
                    return Ok(());
                }
            }
            "RSET" => {
                session.reset();
                session.say("250 2.0.0 forgotten")?;
            }
            "NOOP" => session.say("250 2.0.0 still here")?,
            "QUIT" => return session.say("221 2.0.0 goodbye"),
            _ => session.say("500 5.5.2 unknown command")?,
        }
    }
}

struct Session<'a> {
    shared: &'a Shared,
    wire: Wire,
    unread: Vec<u8>,
    login: Option<String>,
    from: Option<String>,
    to: Vec<String>,
}

enum Wire {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Session<'_> {
    fn ehlo(&mut self) -> io::Result<()> {
        let mut offers = vec!["localhost", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"];
        if self.lacks_encryption() {
            offers.push("STARTTLS");
        } else if self.shared.lock().login.is_some() {
            offers.push("AUTH PLAIN LOGIN");
        }
        let last = offers.len() - 1;
        let lines =
            offers.iter().enumerate().map(|(i, offer)| format!("250{}{offer}", if i == last { ' ' } else { '-' }));
        let answer = lines.collect::<Vec<_>>().join("\r\n");
        self.say(&answer)
    }

    fn auth(&mut self, rest: &str) -> io::Result<()> {
        if self.lacks_encryption() {
            return self.say("538 5.7.11 encryption required");
        }
        let (mechanism, initial) = rest.split_once(' ').unwrap_or((rest, ""));
        let given = match mechanism.to_ascii_uppercase().as_str() {
            "PLAIN" => {
                let response = if initial.is_empty() { self.ask("")? } else { initial.to_owned() };
                let parts = decoded(&response);
                let mut parts = parts.split('\0').skip(1).map(str::to_owned);
                parts.next().zip(parts.next())
            }
            "LOGIN" => {
                let user = if initial.is_empty() { self.ask("Username:")? } else { initial.to_owned() };
                let password = self.ask("Password:")?;
                Some((decoded(&user), decoded(&password)))
            }
            _ => return self.say("504 5.5.4 unknown mechanism"),
        };
        let wanted = self.shared.lock().login.clone();
        if wanted.is_some() && given == wanted {
            self.login = given.map(|(user, _)| user);
            self.say("235 2.7.0 welcome")
        } else {
            self.say("535 5.7.8 wrong name or password")
        }
    }

    fn mail(&mut self, rest: &str) -> io::Result<()> {
        if self.lacks_encryption() {
            return self.say("530 5.7.0 say STARTTLS first");
        }
        if self.login.is_none() && self.shared.lock().login.is_some() {
            return self.say("530 5.7.0 log in first");
        }
        let Some(from) = path(rest, "FROM:") else {
            return self.say("501 5.5.4 MAIL FROM:<address>");
        };
        self.reset();
        self.from = Some(from);
        self.say("250 2.1.0 noted")
    }

    fn rcpt(&mut self, rest: &str) -> io::Result<()> {
        let Some(to) = path(rest, "TO:") else {
            return self.say("501 5.5.4 RCPT TO:<address>");
        };
        if self.from.is_none() {
            return self.say("503 5.5.1 say MAIL first");
        }
        let refusal = {
            let mut state = self.shared.lock();
            let refusal = match state.mode {
                Mode::RefuseRecipients => Some(format!("550 5.1.1 <{to}>: no such mailbox")),
                Mode::RefuseForNow => Some("451 4.3.2 try again later".to_owned()),
                _ => None,
            };
            if refusal.is_some() {
                state.refused.push(to.clone());
                self.shared.changed.notify_all();
            }
            refusal
        };
        match refusal {
            Some(refusal) => self.say(&refusal),
            None => {
                self.to.push(to);
                self.say("250 2.1.5 noted")
            }
        }
    }

    /// Takes a mail; false when the conversation must end without an answer.
    fn data(&mut self) -> io::Result<bool> {
        if self.to.is_empty() {
            self.say("503 5.5.1 nobody to send to")?;
            return Ok(true);
        }
        self.say("354 end with a dot")?;
        let mut content = Vec::new();
        loop {
            let line = self.line()?;
            match line.strip_prefix(b".") {
                Some(b"") => break,
                Some(unstuffed) => content.extend_from_slice(unstuffed),
                None => content.extend_from_slice(&line),
            }
            content.extend_from_slice(b"\r\n");
        }
        let mut mail = Mail::new(self.from.take().unwrap_or_default(), std::mem::take(&mut self.to), &content);
        mail.over_tls = self.is_encrypted();
        mail.login.clone_from(&self.login);
        let (mode, era) = {
            let mut state = self.shared.lock();
            mail.answered = !matches!(state.mode, Mode::HangAfterData | Mode::CutAfterData);
            state.mails.push(mail);
            self.shared.changed.notify_all();
            state.mode_and_era()
        };
        match mode {
            Mode::CutAfterData => Ok(false),
            Mode::HangAfterData => {
                self.shared.hang(era);
                Ok(false)
            }
            _ => self.say("250 2.0.0 taken").map(|()| true),
        }
    }

    fn reset(&mut self) {
        self.from = None;
        self.to.clear();
    }

    fn is_encrypted(&self) -> bool {
        matches!(self.wire, Wire::Tls(_))
    }

    fn lacks_encryption(&self) -> bool {
        self.shared.security == Security::StartTls && !self.is_encrypted()
    }

    /// Goes on over TLS. What was said before counts no more (RFC 3207).
    fn encrypted(self) -> io::Result<Self> {
        let Wire::Plain(stream) = self.wire else {
            return Ok(self);
        };
        let tls = ServerConnection::new(Arc::clone(&self.shared.tls)).map_err(io::Error::other)?;
        Ok(Session {
            shared: self.shared,
            wire: Wire::Tls(Box::new(StreamOwned::new(tls, stream))),
            unread: Vec::new(),
            login: None,
            from: None,
            to: Vec::new(),
        })
    }

    fn ask(&mut self, prompt: &str) -> io::Result<String> {
        self.say(&format!("334 {}", BASE64.encode(prompt)))?;
        Ok(String::from_utf8_lossy(&self.line()?).into_owned())
    }

    fn say(&mut self, answer: &str) -> io::Result<()> {
        let answer = format!("{answer}\r\n");
        match &mut self.wire {
            Wire::Plain(stream) => stream.write_all(answer.as_bytes()),
            Wire::Tls(stream) => stream.write_all(answer.as_bytes()).and_then(|()| stream.flush()),
        }
    }

    /// The next line without its end. Only CR LF ends a line: a lone LF belongs to it (RFC 5321, 2.3.8).
    fn line(&mut self) -> io::Result<Vec<u8>> {
        let mut searched = 0;
        loop {
            if let Some(end) = self.unread[searched..].windows(2).position(|pair| pair == b"\r\n") {
                let mut line: Vec<u8> = self.unread.drain(..searched + end + 2).collect();
                line.truncate(line.len() - 2);
                return Ok(line);
            }
            searched = self.unread.len().saturating_sub(1);
            let mut chunk = [0; 8192];
            let read = match &mut self.wire {
                Wire::Plain(stream) => stream.read(&mut chunk)?,
                Wire::Tls(stream) => stream.read(&mut chunk)?,
            };
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.unread.extend_from_slice(&chunk[..read]);
        }
    }
}

/// The address between angle brackets after `FROM:` or `TO:`.
fn path(rest: &str, keyword: &str) -> Option<String> {
    let (word, after) = rest.split_at_checked(keyword.len())?;
    let (address, _) = after.trim_start().strip_prefix('<')?.split_once('>')?;
    word.eq_ignore_ascii_case(keyword).then(|| address.to_owned())
}

fn decoded(base64: &str) -> String {
    BASE64.decode(base64.trim()).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}
