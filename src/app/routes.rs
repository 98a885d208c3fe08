//! Every address of the product, and who may use it. The map that pages are served by is the map that tests walk.

use actix_web::{guard, web};

use crate::pages::audit_log::list;
use crate::pages::customers::{autocomplete, children, delete, edit, export, index, portal};
use crate::pages::dashboards::{self, assignees, import_file, of_customer};
use crate::pages::inventory::{self, bulk, types};
use crate::pages::sign_in::{self, forgot};
use crate::pages::users::{self, access, administrators, sessions};
use crate::pages::{account, activation, home, impersonation, imports, jobs, search, setup};
pub use crate::web::route::{Route, Who};

macro_rules! routes {
    ($($who:ident { $($method:ident $path:literal => $handler:path;)* })*) => {
        /// Every address of the product.
        pub const MAP: &[Route] = &[$($(
            Route { method: stringify!($method), path: $path, who: Who::$who },
        )*)*];

        /// Serves them.
        pub fn configure(config: &mut web::ServiceConfig) {
            $($(config.route($path, on(stringify!($method)).to($handler));)*)*
        }
    };
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
        GET "/forgot-password" => forgot::new;
        POST "/forgot-password" => forgot::send;
        GET "/setup/{token}" => setup::new;
        POST "/setup/{token}" => setup::create;
        GET "/activate/{token}" => activation::show;
        POST "/activate/{token}" => activation::update;
        POST "/activate/{token}/mail" => activation::renew;
        GET "/reset-password/{token}" => activation::show_reset;
        POST "/reset-password/{token}" => activation::update_reset;
    }
    SignedIn {
        POST "/sign-out" => sign_in::destroy;
        GET "/home" => home::show;
        GET "/account" => account::show;
        POST "/account" => account::update;
        POST "/account/password" => account::update_password;
        POST "/account/sessions" => account::end_session;
        POST "/looking/end" => impersonation::end;
    }
    CustomerUser {
        POST "/account/home" => account::update_home;
        GET "/inner-customers" => portal::index;
        GET "/inner-customers/{id}" => portal::show;
    }
    TenantAdmin {
        GET "/search" => search::index;
        GET "/customers" => index::index;
        POST "/customers" => index::create;
        GET "/customers/new" => index::new;
        GET "/customers/export" => export::of_tenant;
        GET "/customers/suggestions" => autocomplete::index;
        POST "/customers/delete" => delete::delete_several;
        GET "/customers/{id}" => edit::show;
        POST "/customers/{id}" => edit::update;
        GET "/customers/{id}/delete" => delete::ask;
        POST "/customers/{id}/delete" => delete::delete;
        GET "/customers/{id}/customers" => children::index;
        GET "/customers/{id}/customers/export" => export::of_customer;
        GET "/customers/{id}/users/export" => users::export::of_customer;
        GET "/customers/{id}/devices/export" => inventory::export::of_customer;
        GET "/customers/{id}/assets/export" => inventory::export::of_customer;
        GET "/customers/{id}/users" => users::index::index;
        POST "/customers/{id}/users" => users::index::create;
        GET "/customers/{id}/users/new" => users::index::new;
        POST "/customers/{id}/users/delete" => users::delete_several;
        POST "/customers/{id}/users/activation-mail" => users::activation_mail_several;
        GET "/customers/{id}/devices" => inventory::index::of_customer;
        POST "/customers/{id}/devices" => inventory::give;
        GET "/customers/{id}/devices/assign" => inventory::choose;
        GET "/customers/{id}/assets" => inventory::index::of_customer;
        POST "/customers/{id}/assets" => inventory::give;
        GET "/customers/{id}/assets/assign" => inventory::choose;
        POST "/dashboards" => dashboards::create;
        GET "/dashboards/new" => dashboards::new;
        GET "/dashboards/import" => import_file::new;
        POST "/dashboards/import" => import_file::create;
        POST "/dashboards/delete" => dashboards::delete_several;
        POST "/dashboards/{id}" => dashboards::update;
        GET "/dashboards/{id}/edit" => dashboards::edit;
        GET "/dashboards/{id}/delete" => dashboards::delete::ask;
        POST "/dashboards/{id}/delete" => dashboards::delete;
        POST "/dashboards/{id}/copy" => dashboards::copy;
        GET "/dashboards/{id}/export" => crate::pages::dashboards::export::show;
        POST "/dashboards/{id}/home" => dashboards::set_home;
        GET "/dashboards/{id}/customers" => assignees::index;
        POST "/dashboards/{id}/customers" => assignees::create;
        GET "/dashboards/{id}/customers/assign" => dashboards::choose;
        POST "/dashboards/{id}/customers/unassignment" => assignees::remove;
        GET "/customers/{id}/dashboards" => of_customer::index;
        POST "/customers/{id}/dashboards" => of_customer::create;
        GET "/customers/{id}/dashboards/assign" => of_customer::choose;
        POST "/customers/{id}/dashboards/unassignment" => of_customer::remove;
        POST "/devices" => inventory::edit::create;
        GET "/devices/export" => inventory::export::of_tenant;
        GET "/assets/export" => inventory::export::of_tenant;
        GET "/devices/new" => inventory::edit::new;
        GET "/devices/types" => types::index;
        POST "/devices/assignment" => bulk::assign;
        POST "/devices/unassignment" => bulk::unassign;
        POST "/devices/delete" => bulk::delete;
        POST "/devices/{id}" => inventory::edit::update;
        GET "/devices/{id}/delete" => inventory::edit::delete_ask;
        POST "/devices/{id}/delete" => inventory::edit::delete;
        POST "/assets" => inventory::edit::create;
        GET "/assets/new" => inventory::edit::new;
        GET "/assets/types" => types::index;
        POST "/assets/assignment" => bulk::assign;
        POST "/assets/unassignment" => bulk::unassign;
        POST "/assets/delete" => bulk::delete;
        POST "/assets/{id}" => inventory::edit::update;
        GET "/assets/{id}/delete" => inventory::edit::delete_ask;
        POST "/assets/{id}/delete" => inventory::edit::delete;
        GET "/users/{id}" => users::edit::show;
        POST "/users/{id}" => users::edit::update;
        GET "/users/{id}/delete" => users::delete::ask;
        POST "/users/{id}/delete" => users::delete;
        GET "/users/{id}/activation-link" => users::show_activation_link;
        POST "/users/{id}/activation-link" => users::activation_link;
        POST "/users/{id}/activation-mail" => users::activation_mail;
        POST "/users/{id}/reset-mail" => users::reset_mail;
        POST "/users/{id}/access" => access::update;
        POST "/users/{id}/sessions" => sessions::end;
        POST "/users/{id}/looking" => impersonation::begin;
        GET "/administrators" => administrators::index;
        POST "/administrators" => administrators::create;
        GET "/administrators/export" => users::export::administrators;
        GET "/administrators/new" => administrators::new;
        GET "/audit" => list::index;
        GET "/audit/export" => list::export;
        GET "/audit/{id}" => list::show;
        GET "/customers/{id}/audit" => list::customer;
        GET "/customers/{id}/audit/export" => list::export_of_customer;
        GET "/users/{id}/audit" => list::user;
        GET "/users/{id}/audit/export" => list::export_of_user;
        GET "/imports" => imports::index::index;
        POST "/imports" => imports::create;
        GET "/imports/{id}" => imports::index::show;
        POST "/imports/{id}" => imports::index::update;
        POST "/imports/{id}/commit" => imports::index::commit;
        GET "/imports/{id}/refused" => imports::download;
        GET "/imports/{id}/delete" => imports::delete::ask;
        POST "/imports/{id}/delete" => imports::delete;
        GET "/jobs/{id}" => jobs::show;
        POST "/jobs/{id}/cancel" => jobs::cancel;
        POST "/jobs/{id}/retry" => jobs::retry;
    }
    // Last: the names of pages above are no ids.
    Reader {
        GET "/dashboards" => dashboards::index;
        GET "/dashboards/{id}" => dashboards::show;
        GET "/devices" => inventory::index::index;
        GET "/devices/{id}" => inventory::edit::show;
        GET "/assets" => inventory::index::index;
        GET "/assets/{id}" => inventory::edit::show;
    }
}
