//! Packs `static/` into the binary: style sheets joined into one, every file compressed ahead, all under one root
//! that carries their hash, so that browsers may keep them for ever and relative references just work.

#![allow(clippy::expect_used, reason = "a build that cannot read or write its files ends")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

fn main() {
    println!("cargo:rerun-if-changed=static");
    println!("cargo:rerun-if-changed=migrations");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let mut files = vec![("app.css".to_owned(), joined_css(Path::new("static/css")))];
    collect(Path::new("static"), "", &mut files);
    files.sort();

    let mut hash = Sha256::new();
    for (name, bytes) in &files {
        hash.update(name.as_bytes());
        hash.update(bytes);
    }
    let version: String = hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();

    let mut code = format!("const ROOT: &str = \"/static/{version}\";\nstatic FILES: &[File] = &[\n");
    for (at, (name, bytes)) in files.iter().enumerate() {
        for (kind, packed) in [("raw", bytes.clone()), ("br", brotli(bytes)), ("gz", gzip(bytes))] {
            fs::write(out.join(format!("asset{at}.{kind}")), packed).expect("OUT_DIR can be written");
        }
        let include = |kind| format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/asset{at}.{kind}\"))");
        code += &format!(
            "    File {{ name: {name:?}, mime: {:?}, raw: {}, br: {}, gz: {} }},\n",
            mime(name),
            include("raw"),
            include("br"),
            include("gz"),
        );
    }
    code += "];\n";
    fs::write(out.join("assets.rs"), code).expect("OUT_DIR can be written");
}

fn joined_css(dir: &Path) -> Vec<u8> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(dir).expect("static/css is there").map(|entry| entry.expect("readable").path()).collect();
    paths.sort();
    paths.iter().flat_map(|path| fs::read(path).expect("a readable style sheet")).collect()
}

fn collect(dir: &Path, prefix: &str, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(dir).expect("static is there") {
        let entry = entry.expect("readable");
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if !entry.path().is_dir() {
            files.push((name, fs::read(entry.path()).expect("a readable file")));
        } else if name != "css" {
            collect(&entry.path(), &format!("{name}/"), files);
        }
    }
}

fn mime(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml; charset=utf-8",
        Some("json") => "application/speculationrules+json",
        other => panic!("no media type is known for {name} ({other:?})"),
    }
}

fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let mut writer = brotli::CompressorWriter::new(&mut packed, 4096, 11, 22);
    writer.write_all(bytes).expect("memory");
    drop(writer);
    packed
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(bytes).expect("memory");
    writer.finish().expect("memory")
}
