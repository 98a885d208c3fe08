//! How long clients may take. Heads that dribble, bodies that trickle and readers that do not read are cut off within 15
//! seconds, so that they hold up nobody but themselves. What actix-web has for that, `App::listen` sets: the first head
//! of a connection, and idle ones. Here is what it has not.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::future::Future as _;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Extensions, Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::ConnectionType;
use actix_web::middleware::Next;
use actix_web::rt::net::TcpStream;
use actix_web::web::Bytes;
use actix_web::{Error as WebError, HttpMessage as _, HttpRequest, ResponseError};
use futures_util::Stream;
#[cfg(target_os = "linux")]
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use socket2::{SockRef, Socket};
use tokio::time::{Sleep, sleep};

use crate::error::Error;

/// How long a client may take to send the head of a request.
pub const HEAD: Duration = Duration::from_secs(10);
/// How long a connection may stay idle.
pub const IDLE: Duration = Duration::from_secs(5);
/// How long a reader may leave unread what was sent.
const READER: Duration = Duration::from_secs(8);
/// How many bytes wait in the system for a reader who has no room for them: no further answers are made before they
/// went. What is under way over the network is not counted, so far readers are as fast as ever.
#[cfg(target_os = "linux")]
const AHEAD: u32 = 32 * 1024;
/// How long a body may take to begin with; each kilobyte that arrived allows a second more.
const BODY: Duration = Duration::from_secs(8);
const EARNED: Duration = Duration::from_millis(1);
/// How often connections are looked at.
const LOOK: Duration = Duration::from_millis(250);

/// A connection, as long as it is open.
pub struct Connection {
    socket: Socket,
    at_work: Cell<u32>,
    since: Cell<Instant>,
}

thread_local! {
    /// Those of this worker; `None` until it has had one.
    static CONNECTIONS: RefCell<Option<Vec<Weak<Connection>>>> = const { RefCell::new(None) };
}

/// Called with each new connection.
pub fn connected(stream: &dyn Any, data: &mut Extensions) {
    let Some(stream) = stream.downcast_ref::<TcpStream>() else { return };
    let socket = SockRef::from(stream);
    #[cfg(target_os = "linux")]
    if let Err(error) = socket.set_tcp_user_timeout(Some(READER)).and_then(|()| socket.set_tcp_notsent_lowat(AHEAD)) {
        tracing::debug!(%error, "a reader that does not read cannot be cut off");
    }
    match socket.try_clone() {
        Ok(socket) => {
            data.insert(watched(socket));
        }
        // Out of files: the connection is served all the same.
        Err(error) => tracing::warn!(%error, "a connection is not watched"),
    }
}

fn watched(socket: Socket) -> Rc<Connection> {
    let connection = Rc::new(Connection { socket, at_work: Cell::new(0), since: Cell::new(Instant::now()) });
    CONNECTIONS.with_borrow_mut(|all| {
        let first = all.is_none();
        all.get_or_insert_default().push(Rc::downgrade(&connection));
        if first {
            actix_web::rt::spawn(watch());
        }
    });
    connection
}

async fn watch() {
    loop {
        sleep(LOOK).await;
        CONNECTIONS.with_borrow_mut(|all| {
            all.get_or_insert_default().retain(|one| one.upgrade().is_some_and(|one| one.cut_if_slow()));
        });
    }
}

impl Connection {
    /// Whether it goes on. One on which nothing is under way, and which was not closed as idle, is at a head that does
    /// not end.
    fn cut_if_slow(&self) -> bool {
        let endless = self.at_work.get() == 0 && self.since.get().elapsed() > IDLE + HEAD - 3 * LOOK;
        let slow = endless || self.asks_without_reading();
        if slow {
            // The other side may have closed it meanwhile.
            let _ = self.socket.shutdown(std::net::Shutdown::Both);
        }
        !slow
    }

    /// Whether the other side sends further requests while it has no room for answers. No browser and no proxy does, and
    /// actix-web, whose buffers are full then, would ask again and again whether it may go on.
    #[cfg(target_os = "linux")]
    fn asks_without_reading(&self) -> bool {
        let mut sockets = [PollFd::new(&self.socket, PollFlags::IN | PollFlags::OUT | PollFlags::RDHUP)];
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        let ready = poll(&mut sockets, Some(&now)).map(|_| sockets[0].revents());
        // What cannot be asked is left to the other limits.
        ready.is_ok_and(|ready| ready == PollFlags::IN)
    }

    #[cfg(not(target_os = "linux"))]
    fn asks_without_reading(&self) -> bool {
        false
    }
}

/// Says that a request is under way on its connection, for as long as it lives.
pub struct AtWork(Option<Rc<Connection>>);

impl AtWork {
    /// Until this request's answer has left.
    pub fn on(request: &HttpRequest) -> Self {
        let connection = request.conn_data::<Rc<Connection>>().cloned();
        if let Some(connection) = &connection {
            connection.at_work.set(connection.at_work.get() + 1);
        }
        Self(connection)
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        if let Some(connection) = &self.0 {
            connection.at_work.set(connection.at_work.get().saturating_sub(1));
            connection.since.set(Instant::now());
        }
    }
}

/// Lets a body through that keeps coming; a request whose body does not is answered so.
///
/// # Errors
/// Those of the inner services.
pub async fn pace<B: MessageBody>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, WebError> {
    if request.method().is_safe() {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let late = Rc::new(Cell::new(false));
    let inner = request.take_payload();
    let allowed = Box::pin(sleep(BODY));
    let body = Paced { inner, started: Instant::now(), received: 0, allowed, late: late.clone() };
    request.set_payload(Payload::Stream { payload: Box::pin(body) });
    let response = next.call(request).await?;
    if !late.get() {
        return Ok(response.map_into_left_body());
    }
    let mut answer = Error::TooSlow.error_response();
    answer.head_mut().set_connection_type(ConnectionType::Close);
    let (request, _) = response.into_parts();
    Ok(ServiceResponse::new(request, answer).map_into_right_body())
}

struct Paced {
    inner: Payload,
    started: Instant,
    received: u64,
    allowed: Pin<Box<Sleep>>,
    late: Rc<Cell<bool>>,
}

impl Stream for Paced {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Poll::Ready(next) = Pin::new(&mut self.inner).poll_next(context) {
            if let Some(Ok(bytes)) = &next {
                self.received += bytes.len() as u64;
                let earned = EARNED.saturating_mul(u32::try_from(self.received).unwrap_or(u32::MAX));
                let until = self.started + BODY + earned;
                self.allowed.as_mut().reset(until.into());
            }
            return Poll::Ready(next);
        }
        ready!(self.allowed.as_mut().poll(context));
        self.late.set(true);
        Poll::Ready(Some(Err(PayloadError::Incomplete(None))))
    }
}
