//! What can be done, and to what: the words of the audit log.

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident $stored:literal $label:literal $said:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// As stored.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $stored,)* }
            }

            /// As a choice of a filter.
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)* }
            }

            /// Inside a sentence.
            pub fn said(self) -> &'static str {
                match self { $(Self::$variant => $said,)* }
            }

            /// From what is stored.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().find(|known| known.name() == name).copied()
            }
        }
    };
}

words! {
    /// What was done.
    Action {
        /// It was not there before.
        Add "add" "Added" "added";
        /// Some of its fields are others now.
        Change "change" "Changed" "changed";
        /// It is gone.
        Delete "delete" "Deleted" "deleted";
        /// It was given to a customer.
        Assign "assign" "Assigned" "assigned";
        /// It was taken from a customer.
        Unassign "unassign" "Unassigned" "unassigned";
        /// They may sign in again.
        Enable "enable" "Enabled" "enabled";
        /// They may not sign in, and are signed out.
        Disable "disable" "Disabled" "disabled";
        /// An activation link was displayed.
        ActivationLink "activation_link" "Activation link" "made an activation link for";
        /// A mail with an activation link was queued.
        ActivationMail "activation_mail" "Activation mail" "sent an activation mail to";
        /// A mail with a link for a new password was queued.
        ResetMail "reset_mail" "Password reset mail" "had a password reset mail sent to";
        /// They chose their first password, and are signed in.
        Activate "activate" "Activated" "activated their user";
        /// They signed in.
        SignIn "sign_in" "Signed in" "signed in";
        /// Somebody gave their address and another password.
        SignInFailed "sign_in_failed" "Sign-in failed" "could not sign in as";
        /// They signed out.
        SignOut "sign_out" "Signed out" "signed out";
        /// One of their sessions was ended from another.
        EndSession "end_session" "Session ended" "ended a session of";
        /// An administrator sees the portal as they see it, and changes nothing.
        LookAs "look_as" "Login as user" "began to see the portal as";
        /// The administrator sees it so no longer.
        EndLookAs "end_look_as" "Login as user ended" "no longer sees the portal as";
        /// They changed their password; their other sessions ended.
        ChangePassword "change_password" "Password changed" "changed their password";
        /// They chose a new password by a link that was mailed, and are signed in.
        ResetPassword "reset_password" "Password reset" "chose a new password by a mailed link";
        /// All that is kept under the secret key was put under another one.
        Rekey "rekey" "Secret key replaced" "replaced the secret key that guards";
        /// The secret key was lost: the log goes on under another one, and what was in it could not be checked.
        KeyLost "key_lost" "Secret key lost" "replaced a lost secret key, so that earlier entries could not be checked, of";
        /// Background work was asked for.
        Begin "begin" "Work begun" "began";
        /// A part of background work was done.
        GoOn "go_on" "Work gone on" "went on with";
        /// All of it is done.
        Finish "finish" "Work finished" "finished";
        /// It was given up.
        Fail "fail" "Work failed" "could not finish";
        /// Somebody ended it early.
        Cancel "cancel" "Work cancelled" "cancelled";
        /// Somebody had it tried again.
        Retry "retry" "Work tried again" "tried again";
    }
}

impl Action {
    /// Whether it can only be done to oneself, so that nobody else need be named.
    pub fn is_to_oneself(self) -> bool {
        matches!(self, Self::Activate | Self::SignIn | Self::SignOut | Self::ChangePassword | Self::ResetPassword)
    }
}

words! {
    /// What it was done to.
    Kind {
        /// The tenant itself.
        Tenant "tenant" "Tenant" "tenant";
        /// A customer.
        Customer "customer" "Customers" "customer";
        /// A user of a customer.
        User "user" "Users" "user";
        /// An administrator of the tenant.
        Administrator "administrator" "Administrators" "administrator";
        /// A device.
        Device "device" "Devices" "device";
        /// An asset.
        Asset "asset" "Assets" "asset";
        /// A dashboard.
        Dashboard "dashboard" "Dashboards" "dashboard";
        /// A file of rows.
        Import "import" "Imports" "import";
        /// Work in the background.
        Job "job" "Background work" "background work:";
    }
}

impl Kind {
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
