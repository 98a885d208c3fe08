//! Files that are imported, in the database in pieces of 256 kB. So any process can go on with an import, on whichever
//! machine it runs; a backup has what is under way; and nothing is left behind that nobody knows of. A piece is written
//! by one short transaction, so that others write in between, and read whole: large enough that a slice of rows needs one
//! or two, small enough that a hundred uploads at once fit into memory.

use std::io::{self, Read};

use diesel::prelude::*;

use crate::base::error::Error;
use crate::base::id::{ImportId, TenantId};
use crate::db::Conn;
use crate::db::schema::import_chunks;
use crate::tenancy::TenantConn;

/// Bytes of a piece; the last has fewer.
pub const SIZE: usize = 256 * 1024;

#[diesel::dsl::auto_type(no_type_alias)]
fn mine(t: &TenantConn) -> _ {
    let tenant: TenantId = t.id;
    import_chunks::table.filter(import_chunks::tenant_id.eq(tenant))
}

/// Keeps the n-th piece of a file.
pub fn put(t: &mut TenantConn, import: ImportId, n: i32, content: &[u8]) -> Result<(), Error> {
    diesel::insert_into(import_chunks::table)
        .values((
            import_chunks::tenant_id.eq(t.id),
            import_chunks::import_id.eq(import),
            import_chunks::n.eq(n),
            import_chunks::content.eq(content),
        ))
        .execute(t.conn)?;
    Ok(())
}

/// The n-th piece of a file, if there is one.
pub fn get(t: &mut TenantConn, import: ImportId, n: i32) -> Result<Option<Vec<u8>>, Error> {
    let piece = mine(t).filter(import_chunks::import_id.eq(import)).filter(import_chunks::n.eq(n));
    Ok(piece.select(import_chunks::content).first(t.conn).optional()?)
}

/// Forgets at most `limit` pieces of a file, and answers how many there were.
pub fn forget(t: &mut TenantConn, import: ImportId, limit: i64) -> Result<usize, Error> {
    // The first piece goes last: it says that there are others.
    let some = mine(t).filter(import_chunks::import_id.eq(import)).order(import_chunks::n.desc());
    let some: Vec<i32> = some.select(import_chunks::n).limit(limit).load(t.conn)?;
    let gone = mine(t).filter(import_chunks::import_id.eq(import)).filter(import_chunks::n.eq_any(some));
    Ok(diesel::delete(gone).execute(t.conn)?)
}

/// A file of an import that is gone.
pub type Left = (TenantId, ImportId);

/// Imports that are gone, of whichever tenant, whose files are still there.
pub fn left(conn: &mut Conn) -> Result<Vec<Left>, Error> {
    use crate::db::schema::imports;
    let import = imports::tenant_id.eq(import_chunks::tenant_id).and(imports::id.eq(import_chunks::import_id));
    // Every file has a first piece.
    let first = import_chunks::table.filter(import_chunks::n.eq(0));
    let left = first.filter(diesel::dsl::not(diesel::dsl::exists(imports::table.filter(import))));
    Ok(left.select((import_chunks::tenant_id, import_chunks::import_id)).limit(100).load(conn)?)
}

/// Reads a file from a place on, piece by piece as `get` gives them.
pub struct Pieces<F> {
    get: F,
    next: i32,
    piece: io::Cursor<Vec<u8>>,
    skip: u64,
}

impl<F: FnMut(i32) -> Result<Option<Vec<u8>>, Error>> Pieces<F> {
    /// From this byte on.
    pub fn from(offset: u64, get: F) -> Self {
        let next = i32::try_from(offset / SIZE as u64).unwrap_or(i32::MAX);
        Self { get, next, piece: io::Cursor::default(), skip: offset % SIZE as u64 }
    }
}

impl<F: FnMut(i32) -> Result<Option<Vec<u8>>, Error>> Read for Pieces<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let n = self.piece.read(buffer)?;
            if n > 0 {
                return Ok(n);
            }
            match (self.get)(self.next).map_err(io::Error::other)? {
                Some(piece) => {
                    self.piece = io::Cursor::new(piece);
                    self.piece.set_position(std::mem::take(&mut self.skip));
                    self.next += 1;
                }
                None => return Ok(0),
            }
        }
    }
}
