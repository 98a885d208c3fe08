//! `/users/activation-mail` and `/customers/{id}/users/activation-mail`: new activation mails to those who are selected
//! in a list, or to all that match, and still wait.

use actix_web::{HttpRequest, HttpResponse};

use crate::base::error::{Error, Refused};
use crate::base::forms::{Errors, FormView};
use crate::base::text::Count;
use crate::base::time::DisplayZone;
use crate::model::users::invite::count_mail;
use crate::model::users::{InvitationMailer, User, UserList, mail_invitation};
use crate::pages::bulk::{BulkAction, Done, MUCH, perform};
use crate::pages::confirm::Confirm;
use crate::pages::users::access::waits;
use crate::pages::users::invitation_mailer;
use crate::pages::users::selected::{LISTS, chosen, crumbs_of, lock_users, refused};
use crate::tenancy::TenantConn;
use crate::tenancy::audit::{self, Action, Entry};
use crate::web::state::AppState;
use crate::web::{Answer, BACK, Crumb, PageContext, Selection, TenantAdmin, zone_of};

#[derive(Clone)]
struct ActivationMails {
    of: UserList,
    selection: Selection,
    mailer: InvitationMailer,
    zone: DisplayZone,
}

/// Who was selected, and the way to the page that asks.
struct Chosen {
    users: Vec<User>,
    /// How many of them still wait.
    waiting: u64,
    crumbs: Vec<Crumb>,
}

impl BulkAction for ActivationMails {
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

    /// Many mails cannot be taken back.
    fn asks(&self, chosen: &Chosen) -> bool {
        chosen.waiting > MUCH
    }

    fn lock(&self, t: &mut TenantConn) -> Result<(), Error> {
        lock_users(t, self.of, &self.selection)
    }

    fn select(&self, t: &mut TenantConn) -> Result<Chosen, Error> {
        let users = chosen(t, self.of, &self.selection)?;
        let waiting = users.iter().filter(|user| waits(user, t.now)).count() as u64;
        Ok(Chosen { users, waiting, crumbs: crumbs_of(t, self.of)? })
    }

    fn nothing(&self, chosen: &Chosen) -> Option<Answer> {
        let words = refused(chosen.users.len(), "No users were selected, so no mail was sent.")?;
        Some(Answer::refusal(self.of.path(), words))
    }

    fn run(&self, t: &mut TenantConn, chosen: &Chosen) -> Result<Done, Refused<String>> {
        let (mut mailed, mut longest) = (0, None);
        let now = t.now;
        for user in chosen.users.iter().filter(|user| waits(user, now)) {
            if let Err(refused) = count_mail(t, &self.mailer, &user.email) {
                longest = longest.max(Some(refused.reason()?));
                continue;
            }
            mailed += 1;
            mail_invitation(t, &self.mailer, user)?;
            audit::record(t, Entry::of(Action::ActivationMail, user))?;
        }
        let mut text = match mailed {
            0 => "No activation mail was sent".into(),
            sent => Count(sent).of("activation mail is queued", "activation mails are queued"),
        };
        let others = chosen.users.len() as u64 - chosen.waiting;
        if others > 0 {
            text += &format!("; {} not need one", Count(others).of("user does", "users do"));
        }
        if let Some(wait) = longest {
            let next = self.zone.format(t.now + wait.0, t.now).text;
            let again = Count(chosen.waiting - mailed);
            let whom = again.of("user was sent several lately", "users were sent several lately");
            text += &format!("; {whom}, and can be sent the next {next}");
        }
        Ok(Done::Now(Answer::new(self.of.path(), text + ".").refused_if(mailed == 0)))
    }

    fn question(&self, context: PageContext, chosen: &Chosen, _: &Errors) -> Confirm {
        let mails = Count(chosen.waiting).of("activation mail", "activation mails");
        let hidden = self.selection.again(&[], self.selection.ids.iter().cloned());
        let others = chosen.users.len() as u64 - chosen.waiting;
        let texts = (others > 0).then(|| format!("{} not need one.", Count(others).of("user does", "users do")));
        let path = self.of.path();
        let action = format!("{path}/activation-mail");
        let question = format!("Send {mails}?");
        Confirm {
            texts: texts.into_iter().collect(),
            form: FormView { hidden, ..FormView::default() },
            danger: false,
            action,
            ..Confirm::deletion(context, chosen.crumbs.clone(), question, format!("Send {mails}"), path)
        }
    }
}

/// `POST /users/activation-mail`, `POST /customers/{id}/users/activation-mail`
pub async fn create(
    admin: TenantAdmin,
    of: UserList,
    context: PageContext,
    request: HttpRequest,
    selection: Selection,
) -> Result<HttpResponse, Error> {
    let mails = ActivationMails { of, selection, mailer: invitation_mailer(&request), zone: zone_of(&request) };
    let answer = perform(admin, context, request.clone(), mails).await?;
    AppState::of(&request).post.notify();
    Ok(answer)
}
