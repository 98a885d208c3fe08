//! How long links and sessions live.

use std::time::Duration;

/// How long activation links work: for the server, and for the command that makes one.
#[derive(Debug, Clone, clap::Args)]
pub struct ActivationSettings {
    /// How long an activation link works, in hours (1–720)
    #[arg(long = "activation-hours", env = "TENANTRY_ACTIVATION_HOURS", value_name = "HOURS", default_value = "72")]
    pub hours: String,
}

impl ActivationSettings {
    /// Checks the setting.
    ///
    /// # Errors
    /// One line that names it.
    pub fn lifetime(&self) -> Result<Duration, String> {
        match self.hours.parse::<u64>() {
            Ok(hours @ 1..=720) => Ok(Duration::from_secs(hours * 3600)),
            _ => Err(format!("TENANTRY_ACTIVATION_HOURS {:?} is not a whole number from 1 to 720", self.hours)),
        }
    }
}

/// How long sessions last.
#[derive(Debug, Clone, clap::Args)]
pub struct SessionSettings {
    /// A customer user's session ends after this long without a request
    #[arg(long, env = "TENANTRY_USER_IDLE", value_name = "TIME", default_value = "8h")]
    pub user_idle: String,

    /// A customer user's session ends after this long in any case
    #[arg(long, env = "TENANTRY_USER_SESSION", value_name = "TIME", default_value = "30d")]
    pub user_session: String,

    /// An administrator's session ends after this long without a request
    #[arg(long, env = "TENANTRY_ADMINISTRATOR_IDLE", value_name = "TIME", default_value = "1h")]
    pub administrator_idle: String,

    /// An administrator's session ends after this long in any case
    #[arg(long, env = "TENANTRY_ADMINISTRATOR_SESSION", value_name = "TIME", default_value = "12h")]
    pub administrator_session: String,
}

impl SessionSettings {
    /// Checks the settings.
    ///
    /// # Errors
    /// One line that names the setting.
    pub fn lifetimes(&self) -> Result<Lifetimes, String> {
        Ok(Lifetimes {
            administrator: Lifetime {
                idle: time("TENANTRY_ADMINISTRATOR_IDLE", &self.administrator_idle)?,
                absolute: time("TENANTRY_ADMINISTRATOR_SESSION", &self.administrator_session)?,
            },
            customer_user: Lifetime {
                idle: time("TENANTRY_USER_IDLE", &self.user_idle)?,
                absolute: time("TENANTRY_USER_SESSION", &self.user_session)?,
            },
        })
    }
}

/// How long a session lasts.
#[derive(Debug, Clone, Copy)]
pub struct Lifetime {
    /// Without being used.
    pub idle: Duration,
    /// In all.
    pub absolute: Duration,
}

/// How long the sessions of everybody last.
#[derive(Debug, Clone, Copy)]
pub struct Lifetimes {
    /// Of those who can change things.
    pub administrator: Lifetime,
    /// Of those who look.
    pub customer_user: Lifetime,
}

impl Lifetimes {
    /// Of an administrator, or of a user of a customer.
    pub fn of(&self, administrator: bool) -> Lifetime {
        if administrator { self.administrator } else { self.customer_user }
    }

    /// The longest that a session may go unused.
    pub fn idle(&self) -> Duration {
        self.administrator.idle.max(self.customer_user.idle)
    }

    /// The longest that a session lasts.
    pub fn absolute(&self) -> Duration {
        self.administrator.absolute.max(self.customer_user.absolute)
    }
}

/// A time of five minutes to a year, as `30m`, `8h` or `30d` says it.
fn time(setting: &str, text: &str) -> Result<Duration, String> {
    let units = [('m', 60), ('h', 3600), ('d', 24 * 3600)];
    let read = units.iter().find_map(|(unit, seconds)| {
        let number = text.strip_suffix(*unit)?.parse::<u32>().ok()?;
        Some(Duration::from_secs(u64::from(number) * seconds))
    });
    let can_be = Duration::from_secs(5 * 60)..=Duration::from_secs(365 * 24 * 3600);
    read.filter(|time| can_be.contains(time))
        .ok_or_else(|| format!("{setting} {text:?} is not a time of five minutes to 365 days, such as 30m, 8h or 30d"))
}
