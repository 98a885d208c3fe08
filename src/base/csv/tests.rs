use crate::base::csv::cells::defused;
use crate::base::csv::reader::{CELLS, Problem};
use crate::base::csv::workbook::WorkbookError;
use crate::base::csv::*;

fn rows_of(text: &[u8], delimiter: u8) -> Vec<(u64, Vec<String>, Option<Problem>)> {
    let mut reader = Reader::new(text, Format::utf8(delimiter), Position::START);
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
            (0..rng.usize(1..300)).map(|_| *rng.choice(&['a', ',', '"', '\n', '\r', 'é', ';', ' ']).unwrap()).collect();
        let start = Position::START;
        let all = rows_of(text.as_bytes(), b',');
        let (mut at, mut record, mut rows) = (start, Record::default(), Vec::new());
        loop {
            let mut reader = Reader::new(&text.as_bytes()[at.offset as usize..], Format::utf8(b','), at);
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
fn whatever_ends_a_line_each_row_knows_its_own() {
    let text = "name,type\nA,\"b\nc\"\n\nD,e\n";
    for end in ["\n", "\r", "\r\n"] {
        let file = text.replace('\n', end);
        for piece in [1, 2, 3, 1000] {
            let input = Slowly { rest: file.as_bytes(), piece };
            let mut reader = Reader::new(input, Format::utf8(b','), Position::START);
            let (mut record, mut lines) = (Record::default(), Vec::new());
            while reader.read(&mut record).unwrap() {
                lines.push((record.line, record.cells().count(), reader.position().line));
            }
            assert_eq!(lines, [(1, 2, 2), (2, 2, 4), (5, 2, 6)], "{end:?} {piece}");
        }
    }
}

/// Gives a few bytes at a time.
struct Slowly<'a> {
    rest: &'a [u8],
    piece: usize,
}

impl std::io::Read for Slowly<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.piece.min(self.rest.len());
        buffer[..n].copy_from_slice(&self.rest[..n]);
        self.rest = &self.rest[n..];
        Ok(n)
    }
}

#[test]
fn blanks_before_a_cell_are_passed_over_and_those_in_quotes_stay() {
    assert_eq!(cells_of("a, \"b, c\",  d\n \" e\" ,f g,\" \"\n"), [["a", "b, c", "d"], [" e ", "f g", " "]]);
    assert_eq!(cells_of("   \na\n"), [["a"]]);
    assert_eq!(rows_of(b"a\t \"b\tc\"\n", b'\t')[0].1, ["a", "b\tc"]);
}

/// `text` in another encoding, with the mark in front that says so.
fn encoded(text: &str, encoding: Encoding) -> Vec<u8> {
    let units = text.encode_utf16();
    match encoding {
        Encoding::Utf8 => text.as_bytes().to_vec(),
        Encoding::Utf16Le => [0xfeff].into_iter().chain(units).flat_map(u16::to_le_bytes).collect(),
        Encoding::Utf16Be => [0xfeff].into_iter().chain(units).flat_map(u16::to_be_bytes).collect(),
        Encoding::Windows1252 => text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect(),
    }
}

#[test]
fn a_file_reads_alike_in_every_encoding_from_every_row_on() {
    let text = "Titel;Straße\r\nMüller;\"a\nb\"\r\n\r\nÄ;\"ö\"\"ü\"\r\n";
    let expected = [(1, "Titel|Straße"), (2, "Müller|a\nb"), (5, "Ä|ö\"ü")];
    for encoding in Encoding::ALL {
        let file = encoded(text, encoding);
        let (format, start) = recognize(&file, encoding).unwrap();
        assert_eq!((format.delimiter, start.line), (b';', 1), "{encoding:?}");
        let (mut at, mut record, mut rows) = (start, Record::default(), Vec::new());
        loop {
            let rest = &file[at.offset as usize..];
            let mut reader = Reader::new(Slowly { rest, piece: 3 }, format, at);
            if !reader.read(&mut record).unwrap() {
                break;
            }
            rows.push((record.line, record.cells().collect::<Vec<_>>().join("|")));
            at = reader.position();
        }
        assert_eq!(rows, expected.map(|(line, cells)| (line, cells.to_owned())), "{encoding:?}");
        assert_eq!(at.offset, file.len() as u64, "{encoding:?}");
        for piece in [1, 3, 1000] {
            assert_eq!(scanned(&file, piece), Ok(Content::Text { encoding, rows: 2 }), "{piece}");
        }
    }
}

#[test]
fn characters_of_two_units_take_four_bytes_of_utf_16() {
    let file = encoded("a,🎉\nb,ł\n", Encoding::Utf16Le);
    let mut reader = Reader::new(
        &file[2..],
        Format { encoding: Encoding::Utf16Le, ..Format::utf8(b',') },
        Position { offset: 2, line: 1 },
    );
    let mut record = Record::default();
    assert!(reader.read(&mut record).unwrap());
    assert_eq!(record.cells().collect::<Vec<_>>(), ["a", "🎉"]);
    assert_eq!(&file[reader.position().offset as usize..][..2], b"b\0");
}

#[test]
fn files_are_recognized_by_their_first_lines() {
    let found = |text: &str| {
        recognize(text.as_bytes(), Encoding::Utf8)
            .map(|(format, at)| (char::from(format.delimiter), at.offset, at.line))
    };
    assert_eq!(found("Title,Email\nA,b"), Ok((',', 0, 1)));
    assert_eq!(found("\u{feff}Title;Email\nA,1;b"), Ok((';', 3, 1)));
    assert_eq!(found("\"a;b;c;d\"\tx\ty\n"), Ok(('\t', 0, 1)));
    assert_eq!(found("Name|Type\nA|b\n"), Ok(('|', 0, 1)));
    assert_eq!(found("A report, of May\nName;Type\nA;b\nC;d\n"), Ok((';', 0, 1)));
    assert_eq!(found("\r\n\nTitle"), Ok((',', 3, 3)));
    assert_eq!(found("\rTitle\rA"), Ok((',', 1, 2)));
    for declared in ["sep=;", "SEP=;", "\"sep=;\"", "sep=;;;", "sep=; "] {
        let at = declared.len() as u64 + 2;
        assert_eq!(found(&format!("{declared}\r\nTitle;A,B,C\r\n")), Ok((';', at, 2)), "{declared}");
    }
    assert_eq!(found("\u{feff}sep=\t\nTitle\n"), Ok(('\t', 9, 2)));
    assert_eq!(found("sep=|\nTitle\n"), Ok(('|', 6, 2)));
    assert_eq!((found(""), found("\n\n")), (Err(Unreadable::Empty), Err(Unreadable::Empty)));
}

fn scanned(text: &[u8], piece: usize) -> Result<Content, Unreadable> {
    let mut scan = Scan::default();
    for piece in text.chunks(piece) {
        scan.push(piece)?;
    }
    scan.finish()
}

#[test]
fn files_are_looked_over_whatever_pieces_they_come_in() {
    let text = |encoding, rows| Ok(Content::Text { encoding, rows });
    let (utf8, western) = (Encoding::Utf8, Encoding::Windows1252);
    for piece in [1, 2, 3, 5, 1000] {
        assert_eq!(scanned("a,b\nł,\"x\ny\"\r\n\r\n🎉,2".as_bytes(), piece), text(utf8, 2), "{piece}");
        assert_eq!(scanned("a,b\rł,2\rc,d".as_bytes(), piece), text(utf8, 2), "{piece}");
        assert_eq!(scanned(b"a,b\nMalm\xf6,1\n", piece), text(western, 1), "{piece}");
        // One row is damaged, but the others say what the file is.
        assert_eq!(scanned("a,b\nMalmö,ł\n".as_bytes(), piece), text(utf8, 1), "{piece}");
        assert_eq!(
            scanned(&[b"a,b\n\xc5\x82\xc5\x82\n".as_slice(), b"x\xf6\n"].concat(), piece),
            text(utf8, 2),
            "{piece}"
        );
        assert_eq!(scanned(b"a,b\n1,2\nx\0,1\n", piece), Err(Unreadable::Nul(3)), "{piece}");
        assert_eq!(scanned(b"a\0,\0b\0\n\0", piece), text(Encoding::Utf16Le, 0), "{piece}");
        assert_eq!(scanned(b"", piece), Err(Unreadable::Empty));
        assert_eq!(scanned(b"\r\n", piece), Err(Unreadable::Empty));
        assert_eq!(scanned(b"PK\x03\x04\xff", piece), Ok(Content::Zip));
        assert_eq!(scanned(b"%PDF-1.4\n%\xe2\xe3\n", piece), Err(Unreadable::Pdf));
        assert_eq!(scanned(b"\xd0\xcf\x11\xe0\xa1\xb1", piece), Err(Unreadable::OldWorkbook));
        assert_eq!(scanned(b"<HTML><table>", piece), Err(Unreadable::Html));
        assert_eq!(scanned(b"<b>,c\n", piece), text(utf8, 0));
    }
    assert_eq!(scanned(b"a,b\n", 100), text(utf8, 0));
    assert_eq!(cells_of("a"), [["a"]]);
}

#[test]
fn a_formula_that_is_a_text_is_the_text() {
    assert_eq!(
        ["=\"00421\"", "=\"a\"\"b\"", "=\"\"", "'=\"1\""].map(|cell| restored(cell).into_owned()),
        ["00421", "a\"b", "", "=\"1\""]
    );
}

#[test]
fn cells_that_a_spreadsheet_has_ruined_are_known() {
    for ruined in ["8.9445E+19", "1,2E+19", "1E+05", " 1.2e-7 ", "-3E+9", "#####", "#N/A", "#REF!", "#NAME?"] {
        assert!(cells::is_ruined(ruined), "{ruined}");
    }
    for whole in ["", "1E5", "E+1", "12E+4", "A1E+5", "#", "#1", "no. 3", "1.2", "1.E+5", "7e", "2E+1234"] {
        assert!(!cells::is_ruined(whole), "{whole}");
    }
}

/// A zip archive of parts.
fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in parts {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut zip, content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn of_a_row_whose_cells_share_a_long_text_no_more_is_kept_than_makes_it_too_long() {
    let main = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let relation = |id: &str, kind: &str, target: &str| {
        format!("<Relationship Id=\"{id}\" Type=\"{office}/{kind}\" Target=\"{target}\"/>")
    };
    let relations = |all: String| {
        format!(
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{all}</Relationships>"
        )
    };
    let sheets = "<sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"r1\"/></sheets>";
    let cells = "<c t=\"s\"><v>0</v></c>".repeat(500);
    let long = "x".repeat(1 << 20);
    let file = zipped(&[
        ("_rels/.rels", relations(relation("r1", "officeDocument", "xl/workbook.xml")).as_bytes()),
        ("xl/workbook.xml", format!("<workbook {main} xmlns:r=\"{office}\">{sheets}</workbook>").as_bytes()),
        ("xl/_rels/workbook.xml.rels", relations(relation("r1", "worksheet", "worksheets/sheet1.xml")).as_bytes()),
        ("xl/sharedStrings.xml", format!("<sst {main}><si><t>{long}</t></si></sst>").as_bytes()),
        (
            "xl/worksheets/sheet1.xml",
            format!("<worksheet {main}><sheetData><row r=\"1\">{cells}</row></sheetData></worksheet>").as_bytes(),
        ),
    ]);
    let sheet = workbook::read(file).unwrap();
    assert!(sheet.csv.len() < 2 * ROW_BYTES, "{}", sheet.csv.len());
    assert_eq!(rows_of(&sheet.csv, b',')[0].2, Some(Problem::TooLong));
}

#[test]
fn a_workbook_that_needs_more_memory_than_there_is_for_it_is_refused() {
    let blank = vec![b' '; 65 << 20];
    let bomb = zipped(&[("xl/sharedStrings.xml", &blank)]);
    assert!(bomb.len() < 200_000, "{}", bomb.len());
    assert_eq!(workbook::read(bomb), Err(WorkbookError::TooLarge));
    assert_eq!(workbook::read(zipped(&[("a.txt", b"no workbook")])), Err(WorkbookError::NoWorkbook));
    assert_eq!(workbook::read(b"PK\x03\x04 cut off".to_vec()), Err(WorkbookError::NoWorkbook));
}
