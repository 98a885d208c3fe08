//! Yes and no as spreadsheets and people write them.

use crate::base::text;

const YES: &[&str] = &[
    "yes",
    "y",
    "true",
    "t",
    "1",
    "on",
    "x",
    "✓",
    "ja",
    "j",
    "wahr",
    "oui",
    "o",
    "vrai",
    "sí",
    "si",
    "s",
    "verdadero",
    "sì",
    "vero",
    "sim",
    "verdadeiro",
    "waar",
    "tak",
    "prawda",
    "ano",
    "pravda",
    "да",
    "истина",
    "evet",
    "doğru",
    "是",
    "はい",
];
const NO: &[&str] = &[
    "",
    "no",
    "n",
    "false",
    "f",
    "0",
    "off",
    "-",
    "nein",
    "falsch",
    "non",
    "faux",
    "falso",
    "não",
    "nao",
    "nee",
    "onwaar",
    "nie",
    "fałsz",
    "ne",
    "nepravda",
    "нет",
    "ложь",
    "hayır",
    "yanlış",
    "否",
    "いいえ",
];

/// What a cell means; nothing when it is neither. An empty one means no.
pub fn parse(cell: &str) -> Option<bool> {
    let word = text::same(cell);
    if YES.contains(&word.as_str()) { Some(true) } else { NO.contains(&word.as_str()).then_some(false) }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn other_words_are_neither() {
        assert_eq!(["Yes", "WAHR", " oui ", "1"].map(parse), [Some(true); 4]);
        assert_eq!(["", "No", "FALSCH", "Faux", "nein", "off", "0"].map(parse), [Some(false); 7]);
        assert_eq!(["maybe", "2", "yes!"].map(parse), [None; 3]);
    }
}
