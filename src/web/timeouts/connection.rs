//! Connections: what is read from them when, and how long they may keep somebody waiting.
//!
//! actix-web takes in requests as they come, while it answers others and while nobody reads its answers: thousands of
//! them, at a kilobyte and a half each, and then it asks without rest whether it may go on. Here they wait in the system,
//! which lets the other side know, until it is their turn.

use std::cell::{Cell, RefCell};
use std::future::Future as _;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};
use std::time::{Duration, Instant};

use actix_web::HttpRequest;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use crate::web::timeouts::silent::Counted;
use crate::web::timeouts::{HEAD, IDLE, Silent};

/// How long a reader may leave unread what was sent.
const READER: Duration = Duration::from_secs(8);
/// How long after an answer the next head may be complete.
const NEXT: Duration = IDLE.saturating_add(HEAD).saturating_sub(Duration::from_secs(1));
/// How many bytes wait in the system for a reader who has no room for them. What is under way over the network is not
/// counted, so far readers are as fast as ever.
#[cfg(target_os = "linux")]
const AHEAD: u32 = 32 * 1024;

/// A connection. Nothing is read from it while an answer waits for its reader, or while a request is under way that wants
/// no body.
pub struct Connection {
    stream: TcpStream,
    under_way: Rc<UnderWay>,
    /// Until when an answer may wait for its reader; none waits without.
    unread: Option<Pin<Box<Sleep>>>,
    /// When to look whether a head takes too long.
    late: Pin<Box<Sleep>>,
    /// Whether the last that was read filled the buffer.
    filled: bool,
}

/// What is under way on a connection: requests that were begun and whose answers have not left.
struct UnderWay {
    requests: Cell<u32>,
    /// Bodies that somebody wants.
    bodies: Cell<u32>,
    /// When the last answer left.
    since: Cell<Instant>,
    /// What to wake when it may be read from again.
    held: RefCell<Option<Waker>>,
    /// Until something is asked.
    silent: Cell<Option<Counted>>,
}

impl UnderWay {
    fn go_on(&self) {
        if let Some(held) = self.held.take() {
            held.wake();
        }
    }
}

impl Connection {
    /// One that was accepted; `None` when its address has too many on which nothing was asked.
    pub fn new(stream: TcpStream, silent: &Silent) -> Option<Self> {
        let silent = silent.begin(stream.peer_addr().ok()?.ip())?;
        let socket = SockRef::from(&stream);
        // With compression, answers come in pieces; without this each would wait 40 ms for the client.
        let set = socket.set_tcp_nodelay(true);
        #[cfg(target_os = "linux")]
        let set = set
            .and_then(|()| socket.set_tcp_user_timeout(Some(READER)))
            .and_then(|()| socket.set_tcp_notsent_lowat(AHEAD));
        if let Err(error) = set {
            tracing::debug!(%error, "a connection keeps the system's settings");
        }
        let under_way = UnderWay {
            requests: Cell::new(0),
            bodies: Cell::new(0),
            since: Cell::new(Instant::now()),
            held: RefCell::new(None),
            silent: Cell::new(Some(silent)),
        };
        let late = Box::pin(sleep(NEXT));
        Some(Self { stream, under_way: Rc::new(under_way), unread: None, late, filled: false })
    }

    /// The other side.
    pub fn peer(&self) -> Option<SocketAddr> {
        self.stream.peer_addr().ok()
    }

    /// What its requests must know of it.
    pub fn tell(&self, requests: &mut Extensions) {
        requests.insert(self.under_way.clone());
    }

    fn must_wait(&self) -> bool {
        self.unread.is_some() || (self.under_way.requests.get() > 0 && self.under_way.bodies.get() == 0)
    }

    /// Whether a head, or the next request, has taken too long; it is looked again when it may have.
    fn is_late(&mut self, context: &mut Context<'_>) -> bool {
        while self.late.as_mut().poll(context).is_ready() {
            let until = self.under_way.since.get() + NEXT;
            if until <= Instant::now() {
                return true;
            }
            self.late.as_mut().reset(until.into());
        }
        false
    }

    fn wrote(&mut self, context: &mut Context<'_>, wrote: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if wrote.is_pending() {
            ready!(self.unread.get_or_insert_with(|| Box::pin(sleep(READER))).as_mut().poll(context));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        if self.unread.take().is_some() {
            context.waker().wake_by_ref(); // to read, which comes before writing
        }
        wrote
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.must_wait() {
            ready!(self.stream.poll_read_ready(context))?;
            self.under_way.held.replace(Some(context.waker().clone()));
            return Poll::Pending;
        }
        let idle = self.under_way.requests.get() == 0;
        if idle && self.is_late(context) {
            return Poll::Ready(Ok(())); // as if the other side had closed it
        }
        // What a buffer holds is looked at before more is read: it may be requests.
        if std::mem::take(&mut self.filled) && idle {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        self.filled = buffer.remaining() == 0;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.wrote(context, wrote)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Says that a request is under way on its connection, for as long as it lives.
pub struct ActiveRequest(Option<Rc<UnderWay>>);

impl ActiveRequest {
    /// Until this request's answer has left.
    pub fn on(request: &HttpRequest) -> Self {
        let under_way = request.conn_data::<Rc<UnderWay>>().cloned();
        if let Some(under_way) = &under_way {
            under_way.requests.set(under_way.requests.get() + 1);
            under_way.silent.take();
        }
        Self(under_way)
    }
}

impl Drop for ActiveRequest {
    fn drop(&mut self) {
        if let Some(under_way) = &self.0 {
            under_way.requests.set(under_way.requests.get().saturating_sub(1));
            under_way.since.set(Instant::now());
            under_way.go_on();
        }
    }
}

/// Says that somebody wants the body of a request, for as long as it lives.
pub(crate) struct ReadingHead(Option<Rc<UnderWay>>);

impl ReadingHead {
    /// Of this request.
    pub(crate) fn on(request: &HttpRequest) -> Self {
        let under_way = request.conn_data::<Rc<UnderWay>>().cloned();
        if let Some(under_way) = &under_way {
            under_way.bodies.set(under_way.bodies.get() + 1);
            under_way.go_on();
        }
        Self(under_way)
    }
}

impl Drop for ReadingHead {
    fn drop(&mut self) {
        if let Some(under_way) = &self.0 {
            under_way.bodies.set(under_way.bodies.get().saturating_sub(1));
        }
    }
}
