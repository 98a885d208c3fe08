//! What can be done, and to what: the words of the audit log.

use strum::{EnumMessage, EnumString, IntoStaticStr, VariantArray};

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumMessage, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Action {
    /// It was not there before.
    #[strum(message = "Added", detailed_message = "added")]
    Add,
    /// Some of its fields are others now.
    #[strum(message = "Changed", detailed_message = "changed")]
    Change,
    /// It is gone.
    #[strum(message = "Deleted", detailed_message = "deleted")]
    Delete,
    /// It was given to a customer.
    #[strum(message = "Assigned", detailed_message = "assigned")]
    Assign,
    /// It was taken from a customer.
    #[strum(message = "Unassigned", detailed_message = "unassigned")]
    Unassign,
    /// They may sign in again.
    #[strum(message = "Enabled", detailed_message = "enabled")]
    Enable,
    /// They may not sign in, and are signed out.
    #[strum(message = "Disabled", detailed_message = "disabled")]
    Disable,
    /// An activation link was displayed.
    #[strum(message = "Activation link", detailed_message = "made an activation link for")]
    ActivationLink,
    /// A mail with an activation link was queued.
    #[strum(message = "Activation mail", detailed_message = "sent an activation mail to")]
    ActivationMail,
    /// A mail with a link for a new password was queued.
    #[strum(message = "Password reset mail", detailed_message = "sent a password reset to")]
    ResetMail,
    /// They chose their first password, and are signed in.
    #[strum(message = "Activated", detailed_message = "activated their user")]
    Activate,
    /// They signed in.
    #[strum(message = "Signed in", detailed_message = "signed in")]
    SignIn,
    /// Somebody gave their address and another password.
    #[strum(message = "Sign-in failed", detailed_message = "failed to sign in as")]
    SignInFailed,
    /// They signed out.
    #[strum(message = "Signed out", detailed_message = "signed out")]
    SignOut,
    /// One of their sessions was ended from another.
    #[strum(message = "Session ended", detailed_message = "ended a session of")]
    EndSession,
    /// An administrator sees the portal as they see it, and changes nothing.
    #[strum(message = "View as user", detailed_message = "started viewing as")]
    LookAs,
    /// The administrator sees it so no longer.
    #[strum(message = "Stopped viewing as user", detailed_message = "stopped viewing as")]
    EndLookAs,
    /// They changed their password; their other sessions ended.
    #[strum(message = "Password changed", detailed_message = "changed their password")]
    ChangePassword,
    /// They chose a new password by a link that was mailed, and are signed in.
    #[strum(message = "Password reset", detailed_message = "reset their password")]
    ResetPassword,
    /// All that is kept under the secret key was put under another one.
    #[strum(message = "Secret key replaced", detailed_message = "replaced the secret key that guards")]
    Rekey,
    /// The secret key was lost: the log goes on under another one, and what was in it could not be checked.
    #[strum(
        message = "Secret key lost",
        detailed_message = "replaced a lost secret key, so that earlier entries could not be checked, of"
    )]
    KeyLost,
    /// The tenant came here from another installation.
    #[strum(message = "Imported", detailed_message = "imported")]
    Import,
    /// Background work was asked for.
    #[strum(message = "Work started", detailed_message = "started")]
    Begin,
    /// A part of background work was done.
    #[strum(message = "Work resumed", detailed_message = "resumed")]
    GoOn,
    /// All of it is done.
    #[strum(message = "Work finished", detailed_message = "finished")]
    Finish,
    /// It was given up.
    #[strum(message = "Work failed", detailed_message = "could not finish")]
    Fail,
    /// Somebody ended it early.
    #[strum(message = "Work cancelled", detailed_message = "cancelled")]
    Cancel,
    /// Somebody had it tried again.
    #[strum(message = "Work retried", detailed_message = "retried")]
    Retry,
}

impl Action {
    /// All of them.
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// As stored.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// As a choice of a filter.
    pub fn label(self) -> &'static str {
        self.get_message().unwrap_or_default()
    }

    /// Inside a sentence.
    pub fn phrase(self) -> &'static str {
        self.get_detailed_message().unwrap_or_default()
    }

    /// Whether it can only be done to oneself, so that nobody else need be named.
    pub fn is_to_oneself(self) -> bool {
        matches!(self, Self::Activate | Self::SignIn | Self::SignOut | Self::ChangePassword | Self::ResetPassword)
    }
}

/// What it was done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumMessage, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Kind {
    /// The tenant itself.
    #[strum(message = "Tenant", detailed_message = "tenant")]
    Tenant,
    /// A customer.
    #[strum(message = "Customers", detailed_message = "customer")]
    Customer,
    /// A user of a customer.
    #[strum(message = "Users", detailed_message = "user")]
    User,
    /// An administrator of the tenant.
    #[strum(message = "Administrators", detailed_message = "administrator")]
    Administrator,
    /// A device.
    #[strum(message = "Devices", detailed_message = "device")]
    Device,
    /// An asset.
    #[strum(message = "Assets", detailed_message = "asset")]
    Asset,
    /// A dashboard.
    #[strum(message = "Dashboards", detailed_message = "dashboard")]
    Dashboard,
    /// A file of rows.
    #[strum(message = "Imports", detailed_message = "import")]
    Import,
    /// Work in the background.
    #[strum(message = "Background work", detailed_message = "job")]
    Job,
}

impl Kind {
    /// All of them.
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// As stored.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// As a choice of a filter.
    pub fn label(self) -> &'static str {
        self.get_message().unwrap_or_default()
    }

    /// Inside a sentence.
    pub fn phrase(self) -> &'static str {
        self.get_detailed_message().unwrap_or_default()
    }

    /// The word for several.
    pub fn several(self) -> &'static str {
        match self {
            Self::Tenant => "tenants",
            Self::Customer => "customers",
            Self::User => "users",
            Self::Administrator => "administrators",
            Self::Device => "devices",
            Self::Asset => "assets",
            Self::Dashboard => "dashboards",
            Self::Import => "imports",
            Self::Job => "things",
        }
    }
}
