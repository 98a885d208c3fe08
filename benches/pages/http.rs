//! HTTP/1.1 as far as a measurement needs it: few instructions of its own, so that the server is what takes the time.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// What came back.
pub struct Answer {
    pub status: u16,
    pub cookies: Vec<String>,
    pub body: String,
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

    /// Sends one request and reads its answer, whose length the server must say.
    pub fn send(&mut self, request: &str) -> std::io::Result<Answer> {
        self.stream.get_mut().write_all(request.as_bytes())?;
        let mut answer = Answer { status: 0, cookies: Vec::new(), body: String::new() };
        let mut length = 0;
        loop {
            self.line.clear();
            if self.stream.read_line(&mut self.line)? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            let line = self.line.trim_end();
            if line.is_empty() {
                break;
            }
            match line.split_once(": ") {
                None => answer.status = line.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0),
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.parse().map_err(std::io::Error::other)?;
                }
                Some((name, value)) if name.eq_ignore_ascii_case("set-cookie") => {
                    answer.cookies.push(value.split(';').next().unwrap_or_default().to_owned());
                }
                Some(_) => {}
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        answer.body = String::from_utf8(body).map_err(std::io::Error::other)?;
        Ok(answer)
    }
}

/// A GET with these cookies.
pub fn get(path: &str, cookies: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: bench\r\nCookie: {cookies}\r\n\r\n")
}

/// Signs in and answers the cookies of the session.
pub fn sign_in(address: SocketAddr, email: &str, password: &str) -> std::io::Result<String> {
    let mut connection = Connection::open(address)?;
    let form = connection.send(&get("/sign-in", ""))?;
    let token = form.body.split_once("name=\"csrf\" value=\"").and_then(|(_, rest)| rest.split_once('"'));
    let token = token.map(|(token, _)| token).ok_or_else(|| std::io::Error::other("the sign-in page has no token"))?;
    let body = format!("csrf={token}&email={}&password={password}", email.replace('@', "%40"));
    let answer = connection.send(&format!(
        "POST /sign-in HTTP/1.1\r\nHost: bench\r\nCookie: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{body}",
        form.cookies.join("; "),
        body.len()
    ))?;
    match answer.status {
        303 => Ok(answer.cookies.join("; ")),
        status => Err(std::io::Error::other(format!("signing in was answered {status}"))),
    }
}

/// How a load went.
pub struct Load {
    pub requests: u64,
    /// Answers that were not 200, and connections that broke.
    pub errors: u64,
}

/// Asks for `path` over `connections` connections at once, until each has asked `each` times or `time` is over.
pub fn load(address: SocketAddr, path: &str, cookies: &str, connections: usize, each: u64, time: Duration) -> Load {
    let until = Instant::now() + time;
    let request = get(path, cookies);
    let work = || {
        let mut load = Load { requests: 0, errors: 0 };
        let Ok(mut connection) = Connection::open(address) else { return Load { requests: 0, errors: 1 } };
        while load.requests < each && Instant::now() < until {
            load.requests += 1;
            match connection.send(&request) {
                Ok(answer) if answer.status == 200 => {}
                Ok(_) => load.errors += 1,
                Err(_) => return Load { errors: load.errors + 1, ..load },
            }
        }
        load
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..connections).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join()).fold(Load { requests: 0, errors: 0 }, |sum, one| match one {
            Ok(one) => Load { requests: sum.requests + one.requests, errors: sum.errors + one.errors },
            Err(_) => Load { errors: sum.errors + 1, ..sum },
        })
    })
}
