//! The user forms: what was typed, what is meant by it, and how it is shown.

use serde::{Deserialize, Serialize};

use crate::base::forms::{self, Choice, Errors, Field, Kind, Section};
use crate::base::id::UserId;
use crate::model::users::User;

/// What was typed when adding or editing a user.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UserForm {
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub phone: String,
    pub description: String,
    /// How a new user gets in: `mail` or `link`.
    #[serde(skip_serializing)]
    pub activation_method: String,
}

/// What is meant.
#[derive(Debug, Clone, Default)]
pub struct UserDraft {
    /// At most 254 characters.
    pub email: String,
    /// May be empty.
    pub first_name: String,
    /// May be empty.
    pub last_name: String,
    /// As typed.
    pub phone: String,
    /// At most 2,000 characters.
    pub description: String,
}

/// How a new user gets their activation link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ActivationMethod {
    /// By mail.
    #[default]
    Mail,
    /// From the administrator, to whom it is shown.
    Link,
}

impl UserForm {
    /// The form of a stored user.
    pub fn of(user: &User) -> Self {
        Self {
            email: user.email.clone(),
            first_name: user.first_name.clone(),
            last_name: user.last_name.clone(),
            phone: user.phone.clone(),
            description: user.description.clone(),
            ..Self::default()
        }
    }

    /// Reads it.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn parse(&self) -> Result<UserDraft, Errors> {
        let mut errors = Errors::new();
        let draft = self.read(&mut errors);
        if errors.is_empty() { Ok(draft) } else { Err(errors) }
    }

    /// Reads it with the activation method, as for a new user.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn parse_new(&self) -> Result<(UserDraft, ActivationMethod), Errors> {
        let mut errors = Errors::new();
        let draft = self.read(&mut errors);
        let method = match self.activation_method.as_str() {
            "mail" => Ok(ActivationMethod::Mail),
            "link" => Ok(ActivationMethod::Link),
            _ => Err("Choose how the user gets the activation link".into()),
        };
        let method = errors.take("activation_method", method);
        if errors.is_empty() { Ok((draft, method)) } else { Err(errors) }
    }

    fn read(&self, errors: &mut Errors) -> UserDraft {
        UserDraft {
            email: errors.require("email", forms::email("Email", &self.email), "Enter an email address"),
            first_name: errors.take("first_name", forms::line("First name", &self.first_name, 255)),
            last_name: errors.take("last_name", forms::line("Last name", &self.last_name, 255)),
            phone: errors.take("phone", forms::line("Phone", &self.phone, 255)),
            description: errors.take("description", forms::paragraph("Description", &self.description, 2000)),
        }
    }

    /// The form as shown when editing.
    pub fn sections(&self, errors: &Errors) -> Vec<Section> {
        vec![Section::new("", self.fields(errors))]
    }

    /// The form as shown when adding; `lifetime` tells in words how long a link works.
    pub fn new_sections(&self, errors: &Errors, lifetime: &str, to_files: bool) -> Vec<Section> {
        let mail_hint =
            if to_files { "No mail server is set: the mail is written as a file on the server." } else { "" };
        let methods = vec![
            Choice { value: "mail".into(), label: "Send activation mail".into(), hint: mail_hint },
            Choice {
                value: "link".into(),
                label: "Display activation link".into(),
                hint: "You share the link yourself. No mail is sent.",
            },
        ];
        let mut fields = self.fields(errors);
        fields.push(
            Field::new("activation_method", "Activation method", Kind::Radio(methods))
                .required()
                .hint(format!("The link works for {lifetime}."))
                .value(&self.activation_method)
                .with(errors),
        );
        vec![Section::new("", fields)]
    }

    fn fields(&self, errors: &Errors) -> Vec<Field> {
        vec![
            Field::email("email", "Email").required().value(&self.email).with(errors),
            Field::text("first_name", "First name").half().value(&self.first_name).with(errors),
            Field::text("last_name", "Last name").half().value(&self.last_name).with(errors),
            Field::phone("phone", "Phone").value(&self.phone).with(errors),
            Field::area("description", "Description").value(&self.description).with(errors),
        ]
    }
}

/// What people may change of themselves.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProfileForm {
    pub first_name: String,
    pub last_name: String,
    pub phone: String,
    /// Whose profile was shown: in a browser that looked as somebody else, not that of whoever sends it.
    #[serde(skip_serializing)]
    pub user: String,
}

impl ProfileForm {
    /// The form of a stored user.
    pub fn of(user: &User) -> Self {
        Self {
            first_name: user.first_name.clone(),
            last_name: user.last_name.clone(),
            phone: user.phone.clone(),
            user: user.id.to_string(),
        }
    }

    /// Whether it was opened by somebody else than this user.
    pub fn is_of_another(&self, user: UserId) -> bool {
        !self.user.is_empty() && self.user != user.to_string()
    }

    /// Reads it; the rest stays as it is with `user`.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn parse(&self, user: &User) -> Result<UserDraft, Errors> {
        let mut errors = Errors::new();
        let draft = UserDraft {
            email: user.email.clone(),
            description: user.description.clone(),
            first_name: errors.take("first_name", forms::line("First name", &self.first_name, 255)),
            last_name: errors.take("last_name", forms::line("Last name", &self.last_name, 255)),
            phone: errors.take("phone", forms::line("Phone", &self.phone, 255)),
        };
        if errors.is_empty() { Ok(draft) } else { Err(errors) }
    }

    /// The form as shown.
    pub fn sections(&self, errors: &Errors) -> Vec<Section> {
        let [first_name, last_name] = name_fields(&self.first_name, &self.last_name, errors);
        let fields = vec![
            first_name,
            last_name,
            Field::phone("phone", "Phone").autocomplete("tel").value(&self.phone).with(errors),
        ];
        vec![Section::new("Profile", fields)]
    }
}

/// The fields of one's own name.
pub fn name_fields(first: &str, last: &str, errors: &Errors) -> [Field; 2] {
    [("first_name", "First name", "given-name", first), ("last_name", "Last name", "family-name", last)].map(
        |(name, label, autocomplete, value)| {
            Field::text(name, label).autocomplete(autocomplete).half().value(value).with(errors)
        },
    )
}
