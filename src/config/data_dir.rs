//! Where the data is, and the key that belongs to it.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::base::ownership::adopt;
use crate::base::secrets::{self, Secrets};
use crate::db::DatabaseUrl;

/// Where the data is: what every command needs.
#[derive(Debug, Clone, clap::Args)]
pub struct StorageSettings {
    /// Directory for the SQLite database, the secret key and mails that are not sent
    #[arg(long, env = "TENANTRY_DATA_DIR", value_name = "DIR", default_value = "./data", value_parser = path())]
    pub data_dir: PathBuf,

    /// sqlite:PATH or postgres://user:password@host/name [default: SQLite in the data directory]
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,

    /// 32 or more random characters; links and cookies depend on it [default: created in the data directory;
    /// required with PostgreSQL]
    #[arg(long, env = "TENANTRY_SECRET_KEY", value_name = "TEXT", hide_env_values = true)]
    pub secret_key: Option<String>,
}

impl StorageSettings {
    /// Checks the settings, and creates nothing.
    ///
    /// # Errors
    /// One line that names the setting.
    pub fn place(&self) -> Result<DataDir, String> {
        let database = match self.database_url.as_deref().filter(|url| !url.is_empty()) {
            None => DatabaseUrl::Sqlite(self.data_dir.join("tenantry.db")),
            Some(url) => DatabaseUrl::parse(url).map_err(|why| format!("DATABASE_URL {why}"))?,
        };
        let given_key = self.secret_key.clone().filter(|key| !key.is_empty());
        if let Some(key) = &given_key
            && key.chars().count() < 32
        {
            return Err("TENANTRY_SECRET_KEY is shorter than 32 characters; `openssl rand -hex 32` makes one".into());
        }
        if given_key.is_none() && database.is_postgres() {
            return Err("TENANTRY_SECRET_KEY is missing: with PostgreSQL every process needs the same one; \
                 `openssl rand -hex 32` makes one"
                .into());
        }
        if self.data_dir.as_os_str().is_empty() {
            return Err("TENANTRY_DATA_DIR is empty: name a directory, such as ./data".into());
        }
        Ok(DataDir { data_dir: self.data_dir.clone(), database, given_key })
    }

    /// Checks the settings; creates the data directory and, for SQLite, the secret key in it.
    ///
    /// # Errors
    /// One line that names the setting.
    pub fn check(&self) -> Result<Storage, String> {
        let place = self.place()?;
        readable(&place.data_dir)?;
        place.refuse_unfinished()?;
        let known = place.secrets()?;
        if known.is_none() {
            place.refuse_lost_key()?;
        }
        create_private(&place.data_dir)?;
        let secrets = match known {
            Some(secrets) => secrets,
            None => {
                let key: [u8; 32] = secrets::random().map_err(|why| why.to_string())?;
                place.keep_key(&key)?;
                Secrets::new(&key)
            }
        };
        Ok(Storage::at(place, secrets))
    }

    /// Checks the settings without creating anything: where there is no secret key yet, none is meant.
    ///
    /// # Errors
    /// One line that names the setting.
    pub fn look(&self) -> Result<Storage, String> {
        let place = self.place()?;
        let secrets = place.secrets()?.unwrap_or_else(|| Secrets::new(&[]));
        Ok(Storage::at(place, secrets))
    }
}

/// Where the data is, checked.
#[derive(Clone)]
pub struct Storage {
    /// Directory of what is kept beside the database.
    pub data_dir: PathBuf,
    /// The database.
    pub database: DatabaseUrl,
    /// Keys for cookies, tokens and sealed mails.
    pub secrets: Secrets,
    /// The same as the settings said it.
    pub place: DataDir,
}

impl Storage {
    /// The place, opened with these keys.
    pub fn at(place: DataDir, secrets: Secrets) -> Self {
        Self { data_dir: place.data_dir.clone(), database: place.database.clone(), secrets, place }
    }
}

/// Where the data is or will be, as the settings say: nothing was opened or created.
#[derive(Clone)]
pub struct DataDir {
    /// Directory of what is kept beside the database.
    pub data_dir: PathBuf,
    /// The database.
    pub database: DatabaseUrl,
    /// The secret key, where it is a setting.
    pub(crate) given_key: Option<String>,
}

/// As long as this lives, somebody uses a data directory.
#[derive(Debug)]
pub struct DataDirLock(#[allow(dead_code, reason = "held for their locks")] [Option<File>; 2]);

/// Takes a lock, for half a second if need be: of a process that was just killed, another that it was starting may hold the
/// file until it runs its own program.
fn soon(lock: impl Fn() -> Result<(), TryLockError>) -> Result<(), TryLockError> {
    for _ in 0..20 {
        if lock().is_ok() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    lock()
}

impl DataDir {
    /// Uses the data directory to serve it: beside other servers on PostgreSQL, as the only one of its database on SQLite.
    /// Commands may use it meanwhile.
    ///
    /// # Errors
    /// One line that names it.
    pub fn occupy_to_serve(&self) -> Result<DataDirLock, String> {
        let lock = lock_file(&self.data_dir.join("lock"))?;
        soon(|| lock.try_lock_shared()).map_err(|_| format!("{} is being restored", self.data_dir.display()))?;
        let only = self.only_user(|url| {
            format!("{url} is in use by another server, or its key is being replaced; SQLite has one server at a time")
        })?;
        Ok(DataDirLock([Some(lock), only]))
    }

    /// Uses the data directory when nobody else does, and lets nobody in meanwhile. Creates it when it is not there.
    ///
    /// # Errors
    /// One line that names it.
    pub fn occupy_alone(&self) -> Result<DataDirLock, String> {
        create_private(&self.data_dir)?;
        let lock = lock_file(&self.data_dir.join("lock"))?;
        soon(|| lock.try_lock())
            .map_err(|_| format!("{} is in use by a running server; stop that first", self.data_dir.display()))?;
        let only = self.only_user(|url| format!("{url} is in use by a running server; stop that first"))?;
        Ok(DataDirLock([Some(lock), only]))
    }

    /// The lock of a SQLite database, wherever it is: another data directory may lead to the same.
    fn only_user(&self, refusal: impl FnOnce(&DatabaseUrl) -> String) -> Result<Option<File>, String> {
        let DatabaseUrl::Sqlite(path) = &self.database else { return Ok(None) };
        let real = path.parent().and_then(|parent| Some(parent.canonicalize().ok()?.join(path.file_name()?)));
        let real = path.canonicalize().ok().or(real);
        // Where its directory is missing, there is nothing to lock, nor to open.
        let Some(real) = real else { return Ok(None) };
        let mut name = real.into_os_string();
        name.push(".lock");
        let lock = lock_file(Path::new(&name))?;
        soon(|| lock.try_lock()).map_err(|_| refusal(&self.database))?;
        Ok(Some(lock))
    }
}

fn lock_file(path: &Path) -> Result<File, String> {
    let mut options = File::options();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let opened = options.open(path).and_then(|file| adopt(path).map(|()| file));
    opened.map_err(|why| format!("{} cannot be written: {why}", path.display()))
}

/// Any path: an empty one is refused with the other settings, in one line that names it.
fn path() -> impl clap::builder::TypedValueParser<Value = PathBuf> {
    use clap::builder::TypedValueParser;
    clap::builder::OsStringValueParser::new().map(PathBuf::from)
}

/// Creates the data directory for its owner alone: the database and mails in it are nobody else's to read.
fn create_private(path: &Path) -> Result<(), String> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let missing = !path.exists();
    builder.create(path).and_then(|()| if missing { adopt(path) } else { Ok(()) }).or_else(|why| {
        readable(path)?;
        Err(format!("TENANTRY_DATA_DIR {} cannot be created: {why}", path.display()))
    })
}

/// Refuses a path that is there but no directory, or one that the user of this process may not look into: the system calls
/// both "File exists".
pub(crate) fn readable(path: &Path) -> Result<(), String> {
    let dir = path.display();
    match std::fs::read_dir(path) {
        Err(why) if why.kind() == std::io::ErrorKind::PermissionDenied => {
            Err(format!("TENANTRY_DATA_DIR {dir} cannot be read: {why}; run this as the user that the server runs as"))
        }
        Err(why) if why.kind() == std::io::ErrorKind::NotADirectory => {
            Err(format!("TENANTRY_DATA_DIR {dir} is not a directory"))
        }
        _ => Ok(()),
    }
}
