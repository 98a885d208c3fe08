//! The layers of `src`: from the bottom up, and what each may name. A new folder must be placed here.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failure here is a failed test")]

use std::fs;
use std::path::{Path, PathBuf};

/// From the bottom up: a folder may use those before it, and itself.
const LAYERS: [&str; 11] =
    ["base", "db", "config", "tenancy", "services", "model", "web", "pages", "app", "cli", "harness"];
/// Inside `model`, in the same way.
const MODEL: [&str; 12] = [
    "customers",
    "sessions",
    "audit_log",
    "users",
    "authentication",
    "impersonation",
    "inventory",
    "dashboards",
    "activation",
    "lifecycle",
    "setup",
    "imports",
];
/// Words that a layer does not know.
const UNKNOWN: [(&str, &[&str]); 8] = [
    ("base", &["actix_web", "actix_session"]),
    ("db", &["actix_web", "actix_session"]),
    ("config", &["actix_web", "actix_session"]),
    ("tenancy", &["actix_web", "actix_session"]),
    ("services", &["actix_web", "actix_session"]),
    ("model", &["actix_web", "actix_session"]),
    // Who is signed in, yes; resources, no.
    ("web", &["model::customers", "model::users", "model::inventory", "model::dashboards", "model::imports"]),
    ("pages", &["diesel", "crate::db"]),
];

/// A line of code, without its comment and with its strings empty.
struct Line {
    file: PathBuf,
    number: usize,
    code: String,
}

fn sources(directory: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            into.push(path);
        }
    }
}

fn files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    sources(Path::new("src"), &mut files);
    files.sort();
    files
}

/// The code of a line: nothing from `//` on, nothing between quotes.
fn code_of(line: &str) -> String {
    let (mut code, mut quoted, mut before) = (String::new(), false, ' ');
    for (at, letter) in line.char_indices() {
        match letter {
            '"' if before != '\\' => quoted = !quoted,
            '/' if !quoted && line[at..].starts_with("//") => break,
            _ if quoted => {}
            _ => code.push(letter),
        }
        before = letter;
    }
    code
}

fn lines() -> Vec<Line> {
    let mut lines = Vec::new();
    for file in files() {
        for (at, line) in fs::read_to_string(&file).unwrap().lines().enumerate() {
            lines.push(Line { file: file.clone(), number: at + 1, code: code_of(line) });
        }
    }
    lines
}

/// `src/model/users/mod.rs` is in folder 0 `model`, folder 1 `users`.
fn folder(file: &Path, depth: usize) -> Option<String> {
    let name = file.iter().nth(depth + 1)?.to_str()?;
    Some(name.strip_suffix(".rs").unwrap_or(name).to_owned())
}

/// What a line names at the top of `inside`: of `crate::model::users::find` and `use crate::{base, db}` the parts that
/// follow `crate`, or `crate::model`.
fn named(code: &str, inside: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in code.match_indices(inside) {
        let rest = &code[at + inside.len()..];
        let first = |text: &str| text.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
        match rest.strip_prefix('{') {
            // Only the names at the top of the braces: what is deeper is inside of those.
            Some(list) => {
                let (mut depth, mut start) = (0, true);
                for (at, letter) in list.char_indices() {
                    if start && letter.is_alphabetic() && depth == 0 {
                        names.push(first(&list[at..]));
                    }
                    match letter {
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        _ => {}
                    }
                    if depth < 0 {
                        break;
                    }
                    start = matches!(letter, ',' | ' ') && (start || letter == ',');
                }
            }
            None => names.push(first(rest)),
        }
    }
    names
}

fn rank(order: &[&str], name: &str) -> Option<usize> {
    order.iter().position(|known| *known == name)
}

/// `use` trees over several lines in one.
fn joined(lines: Vec<Line>) -> Vec<Line> {
    let mut joined: Vec<Line> = Vec::new();
    let mut open = false;
    for line in lines {
        match joined.last_mut().filter(|_| open) {
            Some(last) if last.file == line.file => last.code.push_str(line.code.trim()),
            _ => joined.push(line),
        }
        let code = joined.last().map(|line| line.code.clone()).unwrap_or_default();
        let begins = code.trim_start();
        open = (begins.starts_with("use ") || begins.starts_with("pub use ")) && !code.contains(';');
    }
    joined
}

#[test]
fn imports_only_point_down() {
    let mut wrong = Vec::new();
    for line in joined(lines()) {
        let Some(own) = folder(&line.file, 0).and_then(|own| rank(&LAYERS, &own)) else { continue };
        for name in named(&line.code, "crate::") {
            if rank(&LAYERS, &name).is_some_and(|other| other > own) {
                wrong.push(format!("{}:{} names {name}", line.file.display(), line.number));
            }
        }
    }
    assert!(wrong.is_empty(), "a layer names one above it:\n{}", wrong.join("\n"));
}

#[test]
fn inside_model_imports_only_point_down() {
    let mut wrong = Vec::new();
    for line in joined(lines()) {
        if folder(&line.file, 0).as_deref() != Some("model") {
            continue;
        }
        let Some(own) = folder(&line.file, 1).and_then(|own| rank(&MODEL, &own)) else { continue };
        for name in named(&line.code, "crate::model::") {
            if rank(&MODEL, &name).is_some_and(|other| other > own) {
                wrong.push(format!("{}:{} names {name}", line.file.display(), line.number));
            }
        }
    }
    assert!(wrong.is_empty(), "a folder of model names one above it:\n{}", wrong.join("\n"));
}

#[test]
fn no_layer_knows_what_is_not_its_business() {
    let mut wrong = Vec::new();
    for line in joined(lines()) {
        let Some(own) = folder(&line.file, 0) else { continue };
        for (_, words) in UNKNOWN.iter().filter(|(layer, _)| *layer == own) {
            for word in words.iter().filter(|word| line.code.contains(*word)) {
                wrong.push(format!("{}:{} names {word}", line.file.display(), line.number));
            }
        }
    }
    assert!(wrong.is_empty(), "a layer names what it does not know:\n{}", wrong.join("\n"));
}

#[test]
fn every_folder_has_a_layer() {
    let layers = files().into_iter().filter_map(|file| folder(&file, 0)).filter(|name| name != "main" && name != "lib");
    let unplaced: Vec<String> = layers.filter(|name| rank(&LAYERS, name).is_none()).collect();
    assert!(unplaced.is_empty(), "put these into LAYERS, where they belong: {unplaced:?}");
    let model = files().into_iter().filter(|file| folder(file, 0).as_deref() == Some("model"));
    let model = model.filter_map(|file| folder(&file, 1)).filter(|name| name != "mod");
    let unplaced: Vec<String> = model.filter(|name| rank(&MODEL, name).is_none()).collect();
    assert!(unplaced.is_empty(), "put these into MODEL, where they belong: {unplaced:?}");
}

#[test]
fn nothing_reaches_up_by_a_relative_path() {
    let wrong: Vec<String> = lines()
        .into_iter()
        .filter(|line| line.code.contains("super::super"))
        .map(|line| format!("{}:{}", line.file.display(), line.number))
        .collect();
    assert!(wrong.is_empty(), "say crate:: and the whole path instead of super::super:\n{}", wrong.join("\n"));
}

#[test]
fn the_reader_of_paths_sees_them() {
    assert_eq!(named("use crate::{base::{id, text}, db, web as w};", "crate::"), ["base", "db", "web"]);
    assert_eq!(named("let x = crate::app::build(crate::db::open());", "crate::"), ["app", "db"]);
    assert_eq!(named(&code_of(r#"say("crate::app"); // crate::cli"#), "crate::"), [""; 0]);
    assert_eq!(code_of(r#"a("//") // b"#), r"a() ");
}

/// Which layer names which, from the code, as a graph in the language of Mermaid.
fn drawing() -> String {
    let mut arrows = std::collections::BTreeSet::new();
    for line in joined(lines()) {
        let Some(own) = folder(&line.file, 0).filter(|own| rank(&LAYERS, own).is_some()) else { continue };
        for name in named(&line.code, "crate::") {
            if let (Some(from), Some(to)) = (rank(&LAYERS, &own), rank(&LAYERS, &name))
                && from != to
            {
                arrows.insert((from, to));
            }
        }
    }
    let arrow = |(from, to): (usize, usize)| format!("  {} --> {}\n", LAYERS[from], LAYERS[to]);
    let arrows: String = arrows.into_iter().rev().map(arrow).collect();
    format!("```mermaid\ngraph TD\n{arrows}```\n")
}

/// `DRAW=1 cargo test --test architecture` puts the present drawing into the page.
#[test]
fn the_drawing_in_the_docs_is_that_of_the_code() {
    const PAGE: &str = "docs/architecture.md";
    let page = fs::read_to_string(PAGE).unwrap();
    let (before, rest) = page.split_once("<!-- drawing -->\n").expect("a place for the drawing");
    let (shown, after) = rest.split_once("<!-- end -->").expect("an end of the drawing");
    let drawing = drawing();
    if std::env::var_os("DRAW").is_some() {
        fs::write(PAGE, format!("{before}<!-- drawing -->\n{drawing}<!-- end -->{after}")).unwrap();
    } else {
        assert_eq!(shown, drawing, "run DRAW=1 cargo test --test architecture");
    }
}

#[test]
fn files_that_the_docs_name_are_there() {
    let mut pages: Vec<PathBuf> = fs::read_dir("docs").unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.retain(|page| page.extension().is_some_and(|kind| kind == "md"));
    pages.extend(["README.md", "CONTRIBUTING.md", "SECURITY.md"].map(PathBuf::from));
    let mut missing = Vec::new();
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        let codes = text.split('`').skip(1).step_by(2).flat_map(str::split_whitespace);
        let files = codes.filter(|code| ["src/", "tests/", "templates/"].iter().any(|top| code.starts_with(top)));
        for file in files.filter(|file| !file.contains(['*', '{', '<', '…', '\''])) {
            let file = file.trim_end_matches([',', '.', ':', ';']).split(':').next().unwrap_or_default();
            if !Path::new(file).exists() {
                missing.push(format!("{}: {file}", page.display()));
            }
        }
    }
    assert!(missing.is_empty(), "pages name files that are not there:\n{}", missing.join("\n"));
}
