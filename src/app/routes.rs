//! Every address of the product, and who may use it. The map that pages are served by is the map that tests walk.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, guard, web};

use crate::base::error::Error;
use crate::pages::{
    account, activation, audit_log, customers, dashboards, help, home, impersonation, imports, inventory, jobs, search,
    setup, sign_in, users,
};

use crate::web::Anyone;
pub use crate::web::route::{Route, Who};

macro_rules! routes {
    ($($who:ident { $($method:ident $path:literal => $handler:path;)* })*) => {
        /// Every address of the product.
        pub const MAP: &[Route] = &[$($(
            Route { method: stringify!($method), path: $path, who: Who::$who },
        )*)*];

        /// Serves them.
        pub fn configure(config: &mut web::ServiceConfig) {
            // First: the last words of their addresses are no ids.
            for form in MAP.iter().filter(|route| route.method == "POST" && !opens(route.path)) {
                config.route(form.path, on("GET").to(page_of_form));
            }
            $($(config.route($path, on(stringify!($method)).to($handler));)*)*
            for (old, _) in RENAMED {
                config.route(old, web::route().to(renamed));
            }
        }
    };
}

/// Addresses that have another name now, with that name.
const RENAMED: [(&str, &str); 2] =
    [("/looking/end", "/impersonation/end"), ("/users/{id}/looking", "/users/{id}/impersonation")];

/// Sends whoever has an earlier address on to the present one, with what they sent.
async fn renamed(request: HttpRequest) -> Result<HttpResponse, Error> {
    let pattern = request.match_pattern().unwrap_or_default();
    let (_, new) = RENAMED.iter().find(|(old, _)| *old == pattern).ok_or(Error::NotFound)?;
    let id = request.match_info().get("id").unwrap_or_default();
    Ok(HttpResponse::PermanentRedirect().insert_header((header::LOCATION, new.replace("{id}", id))).finish())
}

/// Whether a page is at this address.
fn opens(pattern: &str) -> bool {
    MAP.iter().any(|route| route.method == "GET" && route.path == pattern)
}

/// Sends whoever opens an address that takes a form alone, as after a mistake in the form, to the page that the form is on:
/// the nearest above it.
async fn page_of_form(anyone: Anyone, request: HttpRequest) -> Result<HttpResponse, Error> {
    let pattern = request.match_pattern().unwrap_or_default();
    let form = MAP.iter().find(|route| route.method == "POST" && route.path == pattern).ok_or(Error::NotFound)?;
    let is_theirs = anyone.viewer.is_none_or(|viewer| match form.who {
        Who::TenantAdmin => viewer.is_administrator(),
        Who::CustomerUser => !viewer.is_administrator(),
        Who::Anyone | Who::SignedIn | Who::Reader => true,
    });
    if !is_theirs {
        return Err(Error::NotFound);
    }
    let (mut pattern, mut path) = (pattern.as_str(), request.path());
    while let (Some((above, _)), Some((page, _))) = (pattern.rsplit_once('/'), path.rsplit_once('/')) {
        if opens(above) {
            return Ok(crate::web::see_other(page));
        }
        (pattern, path) = (above, page);
    }
    Ok(crate::web::see_other("/"))
}

fn on(method: &str) -> actix_web::Route {
    match method {
        "GET" => web::route().guard(guard::Any(guard::Get()).or(guard::Head())),
        _ => web::post(),
    }
}

routes! {
    Anyone {
        GET "/" => sign_in::root;
        GET "/sign-in" => sign_in::new;
        POST "/sign-in" => sign_in::create;
        GET "/forgot-password" => sign_in::forgot::new;
        POST "/forgot-password" => sign_in::forgot::send;
        GET "/setup/{token}" => setup::new;
        POST "/setup/{token}" => setup::create;
        GET "/activate/{token}" => activation::show;
        POST "/activate/{token}" => activation::update;
        POST "/activate/{token}/mail" => activation::resend;
        GET "/reset-password/{token}" => activation::show;
        POST "/reset-password/{token}" => activation::update;
        GET "/account/email/{token}" => account::email::show;
        POST "/account/email/{token}" => account::email::confirm;
    }
    SignedIn {
        POST "/sign-out" => sign_in::destroy;
        GET "/home" => home::show;
        GET "/help" => help::show;
        GET "/account" => account::show;
        POST "/account" => account::update;
        POST "/account/email" => account::email::ask;
        POST "/account/password" => account::password::update;
        POST "/account/sessions" => account::end_session;
        POST "/impersonation/end" => impersonation::end;
    }
    CustomerUser {
        POST "/account/home" => account::home_dashboard::update;
        GET "/inner-customers" => customers::portal::index;
        GET "/inner-customers/{id}" => customers::portal::show;
    }
    TenantAdmin {
        GET "/search" => search::index;
        GET "/customers" => customers::index::index;
        POST "/customers" => customers::new::create;
        GET "/customers/new" => customers::new::new;
        GET "/customers/export" => customers::export::of_tenant;
        GET "/customers/suggestions" => customers::autocomplete::index;
        POST "/customers/delete" => customers::delete::delete_several;
        GET "/customers/{id}" => customers::edit::show;
        POST "/customers/{id}" => customers::edit::update;
        GET "/customers/{id}/delete" => customers::delete::confirm_delete;
        POST "/customers/{id}/delete" => customers::delete::delete;
        GET "/customers/{id}/customers" => customers::children::index;
        GET "/customers/{id}/customers/export" => customers::export::of_customer;
        GET "/customers/{id}/users/export" => users::export::index;
        GET "/customers/{id}/devices/export" => inventory::export::of_customer;
        GET "/customers/{id}/assets/export" => inventory::export::of_customer;
        GET "/customers/{id}/users" => users::index::index;
        POST "/customers/{id}/users" => users::new::create;
        GET "/customers/{id}/users/new" => users::new::new;
        POST "/customers/{id}/users/delete" => users::delete::delete_several;
        POST "/customers/{id}/users/activation-mail" => users::activation_mails::create;
        POST "/customers/{id}/users/access" => users::bulk_access::update;
        GET "/customers/{id}/devices" => inventory::index::of_customer;
        POST "/customers/{id}/devices" => inventory::bulk::assign_free;
        GET "/customers/{id}/devices/assign" => inventory::assign::select;
        GET "/customers/{id}/assets" => inventory::index::of_customer;
        POST "/customers/{id}/assets" => inventory::bulk::assign_free;
        GET "/customers/{id}/assets/assign" => inventory::assign::select;
        POST "/dashboards" => dashboards::edit::create;
        GET "/dashboards/new" => dashboards::edit::new;
        GET "/dashboards/import" => dashboards::import_file::new;
        POST "/dashboards/import" => dashboards::import_file::create;
        POST "/dashboards/delete" => dashboards::delete::delete_several;
        POST "/dashboards/{id}" => dashboards::edit::update;
        GET "/dashboards/{id}/edit" => dashboards::edit::edit;
        GET "/dashboards/{id}/delete" => dashboards::delete::confirm_delete;
        POST "/dashboards/{id}/delete" => dashboards::delete::delete;
        POST "/dashboards/{id}/copy" => dashboards::show::copy;
        GET "/dashboards/{id}/export" => dashboards::export::show;
        POST "/dashboards/{id}/home" => dashboards::show::set_home;
        GET "/dashboards/{id}/customers" => dashboards::assignments::index;
        POST "/dashboards/{id}/customers" => dashboards::assignments::create;
        GET "/dashboards/{id}/customers/assign" => dashboards::assignments::select;
        POST "/dashboards/{id}/customers/unassignment" => dashboards::assignments::remove;
        GET "/customers/{id}/dashboards" => dashboards::assignments::index;
        POST "/customers/{id}/dashboards" => dashboards::assignments::create;
        GET "/customers/{id}/dashboards/assign" => dashboards::assignments::select;
        POST "/customers/{id}/dashboards/unassignment" => dashboards::assignments::remove;
        POST "/devices" => inventory::new::create;
        GET "/devices/export" => inventory::export::of_tenant;
        GET "/assets/export" => inventory::export::of_tenant;
        GET "/devices/new" => inventory::new::new;
        GET "/devices/types" => inventory::types::index;
        POST "/devices/assignment" => inventory::bulk::assign;
        POST "/devices/unassignment" => inventory::bulk::unassign;
        POST "/devices/delete" => inventory::bulk::delete;
        POST "/devices/{id}" => inventory::edit::update;
        GET "/devices/{id}/delete" => inventory::delete::confirm_delete;
        POST "/devices/{id}/delete" => inventory::delete::delete;
        POST "/assets" => inventory::new::create;
        GET "/assets/new" => inventory::new::new;
        GET "/assets/types" => inventory::types::index;
        POST "/assets/assignment" => inventory::bulk::assign;
        POST "/assets/unassignment" => inventory::bulk::unassign;
        POST "/assets/delete" => inventory::bulk::delete;
        POST "/assets/{id}" => inventory::edit::update;
        GET "/assets/{id}/delete" => inventory::delete::confirm_delete;
        POST "/assets/{id}/delete" => inventory::delete::delete;
        GET "/users" => users::index::index;
        GET "/users/export" => users::export::index;
        POST "/users/delete" => users::delete::delete_several;
        POST "/users/activation-mail" => users::activation_mails::create;
        POST "/users/access" => users::bulk_access::update;
        GET "/users/{id}" => users::edit::show;
        POST "/users/{id}" => users::edit::update;
        GET "/users/{id}/delete" => users::delete::confirm_delete;
        POST "/users/{id}/delete" => users::delete::delete;
        GET "/users/{id}/activation-link" => users::access::show_activation_link;
        POST "/users/{id}/activation-link" => users::access::activation_link;
        POST "/users/{id}/activation-mail" => users::access::activation_mail;
        POST "/users/{id}/reset-mail" => users::access::reset_mail;
        POST "/users/{id}/access" => users::access::update;
        POST "/users/{id}/sessions" => users::sessions::end;
        POST "/users/{id}/impersonation" => impersonation::begin;
        GET "/administrators" => users::index::index;
        POST "/administrators" => users::new::create;
        GET "/administrators/export" => users::export::index;
        GET "/administrators/new" => users::new::new;
        GET "/audit" => audit_log::index::index;
        GET "/audit/export" => audit_log::index::export;
        GET "/audit/{id}" => audit_log::index::show;
        GET "/customers/{id}/audit" => audit_log::index::customer;
        GET "/customers/{id}/audit/export" => audit_log::index::export_of_customer;
        GET "/users/{id}/audit" => audit_log::index::user;
        GET "/users/{id}/audit/export" => audit_log::index::export_of_user;
        GET "/devices/{id}/audit" => audit_log::index::item;
        GET "/devices/{id}/audit/export" => audit_log::index::export_of_item;
        GET "/assets/{id}/audit" => audit_log::index::item;
        GET "/assets/{id}/audit/export" => audit_log::index::export_of_item;
        GET "/imports" => imports::index::index;
        POST "/imports" => imports::upload::create;
        GET "/imports/{id}" => imports::index::show;
        POST "/imports/{id}" => imports::index::update;
        POST "/imports/{id}/commit" => imports::index::commit;
        GET "/imports/{id}/reading" => imports::reading::edit;
        POST "/imports/{id}/reading" => imports::reading::update;
        GET "/imports/templates/{what}" => imports::template::download;
        GET "/imports/{id}/refused" => imports::rejected_rows::download;
        GET "/imports/{id}/delete" => imports::delete::confirm_delete;
        POST "/imports/{id}/delete" => imports::delete::delete;
        GET "/jobs/{id}" => jobs::show;
        POST "/jobs/{id}/cancel" => jobs::cancel;
        POST "/jobs/{id}/retry" => jobs::retry;
    }
    // Last: the names of pages above are no ids.
    Reader {
        GET "/dashboards" => dashboards::index::index;
        GET "/dashboards/{id}" => dashboards::show::show;
        GET "/devices" => inventory::index::index;
        GET "/devices/{id}" => inventory::edit::show;
        GET "/assets" => inventory::index::index;
        GET "/assets/{id}" => inventory::edit::show;
    }
}
