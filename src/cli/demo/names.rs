//! The words that a believable tenant is made of.

/// Customers after which titles repeat, and get a number.
pub const ROUND: usize = FIRST.len() * KINDS.len();
pub const FIRST: &[&str] = &[
    "Beta",
    "Cobalt",
    "Delta",
    "Elm Street",
    "Fjord",
    "Granite",
    "Harbour",
    "Ivory",
    "Juniper",
    "Kestrel",
    "Lakeside",
    "Meridian",
    "Nordic",
    "Orchard",
    "Polder",
    "Quarry",
    "Rhine",
    "Sable",
    "Tidal",
    "Umber",
    "Vesper",
    "Willow",
    "Zephyr",
    "Łódzka",
    "Österreichische",
];
pub const KINDS: &[&str] = &[
    "Farms",
    "Cold Chain",
    "Water Authority",
    "Apartments",
    "Ferries",
    "Retail Group",
    "Museum",
    "Hospital",
    "Logistics",
    "Energy",
    "Housing",
    "Bakeries",
    "Greenhouses",
    "Transit",
    "Metering",
];
pub const DIVISIONS: &[&str] = &["Operations", "Facilities", "Maintenance", "Laboratory", "Depot", "Branch", "Plant"];
pub const PLACES: &[(&str, &str, &str)] = &[
    ("Nijmegen", "Gelderland", "NL"),
    ("Rotterdam", "Zuid-Holland", "NL"),
    ("Gdańsk", "Pomorskie", "PL"),
    ("Kraków", "Małopolskie", "PL"),
    ("Bergen", "Vestland", "NO"),
    ("Lyon", "Auvergne-Rhône-Alpes", "FR"),
    ("Lisboa", "", "PT"),
    ("Portland", "Oregon", "US"),
    ("Austin", "Texas", "US"),
    ("Nairobi", "", "KE"),
    ("Osaka", "", "JP"),
    ("Pune", "Maharashtra", "IN"),
    ("Recife", "Pernambuco", "BR"),
    ("Graz", "Steiermark", "AT"),
    ("Aarhus", "", "DK"),
    ("Leeds", "West Yorkshire", "GB"),
];
pub const STREETS: &[&str] =
    &["Harbour Street", "Station Road", "Mill Lane", "Canal Quay", "Market Square", "Ring Road"];
pub const GIVEN: &[&str] = &[
    "Mia", "Jonas", "Ola", "Sam", "Noor", "Lena", "Iris", "Tomas", "Hana", "Luca", "Amara", "Wen", "Sofia", "Emeka",
    "Nils",
];
pub const FAMILY: &[&str] = &[
    "Krol", "DeVries", "Nowak", "Chen", "Haddad", "Berg", "Silva", "Okoro", "Tanaka", "Weber", "Larsen", "Costa",
    "Singh",
];
