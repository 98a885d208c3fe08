//! What the database knows of the whole installation, whatever its tenants: which secret key it is under, and where people
//! reach it.

use diesel::prelude::*;

use crate::base::error::Error;
use crate::base::secrets::Secrets;
use crate::db::schema::installation;
use crate::db::{self, Conn};
use crate::tenancy::audit;

/// The only row.
const ROW: i32 = 1;

/// Whether the database is under this key, or under none yet. One that was made before keys were written down is under the
/// key that its audit log was written with.
pub fn is_under(conn: &mut Conn, secrets: &Secrets) -> Result<bool, Error> {
    if db::has_table(conn, "installation")?
        && let Some(print) = key_print(conn)?
    {
        return Ok(print == secrets.print());
    }
    Ok(!db::has_table(conn, "audit_heads")? || audit::is_any_under(conn, secrets)? || !audit::is_begun(conn)?)
}

fn key_print(conn: &mut Conn) -> Result<Option<String>, Error> {
    let print = installation::table.filter(installation::id.eq(ROW)).select(installation::key_print);
    Ok(print.first(conn).optional()?)
}

/// Whether the database is known to be under another key: it was replaced while this process was running.
pub fn is_under_another(conn: &mut Conn, secrets: &Secrets) -> Result<bool, Error> {
    Ok(key_print(conn)?.is_some_and(|print| print != secrets.print()))
}

/// Writes down which key the database is under, if that is not known yet.
pub fn note_key(conn: &mut Conn, secrets: &Secrets) -> Result<(), Error> {
    if key_print(conn)?.is_none() {
        diesel::insert_into(installation::table)
            .values((
                installation::id.eq(ROW),
                installation::key_print.eq(secrets.print()),
                installation::public_url.eq(""),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Writes down that the database is under another key from now on.
pub fn replace_key(conn: &mut Conn, secrets: &Secrets) -> Result<(), Error> {
    note_key(conn, secrets)?;
    diesel::update(installation::table).set(installation::key_print.eq(secrets.print())).execute(conn)?;
    Ok(())
}

/// Where people reach it, without a slash at its end; `None` before the first server was started.
pub fn public_url(conn: &mut Conn) -> Result<Option<String>, Error> {
    let url: Option<String> = installation::table.select(installation::public_url).first(conn).optional()?;
    Ok(url.filter(|url| !url.is_empty()))
}

/// Writes down where people reach it.
pub fn note_public_url(conn: &mut Conn, url: &str) -> Result<(), Error> {
    if public_url(conn)?.as_deref() != Some(url) {
        diesel::update(installation::table).set(installation::public_url.eq(url)).execute(conn)?;
    }
    Ok(())
}
