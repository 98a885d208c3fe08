//! A wire between the application and its PostgreSQL that a test can cut, as a database server that goes away, or hold
//! still, as one that hangs.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Whole,
    Still,
    Cut,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    open: Mutex<Vec<TcpStream>>,
    server: SocketAddr,
}

/// The wire.
pub struct Wire {
    shared: Arc<Shared>,
    url: url::Url,
}

impl Wire {
    /// One to the server of a `DATABASE_URL`.
    pub fn to(url: &str) -> Self {
        let mut url = url::Url::parse(url).unwrap();
        let server = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap()).parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        url.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
        let shared = Arc::new(Shared {
            state: Mutex::new(State::Whole),
            changed: Condvar::new(),
            open: Mutex::default(),
            server,
        });
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                accepting.carry(client.unwrap());
            }
        });
        Self { shared, url }
    }

    /// Where the database is at this end, as `DATABASE_URL` says it.
    pub fn url(&self) -> String {
        self.url.to_string()
    }

    fn set(&self, state: State) {
        *self.shared.state.lock().unwrap() = state;
        if state == State::Cut {
            for stream in self.shared.open.lock().unwrap().drain(..) {
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
        self.shared.changed.notify_all();
    }

    /// Connections are closed, and new ones as well.
    pub fn cut(&self) {
        self.set(State::Cut);
    }

    /// Connections stay open, and nothing comes through.
    pub fn hold(&self) {
        self.set(State::Still);
    }

    /// As it was.
    pub fn mend(&self) {
        self.set(State::Whole);
    }
}

impl Shared {
    fn carry(self: &Arc<Self>, client: TcpStream) {
        if *self.state.lock().unwrap() == State::Cut {
            return;
        }
        let Ok(server) = TcpStream::connect(self.server) else { return };
        for (from, to) in [(&client, &server), (&server, &client)] {
            let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
            from.set_nodelay(true).unwrap();
            self.open.lock().unwrap().push(from.try_clone().unwrap());
            let shared = Arc::clone(self);
            std::thread::spawn(move || {
                let mut bytes = [0; 16 * 1024];
                while let Ok(n @ 1..) = from.read(&mut bytes) {
                    let state = shared.state.lock().unwrap();
                    drop(shared.changed.wait_while(state, |state| *state == State::Still).unwrap());
                    if to.write_all(&bytes[..n]).is_err() {
                        break;
                    }
                }
                let _ = to.shutdown(Shutdown::Both);
            });
        }
    }
}
