//! `tenantry rekey --key-lost`: the key is gone for good, and with it all that only it could read or vouch for.

use std::sync::Arc;

use diesel::prelude::*;

use crate::app::opening::Keys;
use crate::base::clock::Clock;
use crate::base::error::Error;
use crate::base::text::Count;
use crate::cli::rekey::{Failure, failed, new, output};
use crate::config::{DataDir, Storage};
use crate::db::Db;
use crate::db::schema::{form_posts, sessions};
use crate::services::mail;
use crate::tenancy::audit::{self, Action, Entry, Origin, Who};
use crate::tenancy::rows::{self, Named};
use crate::tenancy::{TenantConn, installation};

/// Goes on under a new key, or changes nothing and says why.
pub(crate) fn run(place: &DataDir) -> Result<(), Failure> {
    place.refuse_empty()?;
    let _alone = place.occupy_alone().map_err(Failure::Failed)?;
    let kept = place.key_file().and_then(|_| place.secrets().ok().flatten());
    let begun_before = place.unfinished().is_some();
    let new = new(place)?;
    let db = Db::new(place.database.clone(), new.clone());
    let found = refuse_right_key(place, &db, kept.as_ref(), &new);
    let opened = found.and_then(|()| Ok(Storage::at(place.clone(), new).migrate_under(Keys::Any)?));
    if let Err(why) = opened {
        if !begun_before {
            place.forget_next_key().map_err(Failure::Failed)?;
        }
        return Err(why);
    }
    let mails = all(&db).map_err(failed)?;
    place.take_next_key().map_err(Failure::Failed)?;
    output::line(format_args!(
        "A new secret key is in use, and everybody signs in again. {} failed. The audit logs go on with an entry that says \
         that earlier ones could not be checked. Make a backup.",
        Count(mails).of("mail that waited", "mails that waited")
    ))
}

/// Refuses when the key that is set is the right one.
fn refuse_right_key(
    place: &DataDir,
    db: &Db,
    kept: Option<&crate::base::secrets::Secrets>,
    new: &crate::base::secrets::Secrets,
) -> Result<(), Failure> {
    let set = match place.key_file() {
        Some(_) => kept,
        None => Some(new),
    };
    let Some(set) = set else { return Ok(()) };
    match db.read_blocking(|conn| installation::is_under(conn, set)).map_err(failed)? {
        true => Err(Failure::Failed(format!("the secret key of {} is the right one: none is lost", db.url()))),
        false => Ok(()),
    }
}

/// Puts everything under the key of `db`, in one transaction; answers how many mails waited.
fn all(db: &Db) -> Result<u64, Error> {
    let now = Clock::system().now();
    db.write_blocking(|writing| {
        let (mut mails, tenants) = (0, rows::all(writing, None)?);
        if tenants.is_empty() {
            writing.entries.leave_none(); // there is no log yet
        }
        for Named(id, _) in tenants {
            audit::rekey_unchecked(writing, db.secrets(), id)?;
            let t = &mut TenantConn::within(writing, id, Arc::new(Origin::inside(Who::Operator)), now);
            let tenant = rows::named(t)?;
            audit::record(t, Entry::of(Action::KeyLost, &tenant))?;
            mails += mail::fail_all(writing, id, "The secret key that it was sealed with was lost; send it again.")?;
        }
        diesel::delete(sessions::table).execute(&mut *writing.conn)?;
        diesel::delete(form_posts::table).execute(&mut *writing.conn)?;
        installation::replace_key(writing, db.secrets())?;
        Ok(mails)
    })
}
