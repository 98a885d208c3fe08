//! Every address of the product, and who may use it. The map that pages are served by is the map that tests walk.

use actix_web::{guard, web};

use crate::{
    account, activation, administrators, audit, customers, dashboards, home, impersonation, imports, inventory, jobs,
    search, session, setup, users,
};

/// Who may use an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Everybody.
    Anyone,
    /// Everybody who is signed in.
    SignedIn,
    /// Administrators of the tenant.
    TenantAdmin,
    /// Users of a customer.
    CustomerUser,
    /// Both, each to read what is theirs.
    Reader,
}

/// An address of the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// `GET` (which answers HEAD as well) or `POST`.
    pub method: &'static str,
    /// With its parameters in braces.
    pub path: &'static str,
    /// Who may use it.
    pub who: Who,
}

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
        GET "/" => session::root;
        GET "/sign-in" => session::new;
        POST "/sign-in" => session::create;
        GET "/forgot-password" => session::forgot;
        POST "/forgot-password" => session::send_reset;
        GET "/setup/{token}" => setup::new;
        POST "/setup/{token}" => setup::create;
        GET "/activate/{token}" => activation::pages::show;
        POST "/activate/{token}" => activation::pages::update;
        POST "/activate/{token}/mail" => activation::pages::renew;
        GET "/reset-password/{token}" => activation::pages::show_reset;
        POST "/reset-password/{token}" => activation::pages::update_reset;
    }
    SignedIn {
        POST "/sign-out" => session::destroy;
        GET "/home" => home::show;
        GET "/account" => account::show;
        POST "/account" => account::update;
        POST "/account/password" => account::update_password;
        POST "/account/sessions" => account::end_session;
        POST "/looking/end" => impersonation::end;
    }
    CustomerUser {
        POST "/account/home" => account::update_home;
        GET "/inner-customers" => customers::portal::index;
        GET "/inner-customers/{id}" => customers::portal::show;
    }
    TenantAdmin {
        GET "/search" => search::index;
        GET "/customers" => customers::pages::index;
        POST "/customers" => customers::pages::create;
        GET "/customers/new" => customers::pages::new;
        GET "/customers/export" => customers::export::of_tenant;
        GET "/customers/suggestions" => customers::autocomplete::index;
        POST "/customers/delete" => customers::delete::delete_several;
        GET "/customers/{id}" => customers::details::show;
        POST "/customers/{id}" => customers::details::update;
        GET "/customers/{id}/delete" => customers::delete::ask;
        POST "/customers/{id}/delete" => customers::delete::delete;
        GET "/customers/{id}/customers" => customers::children_page::index;
        GET "/customers/{id}/customers/export" => customers::export::of_customer;
        GET "/customers/{id}/users/export" => users::export::of_customer;
        GET "/customers/{id}/devices/export" => inventory::export::of_customer;
        GET "/customers/{id}/assets/export" => inventory::export::of_customer;
        GET "/customers/{id}/users" => users::list_pages::index;
        POST "/customers/{id}/users" => users::list_pages::create;
        GET "/customers/{id}/users/new" => users::list_pages::new;
        POST "/customers/{id}/users/delete" => users::delete_several;
        POST "/customers/{id}/users/activation-mail" => users::activation_mail_several;
        GET "/customers/{id}/devices" => inventory::list_pages::of_customer;
        POST "/customers/{id}/devices" => inventory::give;
        GET "/customers/{id}/devices/assign" => inventory::choose;
        GET "/customers/{id}/assets" => inventory::list_pages::of_customer;
        POST "/customers/{id}/assets" => inventory::give;
        GET "/customers/{id}/assets/assign" => inventory::choose;
        POST "/dashboards" => dashboards::create;
        GET "/dashboards/new" => dashboards::new;
        GET "/dashboards/import" => dashboards::import_ask;
        POST "/dashboards/import" => dashboards::import;
        POST "/dashboards/delete" => dashboards::delete_several;
        POST "/dashboards/{id}" => dashboards::update;
        GET "/dashboards/{id}/edit" => dashboards::edit;
        GET "/dashboards/{id}/delete" => dashboards::delete_ask;
        POST "/dashboards/{id}/delete" => dashboards::delete;
        POST "/dashboards/{id}/copy" => dashboards::copy;
        GET "/dashboards/{id}/export" => dashboards::export;
        POST "/dashboards/{id}/home" => dashboards::set_home;
        GET "/dashboards/{id}/customers" => dashboards::customers;
        POST "/dashboards/{id}/customers" => dashboards::assign_to;
        GET "/dashboards/{id}/customers/assign" => dashboards::choose;
        POST "/dashboards/{id}/customers/unassignment" => dashboards::unassign_from;
        GET "/customers/{id}/dashboards" => dashboards::of_customer;
        POST "/customers/{id}/dashboards" => dashboards::of_customer_assign;
        GET "/customers/{id}/dashboards/assign" => dashboards::of_customer_choose;
        POST "/customers/{id}/dashboards/unassignment" => dashboards::of_customer_unassign;
        POST "/devices" => inventory::pages::create;
        GET "/devices/export" => inventory::export::of_tenant;
        GET "/assets/export" => inventory::export::of_tenant;
        GET "/devices/new" => inventory::pages::new;
        GET "/devices/types" => inventory::suggestions;
        POST "/devices/assignment" => inventory::assign_several;
        POST "/devices/unassignment" => inventory::unassign_several;
        POST "/devices/delete" => inventory::delete_several;
        POST "/devices/{id}" => inventory::pages::update;
        GET "/devices/{id}/delete" => inventory::pages::delete_ask;
        POST "/devices/{id}/delete" => inventory::pages::delete;
        POST "/assets" => inventory::pages::create;
        GET "/assets/new" => inventory::pages::new;
        GET "/assets/types" => inventory::suggestions;
        POST "/assets/assignment" => inventory::assign_several;
        POST "/assets/unassignment" => inventory::unassign_several;
        POST "/assets/delete" => inventory::delete_several;
        POST "/assets/{id}" => inventory::pages::update;
        GET "/assets/{id}/delete" => inventory::pages::delete_ask;
        POST "/assets/{id}/delete" => inventory::pages::delete;
        GET "/users/{id}" => users::pages::show;
        POST "/users/{id}" => users::pages::update;
        GET "/users/{id}/delete" => users::delete_ask;
        POST "/users/{id}/delete" => users::delete;
        GET "/users/{id}/activation-link" => users::show_activation_link;
        POST "/users/{id}/activation-link" => users::activation_link;
        POST "/users/{id}/activation-mail" => users::activation_mail;
        POST "/users/{id}/reset-mail" => users::reset_mail;
        POST "/users/{id}/access" => users::access_update;
        POST "/users/{id}/sessions" => users::end_session;
        POST "/users/{id}/looking" => impersonation::begin;
        GET "/administrators" => administrators::index;
        POST "/administrators" => administrators::create;
        GET "/administrators/export" => users::export::administrators;
        GET "/administrators/new" => administrators::new;
        GET "/audit" => audit::pages::index;
        GET "/audit/export" => audit::pages::export;
        GET "/audit/{id}" => audit::pages::show;
        GET "/customers/{id}/audit" => audit::pages::customer;
        GET "/customers/{id}/audit/export" => audit::pages::export_of_customer;
        GET "/users/{id}/audit" => audit::pages::user;
        GET "/users/{id}/audit/export" => audit::pages::export_of_user;
        GET "/imports" => imports::pages::index;
        POST "/imports" => imports::create;
        GET "/imports/{id}" => imports::pages::show;
        POST "/imports/{id}" => imports::pages::update;
        POST "/imports/{id}/commit" => imports::pages::commit;
        GET "/imports/{id}/refused" => imports::download;
        GET "/imports/{id}/delete" => imports::delete_ask;
        POST "/imports/{id}/delete" => imports::delete;
        GET "/jobs/{id}" => jobs::pages::show;
        POST "/jobs/{id}/cancel" => jobs::pages::cancel;
        POST "/jobs/{id}/retry" => jobs::pages::retry;
    }
    // Last: the names of pages above are no ids.
    Reader {
        GET "/dashboards" => dashboards::index;
        GET "/dashboards/{id}" => dashboards::show;
        GET "/devices" => inventory::list_pages::index;
        GET "/devices/{id}" => inventory::pages::show;
        GET "/assets" => inventory::list_pages::index;
        GET "/assets/{id}" => inventory::pages::show;
    }
}
