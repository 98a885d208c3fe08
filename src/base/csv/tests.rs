use crate::base::csv::cells::defused;
use crate::base::csv::reader::CELLS;
use crate::base::csv::*;

fn rows_of(text: &[u8], delimiter: u8) -> Vec<(u64, Vec<String>, Option<Problem>)> {
    let mut reader = Reader::new(text, delimiter, Position { offset: 0, line: 1 });
    let (mut record, mut rows) = (Record::default(), Vec::new());
    while reader.read(&mut record).unwrap() {
        rows.push((record.line, record.cells().map(str::to_owned).collect(), record.problem));
    }
    rows
}

fn cells_of(text: &str) -> Vec<Vec<String>> {
    rows_of(text.as_bytes(), b',').into_iter().map(|(_, cells, _)| cells).collect()
}

#[test]
fn rows_know_the_line_they_begin_on() {
    let text = "a,b\r\n\r\n\"two\r\nlines\",c\r\nd,\"e \"\"f\"\"\"\r\n\n\ng,";
    let rows: Vec<_> =
        rows_of(text.as_bytes(), b',').into_iter().map(|(line, cells, _)| (line, cells.join("|"))).collect();
    let expected = [(1, "a|b"), (3, "two\r\nlines|c"), (5, "d|e \"f\""), (8, "g|")];
    assert_eq!(rows, expected.map(|(line, cells)| (line, cells.to_owned())));
}

#[test]
fn a_bom_inside_a_file_is_a_character_wherever_reading_begins() {
    for text in ["\u{feff}a,b\n", "\r\n\u{feff}a,b\n"] {
        assert_eq!(cells_of(text), [["\u{feff}a", "b"]]);
    }
}

#[test]
fn a_quote_that_is_not_closed_is_told() {
    let rows = rows_of(b"a,b\n1,\"2\n3,4\n", b',');
    assert_eq!(rows.len(), 2);
    assert_eq!((rows[1].0, rows[1].2), (2, Some(Problem::QuoteNotEnded)));
    for whole in ["a,\"b\"", "a,\"b\"\n", "a,b\"c", "a,"] {
        assert_eq!(rows_of(whole.as_bytes(), b',')[0].2, None, "{whole:?}");
    }
}

#[test]
fn a_row_that_is_too_long_is_passed_over_and_the_next_is_read() {
    let many = ",".repeat(CELLS + 5);
    let text = format!("a,{}\nb,c\n{many}\nd,e\n", "x".repeat(3 * ROW_BYTES));
    let rows = rows_of(text.as_bytes(), b',');
    let problems: Vec<_> = rows.iter().map(|(line, cells, problem)| (*line, cells.len(), *problem)).collect();
    let too_long = Some(Problem::TooLong);
    assert_eq!(problems, [(1, 0, too_long), (2, 2, None), (3, 0, too_long), (4, 2, None)]);
}

#[test]
fn reading_goes_on_from_wherever_a_row_begins() {
    let mut rng = fastrand::Rng::with_seed(7);
    for _ in 0..200 {
        let text: String =
            (0..rng.usize(1..300)).map(|_| *rng.choice(&['a', ',', '"', '\n', '\r', 'é', ';']).unwrap()).collect();
        let start = Position { offset: 0, line: 1 };
        let all = rows_of(text.as_bytes(), b',');
        let (mut at, mut record, mut rows) = (start, Record::default(), Vec::new());
        loop {
            let mut reader = Reader::new(&text.as_bytes()[at.offset as usize..], b',', at);
            if !reader.read(&mut record).unwrap() {
                break;
            }
            rows.push((record.line, record.cells().map(str::to_owned).collect::<Vec<_>>(), record.problem));
            at = reader.position();
        }
        assert_eq!(rows, all, "{text:?}");
    }
}

/// Fails when a spreadsheet that takes any of these characters for the separator, and quotation marks for nothing, sees a
/// formula.
#[track_caller]
fn assert_no_formula(file: &str) {
    for separator in [',', ';', '\t', '|', '\u{b}', '\u{2028}'] {
        for cell in file.split([separator, '\r', '\n']) {
            let seen = cell.trim_start_matches(|c: char| {
                c == '"' || c.is_whitespace() || c.is_control() || ['\u{feff}', '\u{200b}'].contains(&c)
            });
            assert!(
                !seen.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']),
                "{separator:?} {cell:?} in {file:?}"
            );
        }
    }
}

#[test]
fn whatever_is_written_is_read_back_and_no_cell_begins_a_formula() {
    let mut rng = fastrand::Rng::with_seed(1);
    let letters: Vec<char> = "=+-@\t\r\n\'\",;|ał ＝－🎉\u{feff}\u{200b}\u{a0}\u{b}\u{2028}\u{1}".chars().collect();
    for _ in 0..3_000 {
        let cells: Vec<String> = (0..rng.usize(2..6))
            .map(|_| (0..rng.usize(0..9)).map(|_| *rng.choice(&letters).unwrap()).collect())
            .collect();
        for delimiter in [b',', b';', b'\t', b'|'] {
            let mut text = Vec::new();
            write_row(&mut text, delimiter, cells.iter().map(String::as_str));
            let rows = rows_of(&text, delimiter);
            // A row that has nothing in it but line ends is quoted, so it is one row.
            assert_eq!(rows.len(), 1, "{cells:?}");
            let read: Vec<_> = rows[0].1.iter().map(|cell| restored(cell)).collect();
            assert_eq!(read, cells, "{}", String::from_utf8_lossy(&text));
            for cell in &rows[0].1 {
                assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝']), "{cell:?}");
            }
            assert_no_formula(std::str::from_utf8(&text).unwrap());
        }
    }
}

#[test]
fn an_apostrophe_that_somebody_typed_stays() {
    for (text, written) in [
        ("=1+1", "'=1+1"),
        ("a;=1", "a;'=1"),
        ("a;'=1", "a;''=1"),
        ("a\n\t=1", "a\n'\t'=1"),
        ("'=1+1", "''=1+1"),
        ("'tis", "'tis"),
        ("''", "''"),
        ("+47 1", "'+47 1"),
    ] {
        assert_eq!((defused(text).as_ref(), restored(written).as_ref()), (written, text));
    }
    // As files have it that were not written here.
    assert_eq!(["=1", "'a", "", "a;b", "it's; 'tis"].map(restored), ["=1", "'a", "", "a;b", "it's; 'tis"]);
}

#[test]
fn files_are_recognized_by_their_first_line() {
    let found =
        |text: &str| head(text.as_bytes()).map(|head| (char::from(head.delimiter), head.at.offset, head.at.line));
    assert_eq!(found("Title,Email\nA,b"), Ok((',', 0, 1)));
    assert_eq!(found("\u{feff}Title;Email\nA,1;b,2,3"), Ok((';', 3, 1)));
    assert_eq!(found("\"a;b;c;d\"\tx\ty\n"), Ok(('\t', 0, 1)));
    assert_eq!(found("\r\n\nTitle"), Ok((',', 3, 3)));
    assert_eq!(found("sep=;\r\nTitle;A,B,C\r\n"), Ok((';', 7, 2)));
    assert_eq!(found("\u{feff}sep=\t\nTitle\n"), Ok(('\t', 9, 2)));
    assert_eq!((found(""), found("\n\n")), (Err(Unreadable::Empty), Err(Unreadable::Empty)));
    assert_eq!(head(b"PK\x03\x04rest"), Err(Unreadable::Zip));
    assert_eq!(head(b"\xff\xfeT\0"), Err(Unreadable::Utf16));
}

fn scanned(text: &[u8], piece: usize) -> Result<u64, Unreadable> {
    let mut scan = Scan::default();
    for piece in text.chunks(piece) {
        scan.push(piece)?;
    }
    scan.finish()
}

#[test]
fn files_are_looked_over_whatever_pieces_they_come_in() {
    for piece in [1, 2, 3, 5, 1000] {
        assert_eq!(scanned("a,b\nł,\"x\ny\"\r\n\r\n🎉,2".as_bytes(), piece), Ok(2), "{piece}");
        assert_eq!(scanned(b"a,b\nMalm\xf6,1\n", piece), Err(Unreadable::NotUtf8(2)), "{piece}");
        assert_eq!(scanned(b"a,b\n1,2\nx\0,1\n", piece), Err(Unreadable::Nul(3)), "{piece}");
        assert_eq!(scanned(b"a,b\n\xf0\x9f", piece), Err(Unreadable::NotUtf8(2)), "{piece}");
        assert_eq!(scanned(b"", piece), Err(Unreadable::Empty));
    }
    assert_eq!(scanned(b"PK\x03\x04\xff", 100), Err(Unreadable::Zip));
    assert_eq!(scanned(b"\xff\xfea\0", 100), Err(Unreadable::Utf16));
    assert_eq!(scanned(b"a,b\n", 100), Ok(0));
    assert_eq!(cells_of("a"), [["a"]]);
}
