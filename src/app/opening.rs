//! Opening the database: made where a command may make one, else only found; brought up to date; and never opened with
//! another secret key than the one it is under.

use std::fmt;
use std::path::Path;

use crate::app::data_upgrade;
use crate::base::error::Error;
use crate::base::secrets::Secrets;
use crate::config::{DataDir, Storage, StorageSettings, data_dir};
use crate::db::{self, Access, Conn, DatabaseUrl, Failed, errors};
use crate::tenancy::installation;

/// Why a database cannot be opened: one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CannotOpen {
    /// It does not answer, or has no room, at the moment.
    Away(String),
    /// A setting is wrong, and stays so.
    Setting(String),
    /// It is not there, or not one that this program may use.
    Refused(String),
}

impl fmt::Display for CannotOpen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Away(line) | Self::Setting(line) | Self::Refused(line)) = self;
        // PostgreSQL may say several lines.
        f.write_str(&line.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

/// What was done to open a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// It was made just now.
    pub created: bool,
    /// How many migrations were run.
    pub migrations: usize,
    /// What somebody should do after that, a line each.
    pub notes: Vec<String>,
}

/// It is under another secret key.
#[derive(Debug, thiserror::Error)]
#[error("it is under another secret key")]
struct OtherKey;

/// Which keys may open a database.
#[derive(Clone, Copy)]
pub enum Keys<'a> {
    /// The one that is set.
    Set,
    /// That, or the one that takes its place.
    SetOr(&'a Secrets),
    /// Any: the right one is lost.
    Any,
}

impl StorageSettings {
    /// The database that is there, whose secret key is the one that is set; creates nothing and changes nothing.
    ///
    /// # Errors
    /// One line that says why it cannot be opened.
    pub fn existing(&self) -> Result<Storage, CannotOpen> {
        let place = self.place().map_err(CannotOpen::Setting)?;
        let mut conn = place.refuse_empty()?;
        place.refuse_unfinished().map_err(CannotOpen::Setting)?;
        let secrets = place.secrets().map_err(CannotOpen::Setting)?;
        let secrets = secrets.ok_or_else(|| CannotOpen::Setting(place.lost_key()))?;
        let storage = Storage::at(place, secrets);
        let url = &storage.database;
        match installation::is_under(&mut conn, &storage.secrets) {
            Ok(true) => Ok(storage),
            Ok(false) => Err(CannotOpen::Setting(storage.place.other_key())),
            Err(why) => Err(cannot_open(url, why.into())),
        }
    }
}

impl Storage {
    /// Creates the database or brings it up to date.
    ///
    /// # Errors
    /// One line that names the database; then nothing was changed.
    pub fn migrate(&self) -> Result<Opened, CannotOpen> {
        self.migrate_under(Keys::Set)
    }

    /// `migrate` with other keys.
    ///
    /// # Errors
    /// As `migrate`.
    pub fn migrate_under(&self, keys: Keys<'_>) -> Result<Opened, CannotOpen> {
        let secrets = &self.secrets;
        let check = |conn: &mut Conn| -> Result<(), Failed> {
            let right = match keys {
                Keys::Any => return Ok(()),
                Keys::Set => installation::is_under(conn, secrets)?,
                Keys::SetOr(next) => installation::is_under(conn, secrets)? || installation::is_under(conn, next)?,
            };
            if !right {
                return Err(OtherKey.into());
            }
            Ok(installation::note_key(conn, secrets)?)
        };
        let mut notes = Vec::new();
        let complete = |conn: &mut Conn| {
            notes = data_upgrade::complete(conn, secrets)?;
            Ok(())
        };
        match db::migrate(&self.database, check, complete) {
            Ok((created, migrations)) => Ok(Opened { created, migrations, notes }),
            Err(why) if why.is::<OtherKey>() => Err(CannotOpen::Setting(self.place.other_key())),
            Err(why) => Err(cannot_open(&self.database, why)),
        }
    }
}

impl DataDir {
    /// Refuses where there is no database yet; answers a connection to the one that is there.
    ///
    /// # Errors
    /// One line that names the place.
    pub fn refuse_empty(&self) -> Result<Conn, CannotOpen> {
        let url = &self.database;
        if let DatabaseUrl::Sqlite(path) = url
            && is_missing(path)
        {
            // Whoever may not look there is not told that nothing is there.
            data_dir::readable(&self.data_dir).map_err(CannotOpen::Setting)?;
            return Err(CannotOpen::Refused(format!(
                "there is no database at {}; check TENANTRY_DATA_DIR and DATABASE_URL, or make one by `tenantry serve`",
                path.display()
            )));
        }
        let mut conn = url.connect(Access::Read).map_err(|why| cannot_open(url, why.into()))?;
        let applied = db::applied(&mut conn).unwrap_or_default();
        if applied.is_empty() {
            return Err(CannotOpen::Refused(format!("{url} has no tables yet; `tenantry migrate` makes them")));
        }
        db::refuse_newer_than(url.is_postgres(), &applied).map_err(|why| cannot_open(url, why))?;
        Ok(conn)
    }

    /// Refuses where a database is and its secret key is not: another key would be of no use to it.
    ///
    /// # Errors
    /// One line that names the key.
    pub(crate) fn refuse_lost_key(&self) -> Result<(), String> {
        match &self.database {
            DatabaseUrl::Sqlite(path) if !is_missing(path) => Err(self.lost_key()),
            _ => Ok(()),
        }
    }

    /// What to do about a key that is not there.
    pub fn lost_key(&self) -> String {
        let key = self.key_file().unwrap_or_default();
        format!(
            "{} is missing, and {} is under that secret key: put it back, or set TENANTRY_SECRET_KEY if that is where it \
             was; if it is lost for good, run `tenantry rekey --key-lost`",
            key.display(),
            self.database
        )
    }

    /// What to do about a key that is another one.
    pub fn other_key(&self) -> String {
        let key = self.key_file().map_or_else(|| "TENANTRY_SECRET_KEY".to_owned(), |path| path.display().to_string());
        self.wrong_key(&key)
    }

    /// What to do about a key that is another one, and is called so.
    pub fn wrong_key(&self, key: &str) -> String {
        format!(
            "{key} is not the secret key that {} is under: put that one in its place; if it is lost for good, run \
             `tenantry rekey --key-lost`",
            self.database
        )
    }
}

fn is_missing(path: &Path) -> bool {
    std::fs::metadata(path).map_or(true, |file| file.len() == 0)
}

/// What PostgreSQL says of a setting that does not become right by waiting. Where it speaks another language, it is waited
/// for all the same.
const WRONG_SETTING: [&str; 9] = [
    "password authentication failed",
    "no password supplied",
    "does not exist",
    "no pg_hba.conf entry",
    "invalid connection option",
    "invalid URI",
    "invalid sslmode value",
    "when SSL support is not compiled in",
    "server does not support SSL",
];

/// Why it could not be opened, and whether it is of use to try again.
fn cannot_open(url: &DatabaseUrl, why: Failed) -> CannotOpen {
    let line = format!("{url} cannot be opened or migrated: {why}");
    if why.is::<db::Newer>() {
        return CannotOpen::Refused(format!("{url} cannot be opened: {why}"));
    }
    let why = match why.downcast::<db::ConnectError>() {
        Ok(why) => {
            return match (*why, url) {
                (db::ConnectError::Connect(why), DatabaseUrl::Postgres(_)) => {
                    let why = why.to_string();
                    let wrong = WRONG_SETTING.iter().any(|words| why.contains(words));
                    if wrong { CannotOpen::Setting(line) } else { CannotOpen::Away(line) }
                }
                (db::ConnectError::Connect(_), DatabaseUrl::Sqlite(path)) => {
                    let near = path.parent().is_none_or(|parent| parent.as_os_str().is_empty() || parent.is_dir());
                    let open = std::fs::File::open(path);
                    let ours = !open.is_err_and(|why| why.kind() == std::io::ErrorKind::PermissionDenied);
                    if near && ours { CannotOpen::Away(line) } else { CannotOpen::Setting(line) }
                }
                (db::ConnectError::Prepare(why), _) => of_query(Error::from(why), line),
            };
        }
        Err(why) => why,
    };
    match why.downcast::<diesel::result::Error>() {
        Ok(why) => of_query(Error::from(*why), line),
        Err(why) => match why.downcast::<Error>() {
            Ok(why) => of_query(*why, line),
            // Migrations wrap what the database says.
            Err(why) => match errors::is_away(&why.to_string()) {
                true => CannotOpen::Away(line),
                false => CannotOpen::Refused(line),
            },
        },
    }
}

fn of_query(why: Error, line: String) -> CannotOpen {
    match why {
        Error::Unavailable(_) | Error::Full(_) | Error::Uncertain(_) => CannotOpen::Away(line),
        why if errors::is_away(&why.to_string()) => CannotOpen::Away(line),
        _ => CannotOpen::Refused(line),
    }
}
