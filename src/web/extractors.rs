//! The people a page can ask for. A page that names one of them in its arguments is reached by nobody else.

use std::future::{Ready, ready};
use std::rc::Rc;
use std::sync::Arc;

use actix_session::SessionExt;
use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpMessage, HttpRequest};

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::{CustomerId, TenantId, UserId};
use crate::db::Db;
use crate::model::sessions::impersonation::end_for_session;
use crate::model::sessions::viewer::Viewer;
use crate::tenancy::audit::{Origin, Who};
use crate::tenancy::{Tenant, TenantConn};
use crate::web::change_limit::Changes;
use crate::web::session_store::{OUTAGE, VIEWER};
use crate::web::state::AppState;
use crate::web::{local_path, request_origin};

struct Known(Option<Rc<Viewer>>);

/// Who sent `request`, if anybody is signed in. The session is read once a request.
pub fn viewer(request: &HttpRequest) -> Option<Rc<Viewer>> {
    if let Some(Known(viewer)) = request.extensions().get() {
        return viewer.clone();
    }
    let viewer = request.get_session().get::<Viewer>(VIEWER).ok().flatten().map(Rc::new);
    request.extensions_mut().insert(Known(viewer.clone()));
    viewer
}

/// Who sent a request that was answered, if that was found out on the way: not whom they look as.
pub fn sender(request: &HttpRequest) -> Option<UserId> {
    let extensions = request.extensions();
    let viewer = extensions.get::<Known>()?.0.as_ref()?;
    Some(viewer.impersonation.as_ref().map_or(viewer.user, |it| it.administrator))
}

pub(crate) fn signed_in(request: &HttpRequest) -> Result<Rc<Viewer>, Error> {
    outage(request)?;
    viewer(request).ok_or_else(|| Error::SignInRequired(way_back(request)))
}

/// Whether it is certain that nobody is signed in.
pub fn is_signed_out(request: &HttpRequest) -> bool {
    outage(request).is_ok() && viewer(request).is_none()
}

/// A session that could not be looked up is not the same as none.
fn outage(request: &HttpRequest) -> Result<(), Error> {
    match request.get_session().get::<String>(OUTAGE) {
        Ok(Some(cause)) => Err(Error::unavailable(cause)),
        _ => Ok(()),
    }
}

/// Where somebody goes on after signing in: the page they asked for, or the one whose form they sent.
pub fn way_back(request: &HttpRequest) -> String {
    if request.method().is_safe() {
        return request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    }
    let referer = request.headers().get(header::REFERER).and_then(|value| value.to_str().ok());
    let page = referer.and_then(|page| url::Url::parse(page).ok());
    page.map(|page| page.path().to_owned()).filter(|path| local_path(path).is_some()).unwrap_or_else(|| "/".into())
}

fn tenant_of(request: &HttpRequest, viewer: &Viewer) -> Tenant {
    let app = AppState::of(request);
    let who = Who::User { id: viewer.user, name: viewer.name.clone(), email: viewer.email.clone() };
    let origin = Origin { who, ..request_origin(request) };
    Tenant::of_session(viewer.tenant, origin, viewer.has_jobs, app.db.clone(), app.clock.clone())
}

/// An administrator of a tenant.
pub struct TenantAdmin {
    /// Who.
    pub viewer: Rc<Viewer>,
    /// The door to everything of the tenant.
    pub tenant: Tenant,
}

impl FromRequest for TenantAdmin {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(signed_in(request).and_then(|viewer| {
            if !viewer.is_administrator() {
                return Err(Error::NotFound);
            }
            Ok(Self { tenant: tenant_of(request, &viewer), viewer })
        }))
    }
}

/// A customer and everything under it: all that its users may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Branch {
    /// The customer on top of it.
    pub root: CustomerId,
}

/// What somebody may reach of the tenant, besides administrators.
pub trait Scope: Copy + Send + 'static {
    /// That of a signed-in user.
    ///
    /// # Errors
    /// `NotFound` when they have none of this kind.
    fn of(viewer: &Viewer) -> Result<Self, Error>;
}

impl Scope for Branch {
    fn of(viewer: &Viewer) -> Result<Self, Error> {
        viewer.customer.as_ref().map(|customer| Self { root: customer.id }).ok_or(Error::NotFound)
    }
}

impl Scope for UserId {
    fn of(viewer: &Viewer) -> Result<Self, Error> {
        Ok(viewer.user)
    }
}

/// Somebody who reaches what is in their scope. There is no way from here to the rest of the tenant.
pub struct Scoped<S> {
    /// Who.
    pub viewer: Rc<Viewer>,
    scope: S,
    tenant: Tenant,
    changes: Changes,
}

/// A user of a customer.
pub type CustomerUser = Scoped<Branch>;

/// Anybody who is signed in, for what concerns only themselves.
pub type SignedIn = Scoped<UserId>;

impl<S: Scope> Scoped<S> {
    /// Runs queries over what is in scope.
    ///
    /// # Errors
    /// What the queries say, or `Unavailable`.
    pub async fn read<T, E>(
        &self,
        work: impl FnOnce(&mut TenantConn, S) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let scope = self.scope;
        self.tenant.read(move |t| work(t, scope)).await
    }

    /// Changes what concerns the user themselves, in one transaction.
    ///
    /// # Errors
    /// What `work` says, after everything was undone, or `Unavailable`.
    pub async fn write<T, E>(
        &self,
        work: impl FnOnce(&mut TenantConn, S) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let scope = self.scope;
        self.viewer.may_change()?;
        self.changes.count().await?;
        self.tenant.write(move |t| work(t, scope)).await
    }
}

impl<S: Scope> FromRequest for Scoped<S> {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(signed_in(request).and_then(|viewer| {
            Ok(Self {
                scope: S::of(&viewer)?,
                tenant: tenant_of(request, &viewer),
                changes: Changes::by(&viewer, request),
                viewer,
            })
        }))
    }
}

/// An administrator or a user of a customer: for pages that both have, each over what they may see.
pub enum Reader {
    /// Sees everything of the tenant.
    Admin(TenantAdmin),
    /// Sees a branch.
    User(CustomerUser),
}

impl Reader {
    /// Whether they may change what they see.
    pub fn is_administrator(&self) -> bool {
        matches!(self, Self::Admin(_))
    }

    /// Runs queries over what they may see: the branch, or without one everything of the tenant.
    ///
    /// # Errors
    /// What the queries say, or `Unavailable`.
    pub async fn read<T, E>(
        &self,
        work: impl FnOnce(&mut TenantConn, Option<Branch>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        match self {
            Self::Admin(admin) => admin.tenant.read(move |t| work(t, None)).await,
            Self::User(person) => person.read(move |t, branch| work(t, Some(branch))).await,
        }
    }
}

impl FromRequest for Reader {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let admin = TenantAdmin::from_request(request, payload).into_inner().map(Self::Admin);
        ready(match admin {
            Err(Error::NotFound) => CustomerUser::from_request(request, payload).into_inner().map(Self::User),
            known => known,
        })
    }
}

/// Anybody at all, for pages that lead in.
pub struct Anyone {
    /// Who, if anybody is signed in.
    pub viewer: Option<Rc<Viewer>>,
}

impl FromRequest for Anyone {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(outage(request).map(|()| Self { viewer: viewer(request) }))
    }
}

/// An administrator who looks at the portal as one of their users sees it. There is no way from here to what they may do
/// themselves, but to end it.
pub struct Impersonator {
    session: Vec<u8>,
    tenant: TenantId,
    origin: Arc<Origin>,
    /// As whom.
    pub user: UserId,
    db: Db,
    now: Timestamp,
}

impl Impersonator {
    /// They see what they see as themselves again. `with` runs in the same transaction.
    ///
    /// # Errors
    /// What `with` says.
    pub async fn end<T: Send + 'static>(
        self,
        with: impl FnOnce(&mut TenantConn) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.db
            .write(move |writing| {
                let t = &mut TenantConn::within(writing, self.tenant, self.origin, self.now);
                end_for_session(t, &self.session)?;
                with(t)
            })
            .await
    }
}

impl FromRequest for Impersonator {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(signed_in(request).and_then(|viewer| {
            let app = AppState::of(request);
            let impersonation = viewer.impersonation.as_ref().ok_or(Error::NotFound)?;
            Ok(Self {
                session: viewer.session_key()?,
                tenant: viewer.tenant,
                origin: Arc::new(Origin { who: Who::Asked(impersonation.administrator), ..request_origin(request) }),
                user: viewer.user,
                db: app.db.clone(),
                now: app.clock.now(),
            })
        }))
    }
}
