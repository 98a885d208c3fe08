//! What reads foreign bytes, for the fuzz targets: each function panics when something is not as it must be. Nothing of
//! the product uses it.

use crate::base::csv::{Content, Encoding, Format, Position, Reader, Record, Scan, recognize, restored, write_row};
use crate::base::list::{Key, ListQuery, ListSpec};
use crate::model::imports::{CsvHeader, ImportKind, Reading};
use crate::model::{customers, inventory, users};

/// Reads any bytes as a CSV file: from the beginning and from the middle alike, and what is read is written and read again.
pub fn csv(bytes: &[u8]) {
    let mut scan = Scan::default();
    let whole = bytes.chunks(7).try_for_each(|piece| scan.push(piece)).and_then(|()| scan.finish());
    let encoding = match whole {
        Ok(Content::Text { encoding, .. }) => encoding,
        _ => Encoding::Utf8,
    };
    for what in ImportKind::ALL {
        if let Ok(head) = CsvHeader::read(bytes, encoding, what, Reading::default()) {
            let places = what.places(&what.matched(&head.names));
            assert_eq!(places.len(), what.columns().len());
        }
    }
    let Ok((format, start)) = recognize(bytes, encoding) else { return };
    let rows = rows(bytes, format, start);
    if whole.is_ok() {
        assert!(rows.iter().all(|(at, ..)| at.offset >= start.offset && at.line >= start.line));
    }
    for (at, cells, problem) in rows.iter().take(50) {
        assert!(*problem || !cells.is_empty());
        let again = self::rows(bytes, format, *at);
        assert_eq!(again.first().map(|(_, cells, problem)| (cells, problem)), Some((cells, problem)));
        let meant: Vec<_> = cells.iter().map(|cell| restored(cell)).collect();
        if meant.len() > 1 && meant.iter().map(|cell| cell.len()).sum::<usize>() < 60_000 {
            let mut written = Vec::new();
            write_row(&mut written, format.delimiter, meant.iter().map(AsRef::as_ref));
            let read = self::rows(&written, Format::utf8(format.delimiter), Position::START);
            let read: Vec<_> = read[0].1.iter().map(|cell| restored(cell)).collect();
            assert_eq!(read, meant);
        }
    }
}

/// The places, cells and problems of the rows from a place on.
fn rows(bytes: &[u8], format: Format, at: Position) -> Vec<(Position, Vec<String>, bool)> {
    let rest = usize::try_from(at.offset).ok().and_then(|offset| bytes.get(offset..)).unwrap_or_default();
    let (mut reader, mut record, mut rows) = (Reader::new(rest, format, at), Record::default(), Vec::new());
    loop {
        let place = reader.position();
        match reader.read(&mut record) {
            Ok(true) => {
                let cells = record.cells().map(str::to_owned).collect();
                rows.push((place, cells, record.problem.is_some()));
            }
            Ok(false) => return rows,
            Err(error) => unreachable!("bytes at hand cannot fail to be read: {error}"),
        }
    }
}

/// Reads any text as the query of each kind of list; its own address is then read as the same.
pub fn list(query: &str) {
    for spec in [&customers::SPEC, &inventory::SPEC, &users::TENANT_SPEC] {
        let list = ListQuery::parse(spec, "/list", query, None);
        let url = list.url(&list.sort(), list.size_asked.then_some(list.size), None);
        assert_same(spec, &list, &url);
        assert_same(spec, &list, &list.seek_url("after", 7, Key::Text(list.q.clone()), [7; 16]));
        if let Some(cursor) = list.cursor() {
            let again = list.seek_url("before", cursor.position, cursor.key.clone(), cursor.id);
            let read = ListQuery::parse(spec, "/list", again.split_once('?').map_or("", |(_, query)| query), None);
            assert_eq!(read.cursor(), Some(cursor));
        }
    }
}

fn assert_same(spec: &ListSpec, list: &ListQuery, url: &str) {
    let read = ListQuery::parse(spec, "/list", url.split_once('?').map_or("", |(_, query)| query), None);
    let all = |list: &ListQuery| (list.q.clone(), list.sort(), list.size, list.filters.clone());
    assert_eq!((all(&read), read.invalid_cursor), (all(list), false));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A small form of the fuzz targets: files and addresses that are nearly right.
    #[test]
    fn nothing_that_is_nearly_right_is_read_wrong() {
        let mut rng = fastrand::Rng::with_seed(42);
        let pieces: [&[u8]; 22] = [
            b"Title",
            b"Name",
            b",",
            b";",
            b"\t",
            b"\"",
            b"\"\"",
            b"\n",
            b"\r\n",
            b"\r",
            b"'",
            b"=",
            b"@",
            b"\\",
            b" > ",
            b"sep=",
            b"\xef\xbb\xbf",
            b"\xff",
            b"\0",
            "\u{142}".as_bytes(),
            "\u{1f389}".as_bytes(),
            b"a",
        ];
        for _ in 0..4_000 {
            let bytes: Vec<u8> =
                (0..rng.usize(0..60)).flat_map(|_| pieces[rng.usize(..pieces.len())].to_vec()).collect();
            csv(&bytes);
        }
        let pieces = [
            "q=", "sort=", "-title", "name", "size=50", "&", "after=", "before=", "AAAA", "%00", "%20", "+", "status=",
            "type=", "x", "\u{142}",
        ];
        for _ in 0..4_000 {
            let query: String = (0..rng.usize(0..24)).map(|_| pieces[rng.usize(..pieces.len())]).collect();
            list(&query);
        }
    }
}
