//! How every address of the product is called: the table that the tests here walk beside the route map.

use tenantry::app::routes::MAP;
use tenantry::app::routes::Who;

use crate::support::actor::Fields;

use super::world::Side;

/// One way to call an address. `@name` stands for something of a tenant, see `Side::thing`.
pub struct Call {
    /// As the route map has it: method and pattern.
    pub route: &'static str,
    /// The path with its query.
    pub address: &'static str,
    /// The form, as it is posted.
    pub form: &'static str,
}

const fn call(route: &'static str, address: &'static str, form: &'static str) -> Call {
    Call { route, address, form }
}

/// At least one way for every address.
pub const CALLS: &[Call] = &[
    call("GET /", "/", ""),
    call("GET /sign-in", "/sign-in?next=%2Fcustomers%2F@customer", ""),
    call("POST /sign-in", "/sign-in", "email=nobody%40nowhere.example&password=some+password&next=%2Fcustomers"),
    call("GET /forgot-password", "/forgot-password", ""),
    call("POST /forgot-password", "/forgot-password", "email=nobody%40nowhere.example"),
    call("GET /setup/{token}", "/setup/@no_token", ""),
    call("POST /setup/{token}", "/setup/@no_token", "tenant=Mine&email=me%40mine.example&password=opal+lantern+fjord"),
    call("GET /activate/{token}", "/activate/@no_token", ""),
    call("POST /activate/{token}", "/activate/@no_token", "password=opal+lantern+fjord"),
    call("POST /activate/{token}/mail", "/activate/@no_token/mail", ""),
    call("GET /reset-password/{token}", "/reset-password/@no_token", ""),
    call("POST /reset-password/{token}", "/reset-password/@no_token", "password=opal+lantern+fjord"),
    call("GET /account", "/account", ""),
    call("POST /account", "/account", "first_name=New&last_name=Name&phone=1&version=@version&base="),
    call("POST /account/email", "/account/email", "email=thief3%40n.example"),
    call("GET /account/email/{token}", "/account/email/@no_token", ""),
    call("POST /account/email/{token}", "/account/email/@no_token", ""),
    call("POST /account/password", "/account/password", "current_password=@password&password=opal+lantern+fjord"),
    call("POST /account/sessions", "/account/sessions", "session=@session"),
    call("POST /impersonation/end", "/impersonation/end", ""),
    call("POST /sign-out", "/sign-out", ""),
    call("GET /home", "/home", ""),
    call("GET /help", "/help", ""),
    call("GET /home", "/home?dashboard=", ""),
    call("POST /account/home", "/account/home", "home_dashboard=@dashboard"),
    call("GET /inner-customers", "/inner-customers?q=&size=10&sort=-devices", ""),
    call("GET /inner-customers/{id}", "/inner-customers/@inner", ""),
    call("GET /inner-customers/{id}", "/inner-customers/@customer?after=@cursor", ""),
    call("GET /customers", "/customers?q=&size=10&sort=title", ""),
    call("GET /customers", "/customers?size=10&sort=title&after=@cursor", ""),
    call("GET /customers", "/customers?size=10&sort=title&before=@cursor", ""),
    call("GET /search", "/search?q=a", ""),
    call("GET /search", "/search?q=@customer", ""),
    call("POST /customers", "/customers", "title=Fresh&parent=@customer&form_id="),
    call("POST /customers", "/customers", "title=Fresher&parent=@outer&form_id=@form_id&again=yes"),
    call("GET /customers/new", "/customers/new?parent=@customer", ""),
    call("GET /customers/suggestions", "/customers/suggestions?q=outer", ""),
    call("GET /customers/{id}", "/customers/@customer", ""),
    call("POST /customers/{id}", "/customers/@customer", "title=Renamed&parent=@sibling&version=1&base="),
    call("POST /customers/{id}", "/customers/@inner", "title=Renamed+inner&parent=&version=@no_number&base=%7B%7D"),
    call("GET /customers/{id}/delete", "/customers/@customer/delete", ""),
    call("GET /customers/{id}/customers", "/customers/@customer/customers?q=&size=10", ""),
    call("GET /customers/{id}/customers", "/customers/@outer/customers?q=inner&after=@cursor", ""),
    call("GET /customers/{id}/users", "/customers/@customer/users?q=a&status=active&sort=name", ""),
    call("GET /customers/{id}/users", "/customers/@customer/users?sort=last_sign_in&after=@cursor", ""),
    call("POST /customers/{id}/users", "/customers/@customer/users", "email=n%40n.example&activation_method=link"),
    call("GET /customers/{id}/users/new", "/customers/@customer/users/new", ""),
    call("GET /users", "/users?q=a&status=active&role=customer_user&customer=@customer&sort=name", ""),
    call("GET /users", "/users?mail=failed&sort=last_sign_in&after=@cursor", ""),
    call("GET /users", "/users?sort=-status&role=customer_user", ""),
    call("GET /users/export", "/users/export?role=administrator&sort=email", ""),
    call("GET /users/{id}", "/users/@user", ""),
    call("GET /users/{id}", "/users/@second", ""),
    call("POST /users/{id}", "/users/@invited", "email=thief%40n.example&first_name=T&version=1&base="),
    call("POST /users/{id}", "/users/@second", "email=thief2%40n.example&version=@no_number&base="),
    call("GET /users/{id}/delete", "/users/@user/delete", ""),
    call("GET /users/{id}/activation-link", "/users/@invited/activation-link", ""),
    call("POST /users/{id}/activation-link", "/users/@invited/activation-link", ""),
    call("POST /users/{id}/activation-mail", "/users/@invited/activation-mail", ""),
    call("POST /users/{id}/reset-mail", "/users/@user/reset-mail", ""),
    call("POST /users/{id}/access", "/users/@user/access", "access=disabled"),
    call("POST /users/{id}/access", "/users/@second/access", "access=disabled"),
    call("POST /users/{id}/sessions", "/users/@user/sessions", "session=@session"),
    call("POST /users/{id}/sessions", "/users/@second/sessions", "session=no+such+session"),
    call("POST /users/{id}/impersonation", "/users/@second/impersonation", ""),
    call("GET /administrators", "/administrators?q=a&status=active&after=@cursor", ""),
    call("POST /administrators", "/administrators", "email=new%40n.example&activation_method=link&form_id="),
    call("GET /administrators/new", "/administrators/new", ""),
    call("GET /imports", "/imports?what=devices", ""),
    call("POST /imports", "/imports", "what=devices&file=Name%0AFresh+one&form_id="),
    call("POST /imports", "/imports", "what=customers&file=nothing"),
    call("GET /imports/{id}", "/imports/@import", ""),
    call("GET /imports/{id}", "/imports/@import?columns=yes", ""),
    call("GET /imports/{id}/delete", "/imports/@import/delete", ""),
    call("GET /imports/{id}/reading", "/imports/@import/reading", ""),
    call("POST /imports/{id}/reading", "/imports/@import/reading", "encoding=utf-8&delimiter=44&names_line=1"),
    call("GET /imports/templates/{what}", "/imports/templates/devices", ""),
    call("GET /imports/{id}/refused", "/imports/@import/refused", ""),
    call("POST /imports/{id}/commit", "/imports/@import/commit", ""),
    call("POST /imports/{id}", "/imports/@import", "name=0&customer=1&type=&label=&activation_method=link"),
    call("GET /jobs/{id}", "/jobs/@job", ""),
    call("POST /jobs/{id}/cancel", "/jobs/@job/cancel", ""),
    call("POST /jobs/{id}/retry", "/jobs/@job/retry", ""),
    call(
        "GET /audit",
        "/audit?q=name&who=admin%40x.example&kind=customer&action=add&from=2020-01-01&to=2040-01-01",
        "",
    ),
    call("GET /audit", "/audit?size=10&after=@cursor", ""),
    call("GET /audit/export", "/audit/export?q=&kind=user", ""),
    call("GET /audit/{id}", "/audit/@entry", ""),
    call("GET /customers/{id}/audit", "/customers/@customer/audit?q=&size=10", ""),
    call("GET /customers/{id}/audit/export", "/customers/@customer/audit/export", ""),
    call("GET /users/{id}/audit", "/users/@user/audit?action=sign_in", ""),
    call("GET /users/{id}/audit/export", "/users/@user/audit/export", ""),
    call("GET /devices/{id}/audit", "/devices/@device/audit?size=10&after=@cursor", ""),
    call("GET /devices/{id}/audit/export", "/devices/@device/audit/export", ""),
    call("GET /assets/{id}/audit", "/assets/@asset/audit?q=a&action=add", ""),
    call("GET /assets/{id}/audit/export", "/assets/@asset/audit/export", ""),
    call("GET /customers/export", "/customers/export?q=outer&sort=title&inner=yes", ""),
    call("GET /customers/{id}/customers/export", "/customers/@outer/customers/export", ""),
    call("GET /customers/{id}/users/export", "/customers/@customer/users/export?status=active&sort=name", ""),
    call("GET /customers/{id}/devices/export", "/customers/@customer/devices/export?inner=yes&sort=customer", ""),
    call("GET /customers/{id}/assets/export", "/customers/@outer/assets/export?inner=yes&q=name", ""),
    call("GET /devices/export", "/devices/export?customer=@customer&inner=yes&sort=name", ""),
    call("GET /assets/export", "/assets/export?assigned=no&after=@cursor", ""),
    call("GET /administrators/export", "/administrators/export?q=a", ""),
    call("GET /customers/{id}/devices", "/customers/@customer/devices?q=name&size=10&inner=yes&sort=customer", ""),
    call("GET /customers/{id}/devices", "/customers/@customer/devices?type=x&sort=label&after=@cursor", ""),
    call("GET /customers/{id}/devices/assign", "/customers/@customer/devices/assign?q=loose", ""),
    call("GET /customers/{id}/assets", "/customers/@outer/assets?inner=yes", ""),
    call("GET /customers/{id}/assets/assign", "/customers/@customer/assets/assign", ""),
    call("GET /devices", "/devices?customer=@customer&inner=yes&type=x&sort=name", ""),
    call("GET /devices", "/devices?assigned=no&q=name&after=@cursor", ""),
    call("POST /devices", "/devices", "name=Fresh&type=default&customer=@customer&form_id="),
    call("POST /devices", "/devices", "name=Fresher&type=default&customer=&form_id=@form_id&again=yes"),
    call("GET /devices/new", "/devices/new?customer=@customer", ""),
    call("GET /devices/types", "/devices/types?q=", ""),
    call("GET /devices/{id}", "/devices/@device", ""),
    call("GET /devices/{id}", "/devices/@loose", ""),
    call("POST /devices/{id}", "/devices/@device", "name=Renamed&type=x&customer=@sibling&version=1&base="),
    call("POST /devices/{id}", "/devices/@loose", "name=Renamed+too&type=x&customer=&version=@no_number&base=%7B%7D"),
    call("GET /devices/{id}/delete", "/devices/@device/delete", ""),
    call("POST /devices/assignment", "/devices/assignment", "ids=@device&ids=@loose&q=&inside=@customer"),
    call("POST /devices/assignment", "/devices/assignment", "ids=@loose&asked=yes&to=@inner"),
    call("POST /devices/assignment", "/devices/assignment", "all=yes&customer=@inner&inner=yes&asked=yes&to=@sibling"),
    call("POST /devices/unassignment", "/devices/unassignment", "ids=@device"),
    call("POST /devices/unassignment", "/devices/unassignment", "only=@device&inside=@customer"),
    call("POST /devices/unassignment", "/devices/unassignment", "all=yes&inside=@sibling&asked=yes"),
    call("POST /customers/{id}/devices", "/customers/@customer/devices", "ids=@loose"),
    call("POST /customers/{id}/devices", "/customers/@inner/devices", "all=yes&q=name&asked=yes"),
    call("GET /assets", "/assets?q=&size=10", ""),
    call("POST /assets", "/assets", "name=Fresh&type=default&customer=@customer"),
    call("GET /assets/new", "/assets/new", ""),
    call("GET /assets/types", "/assets/types?q=a", ""),
    call("GET /assets/{id}", "/assets/@asset", ""),
    call("POST /assets/{id}", "/assets/@asset", "name=Renamed&type=x&customer=@outer&version=1&base="),
    call("GET /assets/{id}/delete", "/assets/@asset/delete", ""),
    call("POST /assets/assignment", "/assets/assignment", "ids=@asset&asked=yes&to=@customer"),
    call("POST /assets/unassignment", "/assets/unassignment", "ids=@asset&asked=yes"),
    call("POST /customers/{id}/assets", "/customers/@customer/assets", "ids=@asset"),
    call("GET /dashboards", "/dashboards?q=&size=10&sort=title", ""),
    call("GET /dashboards", "/dashboards?size=10&sort=customers&after=@cursor", ""),
    call("POST /dashboards", "/dashboards", "title=Fresh&kind_1=number&width_1=1&setting_1=devices&form_id="),
    call("POST /dashboards", "/dashboards", "title=Fresh&add=note&step=add"),
    call("GET /dashboards/new", "/dashboards/new", ""),
    call("GET /dashboards/import", "/dashboards/import", ""),
    call("POST /dashboards/import", "/dashboards/import", "file=%7B%7D"),
    call("GET /dashboards/{id}", "/dashboards/@dashboard", ""),
    call("POST /dashboards/{id}", "/dashboards/@dashboard", "title=Renamed&version=1&base="),
    call("POST /dashboards/{id}", "/dashboards/@dashboard", "title=Again&version=@no_number&widgets=%5B%5D&base="),
    call("GET /dashboards/{id}/edit", "/dashboards/@dashboard/edit", ""),
    call("GET /dashboards/{id}/export", "/dashboards/@dashboard/export", ""),
    call("POST /dashboards/{id}/copy", "/dashboards/@dashboard/copy", ""),
    call("GET /dashboards/{id}/delete", "/dashboards/@dashboard/delete", ""),
    call("POST /dashboards/{id}/home", "/dashboards/@dashboard/home", "home=yes&hide_toolbar=yes"),
    call("POST /dashboards/{id}/home", "/dashboards/@dashboard/home", ""),
    call("GET /dashboards/{id}/customers", "/dashboards/@dashboard/customers?q=&size=10&sort=-created", ""),
    call("GET /dashboards/{id}/customers", "/dashboards/@dashboard/customers?q=inner&after=@cursor", ""),
    call("GET /dashboards/{id}/customers/assign", "/dashboards/@dashboard/customers/assign?q=out&sort=email", ""),
    call("POST /dashboards/{id}/customers", "/dashboards/@dashboard/customers", "ids=@sibling&q="),
    call(
        "POST /dashboards/{id}/customers/unassignment",
        "/dashboards/@dashboard/customers/unassignment",
        "ids=@sibling",
    ),
    call("GET /customers/{id}/dashboards", "/customers/@sibling/dashboards?q=dash&sort=title", ""),
    call("GET /customers/{id}/dashboards/assign", "/customers/@sibling/dashboards/assign?after=@cursor", ""),
    call("POST /customers/{id}/dashboards", "/customers/@sibling/dashboards", "ids=@dashboard"),
    call(
        "POST /customers/{id}/dashboards/unassignment",
        "/customers/@sibling/dashboards/unassignment",
        "ids=@dashboard",
    ),
    // From here on what was there goes.
    call("POST /imports/{id}/delete", "/imports/@import/delete", ""),
    call("POST /devices/delete", "/devices/delete", "ids=@loose&ids=@device&inside=@customer"),
    call("POST /devices/delete", "/devices/delete", "ids=@loose&asked=yes"),
    call("POST /devices/delete", "/devices/delete", "all=yes&inside=@outer&inner=yes&asked=yes&confirm=1"),
    call("POST /devices/{id}/delete", "/devices/@device/delete", ""),
    call("POST /assets/delete", "/assets/delete", "ids=@asset"),
    call("POST /assets/{id}/delete", "/assets/@asset/delete", ""),
    call("POST /dashboards/delete", "/dashboards/delete", "ids=@dashboard"),
    call("POST /dashboards/delete", "/dashboards/delete", "all=yes&q=&asked=yes&confirm=1"),
    call("POST /dashboards/{id}/delete", "/dashboards/@dashboard/delete", ""),
    call("POST /customers/{id}/users/activation-mail", "/customers/@customer/users/activation-mail", "ids=@invited"),
    call(
        "POST /customers/{id}/users/activation-mail",
        "/customers/@customer/users/activation-mail",
        "all=yes&q=&status=",
    ),
    call("POST /users/{id}/delete", "/users/@user/delete", ""),
    call("POST /users/{id}/delete", "/users/@second/delete", ""),
    call("POST /customers/{id}/users/access", "/customers/@customer/users/access", "ids=@invited&to=disabled"),
    call("POST /customers/{id}/users/access", "/customers/@customer/users/access", "all=yes&to=enabled&asked=yes"),
    call("POST /users/access", "/users/access", "ids=@invited&to=disabled&asked=yes"),
    call("POST /users/access", "/users/access", "all=yes&to=enabled&back=%2Fusers%3Fcustomer%3D@customer"),
    call("POST /users/activation-mail", "/users/activation-mail", "ids=@invited"),
    call("POST /users/activation-mail", "/users/activation-mail", "all=yes&back=%2Fusers%3Fcustomer%3D@customer"),
    call("POST /users/delete", "/users/delete", "ids=@invited&ids=@user&back=%2Fusers%3Fq%3Da"),
    call("POST /users/delete", "/users/delete", "ids=@invited&asked=yes"),
    call("POST /users/delete", "/users/delete", "all=yes&back=%2Fusers%3Frole%3Dcustomer_user&asked=yes&confirm=2"),
    call("POST /customers/{id}/users/delete", "/customers/@customer/users/delete", "ids=@invited&ids=@user"),
    call("POST /customers/{id}/users/delete", "/customers/@customer/users/delete", "ids=@invited&confirmed=yes"),
    call("POST /customers/{id}/users/delete", "/customers/@customer/users/delete", "all=yes&q=&status=&confirmed=yes"),
    call("POST /customers/delete", "/customers/delete", "ids=@customer&ids=@inner&q=&inside=@outer"),
    call("POST /customers/delete", "/customers/delete", "ids=@inner&asked=yes&confirm=@inner_title"),
    call("POST /customers/delete", "/customers/delete", "all=yes&q=&inside=@outer&asked=yes&confirm=2"),
    call("POST /customers/{id}/delete", "/customers/@customer/delete", "confirm=@title"),
];

/// Names of what belongs to a tenant and is claimed by naming it.
const CLAIMED: [&str; 16] = [
    "customer",
    "outer",
    "inner",
    "sibling",
    "user",
    "invited",
    "second",
    "device",
    "loose",
    "asset",
    "dashboard",
    "session",
    "cursor",
    "job",
    "entry",
    "import",
];

impl Call {
    /// `GET` or `POST`.
    pub fn method(&self) -> reqwest::Method {
        let (method, _) = self.route.split_once(' ').unwrap();
        method.parse().unwrap()
    }

    /// The places of the call at which something is claimed.
    pub fn claims(&self) -> Vec<usize> {
        let names = names(self.address).into_iter().chain(names(self.form)).enumerate();
        names.filter(|(_, name)| CLAIMED.contains(name)).map(|(at, _)| at).collect()
    }

    /// What is claimed at a place.
    pub fn claimed(&self, at: usize) -> &str {
        names(self.address).into_iter().chain(names(self.form)).nth(at).unwrap_or_default()
    }

    /// The address and the form with all things of one tenant.
    pub fn of(&self, side: &Side) -> (String, Fields) {
        self.with(|_, name| side.thing(name))
    }

    /// The address and the form with things of `side`, but at the place `at`, where there is another's.
    pub fn swapped(&self, side: &Side, at: usize, other: &Side) -> (String, Fields) {
        self.with(|place, name| if place == at { other.thing(name) } else { side.thing(name) })
    }

    fn with(&self, thing: impl Fn(usize, &str) -> String) -> (String, Fields) {
        let before = names(self.address).len();
        let address = filled(self.address, |place, name| thing(place, name));
        let form = filled(self.form, |place, name| thing(before + place, name));
        (address, url::form_urlencoded::parse(form.as_bytes()).into_owned().collect())
    }
}

/// Whom a call is for.
pub fn who(call: &Call) -> Who {
    let route = MAP.iter().find(|route| format!("{} {}", route.method, route.path) == call.route);
    route.unwrap_or_else(|| panic!("{} is at no address", call.route)).who
}

/// The names after each `@`.
fn names(text: &str) -> Vec<&str> {
    text.split('@').skip(1).map(|rest| &rest[..name_end(rest)]).collect()
}

fn name_end(rest: &str) -> usize {
    rest.find(|c: char| !c.is_ascii_lowercase() && c != '_').unwrap_or(rest.len())
}

fn filled(text: &str, thing: impl Fn(usize, &str) -> String) -> String {
    let mut parts = text.split('@');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for (place, rest) in parts.enumerate() {
        let (name, rest) = rest.split_at(name_end(rest));
        out.extend(url::form_urlencoded::byte_serialize(thing(place, name).as_bytes()));
        out += rest;
    }
    out
}
