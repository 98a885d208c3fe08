//! The countries of ISO 3166-1, by their alpha-2 codes.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::base::forms::{Choice, fold};

static CHOICES: LazyLock<Vec<Choice>> = LazyLock::new(|| {
    let mut countries: Vec<Choice> =
        rust_iso3166::ALL.iter().map(|country| Choice::new(country.alpha2, common(country))).collect();
    countries.sort_by_key(|choice| fold(&choice.label));
    countries.insert(0, Choice::new("", "–"));
    countries
});

/// All countries by name, and none.
pub fn choices() -> Vec<Choice> {
    CHOICES.clone()
}

/// The code of the country with this code or name, in whatever case; the standard's own name is known, too.
pub fn code(text: &str) -> Option<&'static str> {
    let key = fold(text);
    CODES.get(&key).copied()
}

static CODES: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let named = |country: &rust_iso3166::CountryCode| {
        [country.alpha2, country.name, common(country)].map(|name| (fold(name), country.alpha2))
    };
    rust_iso3166::ALL.iter().flat_map(named).collect()
});

/// The name of the country with this code; nothing when there is none.
pub fn name(code: &str) -> &'static str {
    rust_iso3166::from_alpha2(code).as_ref().map_or("", common)
}

/// The name that people look for where the standard's is inverted or that of the state.
fn common(country: &rust_iso3166::CountryCode) -> &'static str {
    match country.alpha2 {
        "BN" => "Brunei",
        "BO" => "Bolivia",
        "CD" => "Congo, Democratic Republic",
        "FK" => "Falkland Islands",
        "FM" => "Micronesia",
        "GB" => "United Kingdom",
        "IR" => "Iran",
        "KP" => "North Korea",
        "KR" => "South Korea",
        "LA" => "Laos",
        "MD" => "Moldova",
        "NL" => "Netherlands",
        "PS" => "Palestine",
        "RU" => "Russia",
        "SY" => "Syria",
        "TW" => "Taiwan",
        "TZ" => "Tanzania",
        "US" => "United States",
        "VE" => "Venezuela",
        _ => country.name,
    }
}
