//! The running server: asked as load balancers ask it.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::config::reachable;

const TIMEOUT: Duration = Duration::from_secs(4);

/// What it says of itself when it is ready.
pub(crate) fn ask(listen: SocketAddr) -> Result<String, String> {
    let address = reachable(listen);
    let answer = readyz(address).map_err(|why| format!("nothing answers at {address}: {why}"))?;
    let said = answer.split("\r\n\r\n").nth(1).unwrap_or_default().trim().to_owned();
    match answer.starts_with("HTTP/1.1 200 ") {
        true => Ok(format!("it says: {said}")),
        false => Err(format!("it is not ready: {said}")),
    }
}

fn readyz(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.write_all(format!("GET /readyz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
