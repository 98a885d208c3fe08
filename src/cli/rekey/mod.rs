//! `tenantry rekey`

pub mod key_lost;

use std::sync::Arc;

use crate::app::opening::{CannotOpen, Keys};
use crate::base::clock::Clock;
use crate::base::error::Refused;
use crate::base::secrets::Secrets;
use crate::base::text::Count;
use crate::cli::{Failure, failed, output};
use crate::config::{DataDir, Storage, StorageSettings};
use crate::db::Db;
use crate::services::mail;
use crate::tenancy::audit::{self, Action, Broken, Entry, Origin, Who};
use crate::tenancy::rows::{self, Named};
use crate::tenancy::{TenantConn, installation};

#[derive(clap::Args)]
pub struct Rekey {
    /// The key so far, where TENANTRY_SECRET_KEY is the new one; not needed for a key in the data directory
    #[arg(long, env = "TENANTRY_OLD_SECRET_KEY", value_name = "TEXT", hide_env_values = true)]
    old_secret_key: Option<String>,

    /// The key so far is lost for good: go on under a new one. Everybody signs in again, mails that wait fail, and what the
    /// audit logs hold so far cannot be checked any more
    #[arg(long, conflicts_with = "old_secret_key")]
    key_lost: bool,

    #[command(flatten)]
    storage: StorageSettings,
}

/// What was put under the new key.
struct Done {
    logs: Vec<(String, i64)>,
    mails: u64,
}

impl Rekey {
    /// Replaces the key, or changes nothing and says why.
    pub fn run(&self) -> Result<(), Failure> {
        let place = self.storage.place().map_err(Failure::Usage)?;
        if self.key_lost {
            return key_lost::run(&place);
        }
        let old = self.old(&place)?;
        if place.key_file().is_none() {
            refuse_same(&old, &new(&place)?)?;
        }
        place.refuse_empty()?;
        let _alone = place.occupy_alone().map_err(Failure::Failed)?;
        let begun_before = place.unfinished().is_some();
        let new = new(&place)?;
        if let Err(why) = Storage::at(place.clone(), old.clone()).migrate_under(Keys::SetOr(&new)) {
            if !begun_before {
                place.forget_next_key().map_err(Failure::Failed)?;
            }
            return Err(match (why, place.key_file()) {
                (CannotOpen::Setting(_), None) => Failure::Usage(place.wrong_key("TENANTRY_OLD_SECRET_KEY")),
                (why, _) => why.into(),
            });
        }
        let db = Db::new(place.database.clone(), new);
        let done = match all(&db, &old) {
            Ok(done) => done,
            Err(why) => {
                // The key of an earlier start, or of a commit that was not answered, is the one in use by now.
                if !db.read_blocking(|conn| audit::is_any_under(conn, db.secrets())).map_err(failed)? {
                    place.forget_next_key().map_err(Failure::Failed)?;
                }
                return Err(match why {
                    Refused::Failed(error) => failed(error),
                    Refused::By((title, broken)) => Failure::Failed(format!(
                        "the audit log of {title} is not as it was written under the old key: {broken}; nothing was changed"
                    )),
                });
            }
        };
        place.take_next_key().map_err(Failure::Failed)?;
        for (title, n) in done.logs {
            output::line(format_args!("{title}: {} of the audit log", Count::from(n).of("entry", "entries")))?;
        }
        output::line(Count(done.mails).of("mail that waits", "mails that wait"))?;
        output::line(
            "All of it is under the new key, and everybody signs in again. Make a backup: earlier ones need the old key.",
        )
    }

    /// The key so far.
    fn old(&self, place: &DataDir) -> Result<Secrets, Failure> {
        let given = self.old_secret_key.as_deref().filter(|key| !key.is_empty());
        match (place.key_file(), given) {
            (None, Some(key)) => Ok(Secrets::new(key.as_bytes())),
            (None, None) => Err(Failure::Usage(
                "TENANTRY_OLD_SECRET_KEY is missing: the key so far; TENANTRY_SECRET_KEY is the new one".into(),
            )),
            (Some(_), Some(_)) => Err(Failure::Usage(
                "TENANTRY_OLD_SECRET_KEY goes with TENANTRY_SECRET_KEY; the key in the data directory needs neither"
                    .into(),
            )),
            (Some(_), None) => place.secrets().map_err(Failure::Failed)?.ok_or_else(|| {
                let dir = place.data_dir.display();
                match place.refuse_empty() {
                    Ok(_) => Failure::Usage(place.lost_key()),
                    Err(_) => Failure::Failed(format!("{dir} has no secret key: nothing was started there yet")),
                }
            }),
        }
    }
}

fn refuse_same(old: &Secrets, new: &Secrets) -> Result<(), Failure> {
    if old.print() == new.print() {
        let words = "TENANTRY_SECRET_KEY is the old key; make a new one, as by `openssl rand -hex 32`";
        return Err(Failure::Usage(words.into()));
    }
    Ok(())
}

/// The key that takes its place.
pub(crate) fn new(place: &DataDir) -> Result<Secrets, Failure> {
    match place.key_file() {
        Some(_) => place.next_key().map(|key| Secrets::new(&key)).map_err(Failure::Failed),
        None => place
            .secrets()
            .map_err(Failure::Failed)?
            .ok_or_else(|| Failure::Usage("TENANTRY_SECRET_KEY is missing".into())),
    }
}

/// Puts everything under the key of `db`, in one transaction.
fn all(db: &Db, old: &Secrets) -> Result<Done, Refused<(String, Broken)>> {
    let now = Clock::system().now();
    db.write_blocking(|writing| {
        let (mut logs, mut mails) = (Vec::new(), 0);
        for Named(id, title) in rows::all(writing, None)? {
            match audit::rekey(writing, old, db.secrets(), id)? {
                Ok(n) => logs.push((title, n)),
                Err(broken) => return Err(Refused::By((title, broken))),
            }
            let t = &mut TenantConn::within(writing, id, Arc::new(Origin::inside(Who::Operator)), now);
            let tenant = rows::named(t)?;
            audit::record(t, Entry::of(Action::Rekey, &tenant))?;
            mails += mail::rekey(writing, old, db.secrets(), id)?;
        }
        installation::replace_key(writing, db.secrets())?;
        if logs.is_empty() {
            writing.entries.leave_none(); // there is no log yet
        }
        Ok(Done { logs, mails })
    })
}
