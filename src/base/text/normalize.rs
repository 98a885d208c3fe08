//! Texts without what nobody sees: how they are stored, and what of them is compared and searched.

use std::borrow::Cow;

use icu_casemap::{CaseMapper, CaseMapperBorrowed};
use icu_normalizer::properties::{CanonicalCombiningClassMap, CanonicalCombiningClassMapBorrowed};
use icu_normalizer::{
    ComposingNormalizer, ComposingNormalizerBorrowed, DecomposingNormalizer, DecomposingNormalizerBorrowed,
};
use icu_properties::CodePointSetData;
use icu_properties::props::DefaultIgnorableCodePoint;

const CASE: CaseMapperBorrowed<'static> = CaseMapper::new();
const COMPOSED: ComposingNormalizerBorrowed<'static> = ComposingNormalizer::new_nfkc();
const DECOMPOSED: DecomposingNormalizerBorrowed<'static> = DecomposingNormalizer::new_nfkd();
const MARKS: CanonicalCombiningClassMapBorrowed<'static> = CanonicalCombiningClassMap::new();

/// Letters that Unicode does not decompose, as people type them who do not have them, and signs that programs put in the
/// place of those that were typed.
const PLAIN: [(char, &str); 39] = [
    ('ł', "l"),
    ('ø', "o"),
    ('đ', "d"),
    ('ð', "d"),
    ('ħ', "h"),
    ('ŧ', "t"),
    ('ı', "i"),
    ('ŋ', "n"),
    ('æ', "ae"),
    ('œ', "oe"),
    ('þ', "th"),
    ('ĸ', "k"),
    ('ƀ', "b"),
    ('ɨ', "i"),
    ('ə', "e"),
    ('ʬ', "w"), // marks words in what is searched
    // Arabic: the letters of Persian keyboards, and what only stretches a word.
    ('ی', "ي"),
    ('ى', "ي"),
    ('ک', "ك"),
    ('ـ', ""),
    // Quotation marks and dashes.
    ('‘', "'"),
    ('’', "'"),
    ('‚', "'"),
    ('‛', "'"),
    ('ʼ', "'"),
    ('′', "'"),
    ('´', "'"),
    ('`', "'"),
    ('“', "\""),
    ('”', "\""),
    ('„', "\""),
    ('‟', "\""),
    ('‐', "-"),
    ('‒', "-"),
    ('–', "-"),
    ('—', "-"),
    ('―', "-"),
    ('−', "-"),
    ('·', "."),
];

/// The zeros of the scripts in use that have digits of their own; each is followed by its other nine (Unicode, Nd).
const DIGIT_ZEROS: [char; 20] = [
    '\u{660}', '\u{6F0}', '\u{7C0}', '\u{966}', '\u{9E6}', '\u{A66}', '\u{AE6}', '\u{B66}', '\u{BE6}', '\u{C66}',
    '\u{CE6}', '\u{D66}', '\u{DE6}', '\u{E50}', '\u{ED0}', '\u{F20}', '\u{1040}', '\u{17E0}', '\u{1810}', '\u{1C50}',
];

/// Whether nobody sees a character: joiners, marks of direction, soft hyphens, byte order marks and the like (Unicode,
/// Default_Ignorable_Code_Point); not those that choose how the character before them is drawn.
fn is_invisible(c: char) -> bool {
    let selects = matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}');
    !selects && is_ignorable(c)
}

fn is_ignorable(c: char) -> bool {
    !c.is_ascii() && CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// Takes out what nobody sees. Two kinds are seen in what they do: joiners between letters that take another form beside
/// each other, as those of Arabic and of India, or that make one picture of several; and the tags that make flags of one.
fn visible(text: &str) -> String {
    let joins = |c: char| c >= '\u{590}';
    let mut seen = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let is_between = || seen.chars().next_back().is_some_and(joins);
        let is_seen = match c {
            '\u{200C}' | '\u{200D}' => {
                is_between() && chars.peek().is_some_and(|next| joins(*next) && !is_invisible(*next))
            }
            '\u{E0020}'..='\u{E007F}' => is_between(),
            _ => !is_invisible(c),
        };
        if is_seen {
            seen.push(c);
        }
    }
    seen
}

/// A line as it is stored: without spaces at its ends and what nobody sees, and with one space where there was more white
/// space.
pub fn clean(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    let spaced = |at: usize, c: char| {
        c.is_whitespace() && (c != ' ' || text[at + c.len_utf8()..].starts_with(char::is_whitespace))
    };
    if text.is_ascii() && !text.char_indices().any(|(at, c)| spaced(at, c)) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(visible(text).split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Several lines as they are stored: each as `clean` makes it, without empty ones at the ends.
pub fn clean_lines(text: &str) -> String {
    text.split('\n').map(clean).collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// Unicode's NFKC: however a keyboard composes a text, it is the same.
pub fn composed(text: &str) -> Cow<'_, str> {
    COMPOSED.normalize(text)
}

/// What two names have alike that are the same: without case and width, whatever way they were composed and spaced
/// (Unicode's NFKC and full case folding, the default of no language). Accents count.
pub fn same(text: &str) -> String {
    let text = clean(text);
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let folded = |text: &str| COMPOSED.normalize(&CASE.fold_string(text)).into_owned();
    // Once more, since composing may bring capitals back.
    let folded = folded(&folded(&COMPOSED.normalize(&text)));
    let seen: String = folded.chars().filter(|c| !is_ignorable(*c)).collect();
    clean(&seen).into_owned()
}

/// A text as a search looks at it: as `same`, and without accents (`ł`, `ø`, `ı` and the like included), with plain
/// quotation marks, dashes and digits.
pub fn folded(text: &str) -> String {
    plain(&same(text))
}

/// The same of what `same` gave.
pub(super) fn plain(same: &str) -> String {
    if same.is_ascii() { same.replace('`', "'") } else { without_accents(same) }
}

fn without_accents(same: &str) -> String {
    let mut plain = String::with_capacity(same.len());
    for c in DECOMPOSED.normalize(same).chars().filter(|c| !is_accent(*c)) {
        match PLAIN.iter().find(|(letter, _)| *letter == c) {
            Some((_, instead)) => plain.push_str(instead),
            None => plain.push(digit(c).unwrap_or(c)),
        }
    }
    clean(&COMPOSED.normalize(&plain)).into_owned()
}

/// Whether a mark is over, under or across a letter (Unicode, Canonical_Combining_Class: also the vowel signs of Hebrew and
/// Arabic), and no letter by itself as those of India, or what tells two letters of Japanese apart.
fn is_accent(c: char) -> bool {
    !c.is_ascii() && matches!(MARKS.get_u8(c), 1 | 10..=36 | 200..=240)
}

fn digit(c: char) -> Option<char> {
    if c.is_ascii() {
        return None;
    }
    let value = |zero: &char| (c as u32).checked_sub(*zero as u32).filter(|value| *value < 10);
    DIGIT_ZEROS.iter().find_map(value).and_then(|value| char::from_digit(value, 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_nobody_sees_is_kept() {
        for typed in [
            "Acme Ltd",
            " Acme  Ltd ",
            "Acme\u{A0}Ltd",
            "Acme\u{3000} Ltd",
            "\u{FEFF}Ac\u{AD}me Ltd\u{200B}",
            "\u{202A}Acme\u{2060} \u{200D}Ltd\u{202C}",
            "Acme\u{2028}Ltd",
        ] {
            assert_eq!(clean(typed), "Acme Ltd", "{typed:?}");
        }
        for typed in ["", "  ", "\u{200B}", "\u{FEFF}\u{A0}\u{200E}", "\u{3164}"] {
            assert_eq!(clean(typed), "", "{typed:?}");
        }
        assert_eq!(clean("北京 ☎\u{FE0F}"), "北京 ☎\u{FE0F}");
        for shown in ["👩🏽\u{200D}🌾", "🏴\u{E0067}\u{E0062}\u{E007F}", "می\u{200C}خواهم", "क्\u{200D}ष"]
        {
            assert_eq!(clean(shown), shown);
        }
        for typed in ["Ac\u{200D}me", "Acme\u{200D}", "\u{200C}Acme", "Acme\u{E0067}"] {
            assert_eq!(clean(typed), "Acme", "{typed:?}");
        }
        assert_eq!(clean("北京\u{200D}\u{200B} 北"), "北京 北");
        assert_eq!(clean_lines("\u{200B}\n a  b \n\n\tc\u{AD}\n"), "a b\n\nc");
    }

    #[test]
    fn names_are_the_same_whatever_their_case_width_and_spaces() {
        for [one, other] in [
            ["Acme Ltd", "ACME  LTD"],
            ["Straße", "STRASSE"],
            ["ŁÓDŹ", "łódź"],
            ["ΣΊΣΥΦΟΣ", "σίσυφος"],
            ["Cafe\u{301}", "CAFÉ"],
            ["ＡＢＣ１２", "abc12"],
            ["ﬁne", "FINE"],
            ["Ⅷ", "viii"],
            ["ｶﾞ", "ガ"],
            ["☎\u{FE0F}", "☎"],
            ["می\u{200C}خواهم", "میخواهم"],
        ] {
            assert_eq!(same(one), same(other), "{one} {other}");
        }
        for [one, other] in [["Muller", "Müller"], ["Lodz", "Łódź"], ["か", "が"], ["Acme", "Ac me"], ["ısı", "isi"]]
        {
            assert_ne!(same(one), same(other), "{one} {other}");
        }
    }

    #[test]
    fn a_search_sees_no_accents() {
        for [typed, found] in [
            ["Müller", "muller"],
            ["FRANÇOIS", "francois"],
            ["Łódź", "lodz"],
            ["ÅRHUS", "arhus"],
            ["København", "kobenhavn"],
            ["Straße", "strasse"],
            ["İSTANBUL", "istanbul"],
            ["DİYARBAKIR", "diyarbakir"],
            ["Diyarbakır", "diyarbakir"],
            ["Đà Nẵng", "da nang"],
            ["Ærø", "aero"],
            ["ＡＢＣ１２", "abc12"],
            ["О’Нил – Ёлка", "о'нил - елка"],
            ["٣ مُحَمَّد", "3 محمد"],
            ["北京", "北京"],
            ["が", "が"],
            ["हिन्दी", "हिन्दी"],
        ] {
            assert_eq!(folded(typed), found);
        }
    }

    #[test]
    fn what_is_folded_stays_as_it_is() {
        for text in ["İSTANBUL", "ﬃ ẞ ŉ ǰ", "ΌΣΟΣ", "ᾳ ͅ", "Ⓐ ㎏ ½ ¨ ´x", "ｶﾞ", "〱 ㈱"] {
            assert_eq!(same(&same(text)), same(text), "{text}");
            assert_eq!(folded(&folded(text)), folded(text), "{text}");
            assert_eq!(folded(&same(text)), folded(text), "{text}");
        }
    }
}
