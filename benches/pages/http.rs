//! HTTP/1.1 as far as a measurement needs it: few instructions of its own, so that the server is what takes the time.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// What came back.
#[derive(Default)]
pub struct Answer {
    pub status: u16,
    pub cookies: Vec<String>,
    /// Where a redirect leads.
    pub location: String,
    /// What a page says; of a file only its length is kept.
    pub body: String,
    pub bytes: u64,
}

/// One kept connection.
pub struct Connection {
    stream: BufReader<TcpStream>,
    line: String,
}

impl Connection {
    pub fn open(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Self { stream: BufReader::with_capacity(64 * 1024, stream), line: String::new() })
    }

    /// Sends one request and reads its answer, which is an error when it breaks off.
    pub fn send(&mut self, request: &str) -> std::io::Result<Answer> {
        self.stream.get_mut().write_all(request.as_bytes())?;
        let mut answer = Answer::default();
        // `None` for a file: it comes in pieces.
        let mut length = None;
        loop {
            let line = self.line()?.to_owned();
            if line.is_empty() {
                break;
            }
            match line.split_once(": ") {
                None => answer.status = line.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0),
                Some((name, value)) => match name.to_ascii_lowercase().as_str() {
                    "content-length" => length = Some(value.parse().map_err(std::io::Error::other)?),
                    "set-cookie" => answer.cookies.push(value.split(';').next().unwrap_or_default().to_owned()),
                    "location" => answer.location = value.to_owned(),
                    _ => {}
                },
            }
        }
        let Some(length) = length else {
            answer.bytes = self.pieces()?;
            return Ok(answer);
        };
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        answer.body = String::from_utf8(body).map_err(std::io::Error::other)?;
        answer.bytes = length as u64;
        Ok(answer)
    }

    fn line(&mut self) -> std::io::Result<&str> {
        self.line.clear();
        match self.stream.read_line(&mut self.line)? {
            0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(self.line.trim_end()),
        }
    }

    /// Reads pieces until the empty one, and answers how long they are together.
    fn pieces(&mut self) -> std::io::Result<u64> {
        let mut bytes = 0;
        loop {
            let length = u64::from_str_radix(self.line()?, 16).map_err(std::io::Error::other)?;
            let read = std::io::copy(&mut (&mut self.stream).take(length + 2), &mut std::io::sink())?;
            if read < length + 2 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            if length == 0 {
                return Ok(bytes);
            }
            bytes += length;
        }
    }
}

/// A GET with these cookies.
pub fn get(path: &str, cookies: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: bench\r\nCookie: {cookies}\r\n\r\n")
}

/// Somebody who is signed in.
#[derive(Clone)]
pub struct Person {
    pub address: SocketAddr,
    pub cookies: String,
}

impl Person {
    /// Somebody who has opened a form but is nobody yet, and the token of the form.
    pub fn nobody(address: SocketAddr, path: &str) -> std::io::Result<(Self, String)> {
        let form = Connection::open(address)?.send(&get(path, ""))?;
        Ok((Self { address, cookies: form.cookies.join("; ") }, token(&form.body)?))
    }

    /// Signs in.
    pub fn sign_in(address: SocketAddr, email: &str, password: &str) -> std::io::Result<Self> {
        Self::entered(address, "/sign-in", &[("email", email), ("password", password)])
    }

    /// Fills in a form that ends with being signed in.
    fn entered(address: SocketAddr, path: &str, fields: &[(&str, &str)]) -> std::io::Result<Self> {
        let (nobody, token) = Self::nobody(address, path)?;
        let answer = nobody.send(&nobody.post(path, &token, fields))?;
        match answer.status {
            303 => Ok(Self { address, cookies: answer.cookies.join("; ") }),
            status => Err(std::io::Error::other(format!("{path} was answered {status}"))),
        }
    }

    /// Chooses a password by a link, and is signed in by that.
    pub fn activated(address: SocketAddr, link: &str, password: &str) -> std::io::Result<Self> {
        Self::entered(address, link, &[("password", password)])
    }

    /// A page.
    pub fn get(&self, path: &str) -> std::io::Result<Answer> {
        self.send(&get(path, &self.cookies))
    }

    /// The answer to a request over a connection of its own.
    pub fn send(&self, request: &str) -> std::io::Result<Answer> {
        Connection::open(self.address)?.send(request)
    }

    /// A token for forms.
    pub fn token(&self) -> std::io::Result<String> {
        token(&self.get("/customers/new")?.body)
    }

    /// A POST with these fields.
    pub fn post(&self, path: &str, token: &str, fields: &[(&str, &str)]) -> String {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        let body = body.append_pair("csrf", token).extend_pairs(fields).finish();
        format!(
            "POST {path} HTTP/1.1\r\nHost: bench\r\nCookie: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.cookies,
            body.len()
        )
    }
}

fn token(page: &str) -> std::io::Result<String> {
    let token = page.split_once("name=\"csrf\" value=\"").and_then(|(_, rest)| rest.split_once('"'));
    token.map(|(token, _)| token.to_owned()).ok_or_else(|| std::io::Error::other("a page without a token"))
}

/// How a load went.
#[derive(Default)]
pub struct Load {
    pub requests: u64,
    /// Answers that were not as they should, and connections that broke.
    pub errors: u64,
    /// The status of one of these, if it had one.
    pub wrong: u16,
    /// How long each answer took.
    pub times: Vec<Duration>,
}

impl Load {
    /// The time within which 99 of 100 answers came, in milliseconds.
    pub fn p99(&self) -> f64 {
        let mut times = self.times.clone();
        times.sort_unstable();
        let at = (times.len() * 99 / 100).min(times.len().saturating_sub(1));
        times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1e3)
    }

    pub fn and(mut self, other: Self) -> Self {
        self.times.extend(other.times);
        Self {
            requests: self.requests + other.requests,
            errors: self.errors + other.errors,
            wrong: self.wrong.max(other.wrong),
            times: self.times,
        }
    }
}

/// Sends what `request` says to each of `connections` connections, again and again, until each has sent `each` or `time` is
/// over; `good` is the status that answers should have.
pub fn load(
    address: SocketAddr,
    (connections, each, time): (usize, u64, Duration),
    good: u16,
    request: impl Fn(usize, u64) -> String + Sync,
) -> Load {
    let until = Instant::now() + time;
    let work = |which: usize| {
        let mut load = Load::default();
        let Ok(mut connection) = Connection::open(address) else { return Load { errors: 1, ..load } };
        while load.requests < each && Instant::now() < until {
            let request = request(which, load.requests);
            let asked = Instant::now();
            load.requests += 1;
            match connection.send(&request) {
                Ok(answer) if answer.status == good => load.times.push(asked.elapsed()),
                Ok(answer) => {
                    load.errors += 1;
                    load.wrong = answer.status;
                }
                Err(_) => return Load { errors: load.errors + 1, ..load },
            }
        }
        load
    };
    let work = &work;
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..connections).map(|which| scope.spawn(move || work(which))).collect();
        let broken = |_| Load { errors: 1, ..Load::default() };
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(broken)).fold(Load::default(), Load::and)
    })
}
