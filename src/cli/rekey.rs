//! `tenantry rekey`

use std::sync::Arc;

use super::{Failure, failed};
use crate::audit::{self, Action, Broken, Entry, Origin, Who};
use crate::clock::Clock;
use crate::config::{Place, Storage, StorageSettings};
use crate::db::Db;
use crate::error::Refused;
use crate::mail;
use crate::secrets::Secrets;
use crate::tenant::{self, Named, TenantConn};
use crate::web::Count;

#[derive(clap::Args)]
pub struct Rekey {
    /// The key so far, where TENANTRY_SECRET_KEY is the new one; not needed for a key in the data directory
    #[arg(long, env = "TENANTRY_OLD_SECRET_KEY", value_name = "TEXT", hide_env_values = true)]
    old_secret_key: Option<String>,

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
        let _alone = place.occupy_alone().map_err(Failure::Failed)?;
        let old = self.old(&place)?;
        Storage::at(place.clone(), old.clone()).migrate().map_err(Failure::Failed)?;
        let new = new(&place)?;
        if old.print() == new.print() {
            return Err(Failure::Usage(
                "TENANTRY_SECRET_KEY is the old key; make a new one, as by `openssl rand -hex 32`".into(),
            ));
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
            println!("{title}: {} of the audit log", Count::from(n).of("entry", "entries"));
        }
        println!("{}", Count(done.mails).of("mail that waits", "mails that wait"));
        println!(
            "All of it is under the new key, and everybody signs in again. Make a backup: earlier ones need the old key."
        );
        Ok(())
    }

    /// The key so far.
    fn old(&self, place: &Place) -> Result<Secrets, Failure> {
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
                Failure::Failed(format!("{dir} has no secret key: nothing was started there yet"))
            }),
        }
    }
}

/// The key that takes its place.
fn new(place: &Place) -> Result<Secrets, Failure> {
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
        for Named(id, title) in tenant::all(writing, None)? {
            match audit::rekey(writing, (old, db.secrets()), id)? {
                Ok(n) => logs.push((title, n)),
                Err(broken) => return Err(Refused::By((title, broken))),
            }
            let t = &mut TenantConn::within(writing, id, Arc::new(Origin::inside(Who::Operator)), now);
            let tenant = tenant::named(t)?;
            audit::record(t, Entry::of(Action::Rekey, &tenant))?;
            mails += mail::rekey(writing, (old, db.secrets()), id)?;
        }
        Ok(Done { logs, mails })
    })
}
