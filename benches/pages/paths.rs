//! The pages that are measured. What stands in braces, every site has: see `site`.

/// Pages that must cost the same however large the tenant, and show the same number of rows.
pub const LISTS: &[(&str, &str)] = &[
    ("customers", "/customers"),
    ("customers by title", "/customers?sort=title"),
    ("customers by city, downwards", "/customers?sort=-city"),
    ("customers by devices, downwards", "/customers?sort=-devices"),
    ("100 customers", "/customers?size=100"),
    ("inner customers", "{branch}/customers?sort=title"),
    ("devices", "/devices"),
    ("devices by name", "/devices?sort=name"),
    ("devices by type", "/devices?sort=type"),
    ("devices by label, downwards", "/devices?sort=-label"),
    ("devices by customer", "/devices?sort=customer"),
    ("devices of one type by name", "/devices?type=camera&sort=name"),
    ("devices that are not assigned, by name", "/devices?assigned=no&sort=name"),
    ("devices of one customer by name", "{customer}/devices?sort=name"),
    ("devices of one customer and type by label", "{customer}/devices?type=gateway&sort=label"),
    ("devices of a branch", "{branch}/devices?inner=yes"),
    ("devices of a branch by name", "{branch}/devices?inner=yes&sort=name"),
    ("devices of a branch by type", "{branch}/devices?inner=yes&sort=type"),
    ("devices of a branch by customer", "{branch}/devices?inner=yes&sort=customer"),
    ("assets by label", "/assets?sort=label"),
    ("users of a customer", "{branch}/users?sort=name"),
    ("users of the tenant", "/users"),
    ("users of the tenant by name", "/users?sort=name"),
    ("users of the tenant by last sign-in, downwards", "/users?sort=-last_sign_in"),
    ("users of the tenant who are active, by name", "/users?status=active&sort=name"),
    ("users of the tenant who are disabled, by name", "/users?status=disabled&sort=name"),
    ("assets", "/assets"),
    ("assets of a branch", "{branch}/assets?inner=yes"),
    ("details of a customer", "{branch}"),
    ("details of a device", "{device page}"),
    ("a dashboard of 9 widgets", "{dashboard}"),
];

/// Searches, each beside the same list without one, and how many times that they may cost. Those for customers are our own
/// limit: their list costs less, and their text is longer.
pub const SEARCHES: &[(&str, &str, &str, f64)] = &[
    ("search for a device by its whole name", "/devices?q={device}", "/devices", 3.0),
    ("search for what a thousand devices have", "/devices?q=ca-0006&sort=name", "/devices?sort=name", 3.0),
    ("search for what most devices have", "/devices?q=floor", "/devices", 3.0),
    ("search for what no device has", "/devices?q=xyzzy", "/devices", 3.0),
    ("search in one customer's devices", "{customer}/devices?q=cellar&sort=name", "{customer}/devices?sort=name", 3.0),
    ("search in a branch's devices", "{branch}/devices?inner=yes&q=cellar", "{branch}/devices?inner=yes", 3.0),
    ("search for what one customer has", "/customers?q=harbour+water+authority+123", "/customers", 5.0),
    ("search for what hundreds of customers have", "/customers?q=harbour+water+authority", "/customers", 5.0),
    ("search for what most customers have", "/customers?q=office%40", "/customers", 5.0),
    ("search for what no customer has", "/customers?q=xyzzy", "/customers", 5.0),
];

/// Other pages, and how many times the Customers page they may cost. The limit of those that search everything is our own:
/// four searches, each of which may cost three lists.
pub const OTHERS: &[(&str, &str, f64)] = &[
    ("details of a customer", "{branch}", 2.0),
    ("details of a device", "{device page}", 2.0),
    ("a dashboard of 9 widgets", "{dashboard}", 4.0),
    ("administrators' home", "/home", 4.0),
    ("searching everything for a device", "/search?q={device}", 12.0),
    ("searching everything for what most devices have", "/search?q=floor", 12.0),
];

/// Pages of a customer user, which cost the same however large the tenant; and how many times the Customers page.
pub const PORTAL: &[(&str, &str, f64)] = &[
    ("portal: home dashboard", "/home", 4.0),
    ("portal: devices", "/devices", 2.0),
    ("portal: devices with inner customers'", "/devices?inner=yes", 2.0),
    ("portal: devices with inner customers' by name", "/devices?inner=yes&sort=name", 2.0),
    ("portal: assets", "/assets", 2.0),
    ("portal: dashboards", "/dashboards", 2.0),
    ("portal: inner customers", "/inner-customers", 2.0),
];

/// Lists that are read to their middle, and whether to their end: rows that come late cost what the first cost.
pub const DEEP: &[(&str, &str, bool)] = &[
    ("devices by name", "/devices?sort=name&size=100", true),
    ("devices newest first", "/devices?size=100", false),
    ("devices of one type by name", "/devices?type=camera&sort=name&size=100", true),
    ("devices of a branch by name", "{branch}/devices?inner=yes&sort=name&size=100", true),
    ("customers by title", "/customers?sort=title&size=100", true),
];

/// Files that are written while they are read.
pub const EXPORTS: &[&str] = &["/devices/export", "/customers/export", "/assets/export", "{customer}/devices/export"];
