//! `/users/access` and `/customers/{id}/users/access`: those who are selected in a list, or all that match, may not sign in
//! any more, or may again.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, HttpResponse};

use crate::base::error::{Error, Refused};
use crate::base::forms::{Errors, FormView};
use crate::base::id::UserId;
use crate::base::text::Count;
use crate::config::lifetimes::Lifetimes;
use crate::model::sessions;
use crate::model::users::{Refusal, Role, User, UserList, store};
use crate::pages::bulk::{BulkAction, Done, MUCH, perform};
use crate::pages::confirm::{Confirm, number_field, wrong_number};
use crate::pages::users::selected::{LISTS, chosen, crumbs_of, lock_users, refused};
use crate::tenancy::TenantConn;
use crate::web::state::AppState;
use crate::web::{Answer, BACK, Crumb, PageContext, Selection, TenantAdmin};

#[derive(Clone)]
struct Access {
    of: UserList,
    selection: Selection,
    /// Whether they may not sign in any more.
    disables: bool,
    lifetimes: Lifetimes,
}

/// Who was selected, and the way to the page that asks.
struct Chosen {
    /// How many were selected.
    all: usize,
    /// Those of them for whom anything is to be changed.
    users: Vec<User>,
    /// Whether whoever asks is among those who are to be disabled.
    oneself: bool,
    /// How many sessions of theirs end.
    sessions: u64,
    crumbs: Vec<Crumb>,
}

impl Chosen {
    fn count(&self) -> Count {
        Count(self.users.len() as u64)
    }

    /// One by their name, or how many.
    fn name(&self) -> String {
        match self.users.as_slice() {
            [only] => only.name(),
            _ => self.count().of("user", "users"),
        }
    }

    fn already(&self) -> u64 {
        (self.all - self.users.len() - usize::from(self.oneself)) as u64
    }
}

impl Access {
    /// What becomes of them.
    fn done(&self) -> &'static str {
        if self.disables { "disabled" } else { "enabled" }
    }

    fn verb(&self) -> &'static str {
        if self.disables { "Disable" } else { "Enable" }
    }

    /// Who is left as they are, a sentence each; `are` before it is done, `were` after.
    fn left(&self, chosen: &Chosen, are: (&str, &str)) -> Vec<String> {
        let (one, several) = are;
        let already = (chosen.already() > 0).then(|| {
            let (n, done) = (Count(chosen.already()), self.done());
            format!("{} {done} already.", n.of(&format!("user {one}"), &format!("users {several}")))
        });
        let oneself = chosen.oneself.then(|| Refusal::Oneself.sentence("disable"));
        already.into_iter().chain(oneself).collect()
    }
}

impl BulkAction for Access {
    type Chosen = Chosen;

    fn lists(&self) -> &'static [&'static str] {
        &LISTS
    }

    fn back(&self) -> &str {
        self.selection.field(BACK)
    }

    fn is_confirmed(&self) -> bool {
        self.selection.is_confirmed()
    }

    /// Who is disabled is signed out at once; enabling takes nothing from anybody.
    fn asks(&self, chosen: &Chosen) -> bool {
        !chosen.users.is_empty() && (self.disables || chosen.count().0 > MUCH)
    }

    fn lock(&self, t: &mut TenantConn) -> Result<(), Error> {
        lock_users(t, self.of, &self.selection)
    }

    fn select(&self, t: &mut TenantConn) -> Result<Chosen, Error> {
        let mut users = chosen(t, self.of, &self.selection)?;
        let all = users.len();
        users.retain(|user| user.disabled_at.is_some() != self.disables);
        let oneself = self.disables && users.iter().any(|user| t.is_actor(user.id));
        users.retain(|user| !self.disables || !t.is_actor(user.id));
        let mut sessions = 0;
        for administrators in [false, true].into_iter().filter(|_| self.disables) {
            let some = users.iter().filter(|user| (user.role() == Role::Administrator) == administrators);
            let ids: Vec<UserId> = some.map(|user| user.id).collect();
            sessions += sessions::count_open(t, &ids, self.lifetimes.of(administrators))?;
        }
        Ok(Chosen { all, users, oneself, sessions, crumbs: crumbs_of(t, self.of)? })
    }

    fn nothing(&self, chosen: &Chosen) -> Option<Answer> {
        let words = refused(chosen.all, &format!("No users were selected, so none was {}.", self.done()))?;
        Some(Answer::refusal(self.of.path(), words))
    }

    /// Where many are signed out, their number is typed.
    fn wrong(&self, chosen: &Chosen) -> Errors {
        let n = chosen.count().0;
        let much = self.disables && n > MUCH;
        if much { wrong_number(n, "users", self.selection.field("confirm")) } else { Errors::new() }
    }

    fn run(&self, t: &mut TenantConn, chosen: &Chosen) -> Result<Done, Refused<String>> {
        let (mut changed, mut words) = (0, Vec::new());
        for user in &chosen.users {
            match store::set_disabled(t, user, self.disables) {
                Ok(()) => changed += 1,
                Err(refused) => words.push(format!("{}: {}", user.name(), refused.reason()?.sentence("disable"))),
            }
        }
        words.extend(self.left(chosen, ("was", "were")));
        let also = if self.disables { " and signed out everywhere" } else { "" };
        let done = self.done();
        words.insert(
            0,
            match (changed, chosen.users.as_slice()) {
                (0, _) => {
                    t.no_changes()?;
                    format!("Nobody was {done}.")
                }
                (1, [only]) => format!("{} was {done}{also}.", only.name()),
                (n, _) => format!("{} {done}{also}.", Count(n).of("user was", "users were")),
            },
        );
        Ok(Done::Now(Answer::new(self.of.path(), words.join(" ")).refused_if(changed == 0)))
    }

    fn question(&self, context: PageContext, chosen: &Chosen, errors: &Errors) -> Confirm {
        let (n, path, several) = (chosen.count(), self.of.path(), chosen.users.len() > 1);
        let mut texts = Vec::new();
        if self.disables {
            let whose = if several { "They are" } else { "This user is" };
            texts.push(format!("{whose} signed out everywhere and cannot sign in until enabled again."));
        }
        let customers: BTreeSet<_> = chosen.users.iter().filter_map(|user| user.role().customer()).collect();
        if customers.len() > 1 {
            texts.push(format!("They are users of {} customers.", Count(customers.len() as u64)));
        }
        texts.extend(self.left(chosen, ("is", "are")));
        let counts = (chosen.sessions > 0).then(|| {
            let sessions = Count(chosen.sessions);
            (sessions, if sessions.0 == 1 { "open session ends" } else { "open sessions end" }.to_owned())
        });
        let number = (self.disables && n.0 > MUCH).then(|| {
            let typed = self.selection.field("confirm");
            number_field(n.0, "Type the number of users to confirm", typed, errors)
        });
        let hidden = self.selection.again(&["to"], self.selection.ids.iter().cloned());
        let fields = number.flatten().into_iter().collect();
        let question = format!("{} {}?", self.verb(), chosen.name());
        let button = format!("{} {}", self.verb(), if several { "users" } else { "user" });
        Confirm {
            counts: counts.into_iter().collect(),
            texts,
            form: FormView { hidden, ..FormView::plain(fields) },
            danger: self.disables,
            action: format!("{path}/access"),
            ..Confirm::deletion(context, chosen.crumbs.clone(), question, button, path)
        }
    }
}

/// `POST /users/access`, `POST /customers/{id}/users/access`
pub async fn update(
    admin: TenantAdmin,
    of: UserList,
    context: PageContext,
    request: HttpRequest,
    selection: Selection,
) -> Result<HttpResponse, Error> {
    let disables = match selection.field("to") {
        "disabled" => true,
        "enabled" => false,
        _ => return Err(Error::BadRequest("Nothing was changed: access is either enabled or disabled.".into())),
    };
    let lifetimes = AppState::of(&request).config.sessions;
    perform(admin, context, request, Access { of, selection, disables, lifetimes }).await
}
