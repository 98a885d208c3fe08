//! Links that let somebody choose a password: activation links, mailed or displayed, and links to reset a password. Here
//! are their expiry, how they ended, and the hashes of their secrets: a displayed link has one secret, a mailed one gets
//! one whenever its mail is handed over, so that nothing that waits to be sent holds any.

use std::time::Duration;

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::{LinkId, TenantId, UserId};
use crate::base::secrets::Token;
use crate::db::Conn;
use crate::db::not_deleting::NotDeleting;
use crate::db::schema::{link_secrets, links, users};
use crate::model::users::set_invited_until;
use crate::on_both;
use crate::services::mail::LinkSecrets;
use crate::tenancy::TenantConn;

/// What a link is for and how it travels. A mailed and a displayed one work side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Activates; sent by mail.
    Mailed,
    /// Activates; shown to the administrator.
    Displayed,
    /// Resets the password of somebody who activated.
    Reset,
    /// Confirms another address of somebody who activated; sent to that.
    Address,
}

/// How long a link to reset a password works.
pub const RESET_LIFETIME: Duration = Duration::from_secs(30 * 60);

impl Kind {
    const ALL: [Self; 4] = [Self::Mailed, Self::Displayed, Self::Reset, Self::Address];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Mailed => "mail",
            Self::Displayed => "display",
            Self::Reset => "reset",
            Self::Address => "address",
        }
    }

    fn activates(self) -> bool {
        matches!(self, Self::Mailed | Self::Displayed)
    }
}

/// A link as stored.
#[derive(Debug, Clone, Queryable)]
pub struct Link {
    /// Its tenant.
    pub tenant: TenantId,
    /// Its identity.
    pub id: LinkId,
    /// Who it is for.
    pub user: UserId,
    kind: String,
    /// Until when it works.
    pub expires_at: Timestamp,
    ended_at: Option<Timestamp>,
    ended_as: Option<String>,
    /// When its user activated.
    activated_at: Option<Timestamp>,
}

/// What can be done with a link at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It works.
    Open,
    /// It did what it was for.
    Used,
    /// Its time is over.
    Expired,
    /// Its user has activated, by another one.
    NotNeeded,
    /// Another took its place before its time was over.
    Replaced,
}

impl Link {
    /// What it is for; `None` when a later version made it.
    pub fn kind(&self) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == self.kind)
    }

    fn activates(&self) -> bool {
        self.kind().is_some_and(Kind::activates)
    }

    /// What can be done with it at `now`.
    pub fn state(&self, now: Timestamp) -> State {
        let early = self.ended_at.filter(|at| *at < self.expires_at);
        match (self.ended_as.as_deref(), early) {
            (Some("used"), _) => State::Used,
            // Activation ends the others at that very moment.
            (_, Some(at)) if self.activates() && self.activated_at == Some(at) => State::NotNeeded,
            (_, Some(_)) => State::Replaced,
            (_, None) if now < self.expires_at => State::Open,
            (_, None) if self.activates() && self.activated_at.is_some() => State::NotNeeded,
            (_, None) => State::Expired,
        }
    }
}

/// Makes a link of a kind for a user, which works for `lifetime` once it has a secret; an earlier one of that kind ends.
pub fn issue(t: &mut TenantConn, user: UserId, kind: Kind, lifetime: Duration) -> Result<(LinkId, Timestamp), Error> {
    let (id, expires_at) = (LinkId::new(t.now), t.now + lifetime);
    let of_kind = links::user_id.eq(user).and(links::kind.eq(kind.name()));
    diesel::update(links::table.filter(links::tenant_id.eq(t.id)).filter(of_kind).filter(links::ended_at.is_null()))
        .set((links::ended_at.eq(Some(t.now)), links::ended_as.eq(Some("replaced"))))
        .execute(t.conn)?;
    insert(t, id, user, kind, expires_at)?;
    if kind.activates() {
        let until = links::table
            .filter(links::tenant_id.eq(t.id).and(links::user_id.eq(user)).and(links::ended_at.is_null()))
            .filter(links::kind.eq_any([Kind::Mailed.name(), Kind::Displayed.name()]))
            .select(diesel::dsl::max(links::expires_at))
            .first::<Option<Timestamp>>(t.conn)?;
        set_invited_until(t, user, until)?;
    }
    Ok((id, expires_at))
}

fn insert(t: &mut TenantConn, id: LinkId, user: UserId, kind: Kind, expires_at: Timestamp) -> Result<(), Error> {
    diesel::insert_into(links::table)
        .values((
            links::tenant_id.eq(t.id),
            links::id.eq(id),
            links::user_id.eq(user),
            links::kind.eq(kind.name()),
            links::created_at.eq(t.now),
            links::expires_at.eq(expires_at),
        ))
        .execute(t.conn)?;
    Ok(())
}

/// Makes the first link of a user who was just added as invited until `until`.
pub fn first(t: &mut TenantConn, user: UserId, kind: Kind, until: Timestamp) -> Result<LinkId, Error> {
    let id = LinkId::new(t.now);
    insert(t, id, user, kind, until)?;
    Ok(id)
}

/// Makes a link to show at once, with its secret and until when it works; an earlier displayed one ends.
pub fn display(t: &mut TenantConn, user: UserId, lifetime: Duration) -> Result<(Token, Timestamp), Error> {
    let (link, expires_at) = issue(t, user, Kind::Displayed, lifetime)?;
    Ok((add_secret(t.conn, t.id, link)?, expires_at))
}

/// Gives a link one more secret; those that it has go on working. The secret of a link that has ended opens nothing.
///
/// # Errors
/// Those of the database, one of them when the link is gone.
pub fn add_secret(conn: &mut Conn, tenant: TenantId, link: LinkId) -> Result<Token, Error> {
    let token = Token::random()?;
    diesel::insert_into(link_secrets::table)
        .values((
            link_secrets::tenant_id.eq(tenant),
            link_secrets::link_id.eq(link),
            link_secrets::secret_hash.eq(token.hash()),
        ))
        .execute(conn)?;
    Ok(token)
}

/// Notes links that were mailed to users before: to whom, when, and until when they work. Nobody knows their secrets any
/// more, so none are kept.
pub fn insert_mailed(t: &mut TenantConn, of: &[(UserId, Timestamp, Timestamp)]) -> Result<(), Error> {
    for some in of.chunks(1_000) {
        let mut rows = Vec::with_capacity(some.len());
        for (user, at, until) in some {
            rows.push((
                links::tenant_id.eq(t.id),
                links::id.eq(LinkId::new(*at)),
                links::user_id.eq(*user),
                links::kind.eq(Kind::Mailed.name()),
                links::created_at.eq(*at),
                links::expires_at.eq(*until),
            ));
        }
        // A batch cannot be said on both databases at once.
        on_both!(t.conn, c => diesel::insert_into(links::table).values(&rows).execute(c))?;
    }
    Ok(())
}

/// The link with this secret, while its user is there. Nobody is known yet, so it is looked for in all tenants; the
/// secret is 256 bits.
pub fn find(conn: &mut Conn, token: &Token) -> Result<Option<Link>, Error> {
    Ok(links::table
        .inner_join(
            link_secrets::table
                .on(link_secrets::tenant_id.eq(links::tenant_id).and(link_secrets::link_id.eq(links::id))),
        )
        .inner_join(users::table.on(users::tenant_id.eq(links::tenant_id).and(users::id.eq(links::user_id))))
        .filter(link_secrets::secret_hash.eq(token.hash()))
        .filter(NotDeleting)
        .select((
            links::tenant_id,
            links::id,
            links::user_id,
            links::kind,
            links::expires_at,
            links::ended_at,
            links::ended_as,
            users::activated_at,
        ))
        .first(conn)
        .optional()?)
}

/// Whether the link at this address is a user's and did not end.
pub fn is_for(t: &mut TenantConn, address: &str, user: UserId) -> Result<bool, Error> {
    let Some(token) = address.rsplit('/').next().and_then(Token::parse) else { return Ok(false) };
    let with_secret = link_secrets::table
        .filter(link_secrets::tenant_id.eq(t.id).and(link_secrets::link_id.eq(links::id)))
        .filter(link_secrets::secret_hash.eq(token.hash()));
    let open = links::table
        .filter(links::tenant_id.eq(t.id).and(links::user_id.eq(user)).and(links::ended_at.is_null()))
        .filter(diesel::dsl::exists(with_secret.select(link_secrets::link_id)));
    Ok(diesel::select(diesel::dsl::exists(open.select(links::id))).get_result(t.conn)?)
}

/// Whether a user was given a link to be mailed since `since`, and it still works.
pub fn was_mailed(t: &mut TenantConn, user: UserId, since: Timestamp) -> Result<bool, Error> {
    let mailed = links::tenant_id.eq(t.id).and(links::user_id.eq(user)).and(links::kind.eq(Kind::Mailed.name()));
    let recent = links::table.filter(mailed).filter(links::ended_at.is_null().and(links::created_at.gt(since)));
    Ok(diesel::select(diesel::dsl::exists(recent.select(links::id))).get_result(t.conn)?)
}

/// Uses a link: whoever changes the row has won, everybody else comes too late. The user's other links end.
pub fn take(t: &mut TenantConn, link: &Link) -> Result<bool, Error> {
    let open = links::table
        .filter(links::tenant_id.eq(t.id).and(links::id.eq(link.id)))
        .filter(links::ended_at.is_null().and(links::expires_at.gt(t.now)));
    let taken = diesel::update(open)
        .set((links::ended_at.eq(Some(t.now)), links::ended_as.eq(Some("used"))))
        .execute(t.conn)?;
    if taken == 1 {
        end_all(t, link.user)?;
    }
    Ok(taken == 1)
}

/// Ends every link of a user that still works.
pub fn end_all(t: &mut TenantConn, user: UserId) -> Result<(), Error> {
    let open = links::tenant_id.eq(t.id).and(links::user_id.eq(user)).and(links::ended_at.is_null());
    diesel::update(links::table.filter(open))
        .set((links::ended_at.eq(Some(t.now)), links::ended_as.eq(Some("replaced"))))
        .execute(t.conn)?;
    Ok(())
}

/// Forgets links that expired before `before`: from then on they are unknown.
pub fn forget(conn: &mut Conn, before: Timestamp) -> Result<usize, Error> {
    Ok(diesel::delete(links::table.filter(links::expires_at.lt(before))).execute(conn)?)
}

/// The links of all users, for the mails that carry them.
pub struct UserLinks;

impl LinkSecrets for UserLinks {
    fn add(&self, conn: &mut Conn, tenant: TenantId, link: LinkId) -> Result<Token, Error> {
        add_secret(conn, tenant, link)
    }

    fn find_link(&self, conn: &mut Conn, tenant: TenantId, secret: &Token) -> Result<Option<LinkId>, Error> {
        Ok(link_secrets::table
            .filter(link_secrets::tenant_id.eq(tenant).and(link_secrets::secret_hash.eq(secret.hash())))
            .select(link_secrets::link_id)
            .first(conn)
            .optional()?)
    }
}
