//! The countries of ISO 3166-1, by their alpha-2 codes.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::base::forms::Choice;
use crate::base::text;

static CHOICES: LazyLock<Vec<Choice>> = LazyLock::new(|| {
    let mut countries: Vec<Choice> =
        rust_iso3166::ALL.iter().map(|country| Choice::new(country.alpha2, common(country))).collect();
    countries.sort_by_key(|choice| text::key(&choice.label));
    countries.insert(0, Choice::new("", "Not set"));
    countries
});

/// All countries by name, and none.
pub fn choices() -> Vec<Choice> {
    CHOICES.clone()
}

/// The code of the country with this code of two or three letters or this name, in whatever case, with or without full
/// stops or "the" before it; the standard's own name is known, and what its people and others usually call it.
pub fn code(text: &str) -> Option<&'static str> {
    let key = text::folded(text);
    let plain = key.replace('.', "");
    let without_article = plain.strip_prefix("the ").unwrap_or(&plain);
    CODES.get(&key).or_else(|| CODES.get(without_article)).copied()
}

static CODES: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let named = |country: &rust_iso3166::CountryCode| {
        [country.alpha2, country.alpha3, country.name, common(country)].map(|name| (text::folded(name), country.alpha2))
    };
    let usual = USUAL.iter().flat_map(|(code, names)| names.split(", ").map(|name| (text::folded(name), *code)));
    usual.chain(rust_iso3166::ALL.iter().flat_map(named)).collect()
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

/// What countries are usually called beside their names in the standard: by others, and in their own languages.
const USUAL: &[(&str, &str)] = &[
    ("AE", "UAE, Emirates, الإمارات"),
    ("AT", "Österreich, Oesterreich, Autriche"),
    ("AU", "Commonwealth of Australia"),
    ("BA", "Bosnia, Bosnia-Herzegovina, Bosnia & Herzegovina"),
    ("BE", "België, Belgique, Belgien"),
    ("BG", "България"),
    ("BN", "Brunei Darussalam"),
    ("BO", "Plurinational State of Bolivia"),
    ("BR", "Brasil, Brasilien, Brésil"),
    ("BY", "Беларусь, Byelorussia"),
    ("CD", "DR Congo, DRC, Congo-Kinshasa, Congo (Kinshasa), Democratic Republic of the Congo, Zaire"),
    ("CG", "Republic of the Congo, Congo-Brazzaville, Congo (Brazzaville)"),
    ("CH", "Schweiz, Suisse, Svizzera"),
    ("CI", "Ivory Coast, Cote d'Ivoire"),
    ("CN", "PRC, People's Republic of China, Mainland China, 中国, 中國"),
    ("CV", "Cape Verde"),
    ("CZ", "Czech Republic, Česko, Česká republika, Tschechien"),
    ("DE", "Deutschland, Allemagne, Federal Republic of Germany, Alemania"),
    ("DK", "Danmark, Dänemark"),
    ("DZ", "Algérie, الجزائر"),
    ("EE", "Eesti"),
    ("EG", "مصر"),
    ("ES", "España, Spanien, Espagne"),
    ("FI", "Suomi, Finnland"),
    ("FK", "Islas Malvinas, Malvinas"),
    ("FM", "Federated States of Micronesia"),
    ("FR", "Frankreich, Francia, République française"),
    (
        "GB",
        "UK, Great Britain, Britain, England, Scotland, Wales, Northern Ireland, Vereinigtes Königreich, Royaume-Uni",
    ),
    ("GM", "Gambia"),
    ("GR", "Ελλάδα, Hellas, Griechenland"),
    ("HK", "Hong Kong SAR, 香港"),
    ("HR", "Hrvatska, Kroatien"),
    ("HU", "Magyarország, Ungarn"),
    ("IE", "Éire, Republic of Ireland, Irland"),
    ("IL", "ישראל"),
    ("IN", "Bharat, भारत, Indien"),
    ("IR", "Islamic Republic of Iran, Persia"),
    ("IS", "Ísland"),
    ("IT", "Italia, Italien, Italie"),
    ("JP", "日本, Nippon, Nihon, Japon"),
    ("KP", "DPRK, Democratic People's Republic of Korea"),
    ("KR", "Republic of Korea, ROK, Korea, 대한민국, 한국"),
    ("LA", "Lao PDR"),
    ("LT", "Lietuva, Litauen"),
    ("LU", "Luxemburg, Lëtzebuerg"),
    ("LV", "Latvija, Lettland"),
    ("MA", "Maroc, المغرب"),
    ("MD", "Republic of Moldova"),
    ("MK", "Macedonia, FYROM, Republic of North Macedonia"),
    ("MM", "Burma"),
    ("MO", "Macau, 澳門"),
    ("MX", "México, Mexiko"),
    ("NL", "Holland, Nederland, Niederlande, Pays-Bas"),
    ("NO", "Norge, Norwegen"),
    ("NZ", "Aotearoa"),
    ("PL", "Polska, Polen, Pologne"),
    ("PS", "Palestinian Territories, State of Palestine"),
    ("PT", "República Portuguesa"),
    ("RO", "România, Rumänien"),
    ("RS", "Srbija, Србија, Serbien"),
    ("RU", "Россия, Russian Federation, Russland"),
    ("SA", "KSA, Kingdom of Saudi Arabia, السعودية"),
    ("SE", "Sverige, Schweden, Suède"),
    ("SI", "Slovenija, Slowenien"),
    ("SK", "Slovensko, Slovak Republic, Slowakei"),
    ("ST", "Sao Tome and Principe, Sao Tome"),
    ("SY", "Syrian Arab Republic"),
    ("SZ", "Swaziland"),
    ("TH", "ประเทศไทย"),
    ("TL", "East Timor"),
    ("TR", "Turkey, Türkiye, Turkiye, Türkei, Turquie"),
    ("TW", "Republic of China, ROC, 台灣, 臺灣, 台湾"),
    ("TZ", "United Republic of Tanzania"),
    ("UA", "Україна, Ukraina"),
    ("US", "USA, United States of America, US of A, America, Vereinigte Staaten, États-Unis, Estados Unidos"),
    ("VA", "Vatican, Vatican City, Holy See"),
    ("VE", "Bolivarian Republic of Venezuela"),
    ("VN", "Vietnam, Việt Nam, Socialist Republic of Vietnam"),
    ("ZA", "RSA, Suid-Afrika"),
];
