//! A mail server that keeps what it is sent. It speaks SMTP over TCP (RFC 5321, STARTTLS, AUTH) as a real one
//! does and can be told at any moment to fail in one of the ways real ones fail.

mod certificate;
mod mail;
mod session;
mod state;

use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};
use tempfile::TempDir;
use url::Url;

use certificate::certificates;
use state::{Shared, State};

pub use mail::Mail;

/// How long a test waits for what must happen before it fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// When the connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// Never; STARTTLS is not offered.
    None,
    /// After STARTTLS, without which no mail is taken.
    StartTls,
    /// From the first byte (RFC 8314).
    Tls,
}

/// What the server does with mail.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// Takes it.
    #[default]
    Accept,
    /// Refuses every recipient for good (550).
    RefuseRecipients,
    /// Refuses every recipient for now (451).
    RefuseForNow,
    /// Takes connections but never greets.
    HangAfterConnect,
    /// Takes a whole mail, then says nothing more.
    HangAfterData,
    /// Takes a whole mail, then closes the connection without an answer.
    CutAfterData,
    /// Is not there: connections are refused, open ones are closed.
    Closed,
}

/// A running mail server; it ends when dropped.
pub struct Sink {
    shared: Arc<Shared>,
    address: SocketAddr,
    door: Mutex<Door>,
    files: TempDir,
}

/// The port: listened to, or shut. While shut it stays bound but unheard, so that connections are refused and
/// nobody else is given it.
#[derive(Default)]
struct Door {
    listener: Option<JoinHandle<()>>,
    reserved: Option<Socket>,
}

impl Sink {
    /// Starts a server on a free port of 127.0.0.1 that takes mail from anyone.
    pub fn start(security: Security) -> Self {
        let (authority, tls) = certificates();
        let files = TempDir::new().unwrap();
        std::fs::write(files.path().join("ca.pem"), authority).unwrap();
        let shared = Arc::new(Shared {
            security,
            tls: Arc::new(tls),
            changed: Condvar::new(),
            state: Mutex::new(State::default()),
        });
        let socket = bound(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let address = socket.local_addr().unwrap().as_socket().unwrap();
        let door = Door { listener: Some(listen(socket, &shared)), reserved: None };
        Self { shared, address, door: Mutex::new(door), files }
    }

    /// From now on takes mail only after a login with this name and password (AUTH PLAIN or LOGIN).
    pub fn require_login(&self, user: &str, password: &str) {
        self.shared.lock().login = Some((user.to_owned(), password.to_owned()));
    }

    /// Where the server is, as the setting `SMTP_URL` says it, with the login that it requires.
    pub fn url(&self) -> String {
        let (scheme, query) = match self.shared.security {
            Security::None => ("smtp", None),
            Security::StartTls => ("smtp", Some("tls=required")),
            Security::Tls => ("smtps", None),
        };
        let mut url = Url::parse(&format!("{scheme}://{}", self.address)).unwrap();
        url.set_query(query);
        if let Some((user, password)) = &self.shared.lock().login {
            url.set_username(user).unwrap();
            url.set_password(Some(password)).unwrap();
        }
        url.into()
    }

    /// The port on 127.0.0.1; the certificate is good for that address and for `localhost`.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// A file with the authority (PEM) that signed the server's certificate. A child process trusts it when
    /// started with `SSL_CERT_FILE` set to this path.
    pub fn ca_file(&self) -> PathBuf {
        self.files.path().join("ca.pem")
    }

    /// Changes what the server does. Sessions that hang end; when the server goes away or stops greeting, so
    /// do all others.
    pub fn set_mode(&self, mode: Mode) {
        let mut door = self.door.lock().unwrap();
        self.change(mode);
        if mode == Mode::Closed {
            if door.listener.is_some() {
                self.stop_listening(&mut door);
                door.reserved = Some(self.reserve());
            }
        } else if let Some(socket) = door.reserved.take() {
            door.listener = Some(listen(socket, &self.shared));
        }
    }

    /// Binds the port that was just given up. A process that another test is starting holds everything that is open here
    /// until it runs its own program, the listening socket, too.
    fn reserve(&self) -> Socket {
        let since = Instant::now();
        loop {
            match bound(self.address) {
                Ok(socket) => return socket,
                Err(error) if error.kind() == io::ErrorKind::AddrInUse && since.elapsed() < PATIENCE => {
                    thread::sleep(Duration::from_millis(5));
                }
                Err(error) => panic!("port {}: {error}", self.port()),
            }
        }
    }

    /// All mails so far, also those whose answer was withheld.
    pub fn mails(&self) -> Vec<Mail> {
        self.shared.lock().mails.clone()
    }

    /// The recipients refused so far.
    pub fn refused(&self) -> Vec<String> {
        self.shared.lock().refused.clone()
    }

    /// Waits until `count` mails have come since the start, and gives all of them.
    pub async fn wait_for(&self, count: usize) -> Vec<Mail> {
        self.soon(format!("{count} mails"), move |state| state.first_mails(count)).await
    }

    /// Waits for the next mail to this address, upper and lower case alike: each is handed out once.
    pub async fn mail_to(&self, address: &str) -> Mail {
        let (what, address) = (format!("a mail to {address}"), address.to_owned());
        self.soon(what, move |state| state.next_mail_to(&address)).await
    }

    /// Waits until `count` recipients have been refused since the start, and gives all of them.
    pub async fn wait_for_refused(&self, count: usize) -> Vec<String> {
        self.soon(format!("{count} refused recipients"), move |state| {
            (state.refused.len() >= count).then(|| state.refused.clone())
        })
        .await
    }

    /// Waits until the server has been connected to `count` times since the start.
    pub async fn wait_for_connections(&self, count: u64) {
        self.soon(format!("{count} connections"), move |state| (state.connections >= count).then_some(())).await;
    }

    /// `wait_for` for a test without a runtime.
    pub fn blocking_wait_for(&self, count: usize) -> Vec<Mail> {
        expect(&format!("{count} mails"), self.shared.wait(|state| state.first_mails(count)))
    }

    /// `mail_to` for a test without a runtime.
    pub fn blocking_mail_to(&self, address: &str) -> Mail {
        expect(&format!("a mail to {address}"), self.shared.wait(|state| state.next_mail_to(address)))
    }

    /// Waits on a thread of its own: the runtime of the test may be the one that sends the mail.
    async fn soon<T: Send + 'static>(
        &self,
        what: String,
        look: impl FnMut(&mut State) -> Option<T> + Send + 'static,
    ) -> T {
        let shared = Arc::clone(&self.shared);
        let found = tokio::task::spawn_blocking(move || shared.wait(look)).await.unwrap();
        expect(&what, found)
    }

    fn change(&self, mode: Mode) {
        let mut state = self.shared.lock();
        state.mode = mode;
        state.era += 1;
        if matches!(mode, Mode::Closed | Mode::HangAfterConnect) {
            for connection in state.open.values() {
                // It may be closed already.
                let _ = connection.shutdown(Shutdown::Both);
            }
        }
        self.shared.changed.notify_all();
    }

    /// Ends the listener, which sees at its next connection that the mode is `Closed`: this is that connection.
    fn stop_listening(&self, door: &mut Door) {
        if let Some(listener) = door.listener.take() {
            let _ = TcpStream::connect(self.address);
            let _ = listener.join();
        }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.change(Mode::Closed);
        let mut door = std::mem::take(self.door.get_mut().unwrap_or_else(PoisonError::into_inner));
        self.stop_listening(&mut door);
    }
}

fn expect<T>(what: &str, found: Result<T, String>) -> T {
    found.unwrap_or_else(|instead| panic!("waited {PATIENCE:?} for {what}, but there were {instead}"))
}

fn bound(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

fn listen(socket: Socket, shared: &Arc<Shared>) -> JoinHandle<()> {
    socket.listen(128).unwrap();
    let (listener, shared) = (TcpListener::from(socket), Arc::clone(shared));
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut state = shared.lock();
            if state.mode == Mode::Closed {
                return;
            }
            let Ok(connection) = connection else { continue };
            state.connections += 1;
            let number = state.connections;
            state.open.insert(number, connection.try_clone().unwrap());
            shared.changed.notify_all();
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                // A client may go away in the middle of a word.
                let _ = session::run(connection, &shared);
                shared.lock().open.remove(&number);
            });
        }
    })
}
