//! Settings: where they come from, and what a wrong one says.

use crate::support::actor::Actor;
use crate::support::app::{SECRET_KEY, on_postgres};
use crate::support::machine::Machine;
use crate::support::process::{UNSET, run, serve};

#[test]
fn the_help_lists_every_setting() {
    for (name, arguments) in [("help", vec!["--help"]), ("help_of_serve", vec!["serve", "--help"])] {
        let help = run(&arguments, UNSET);
        assert_eq!((help.code, help.err.as_str()), (Some(0), ""));
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(name, help.out) });
    }
    for command in ["demo", "tenant", "import", "export", "migrate"] {
        assert!(run(&["--help"], UNSET).out.contains(&format!("\n  {command} ")), "{command}");
        assert_eq!(run(&[command, "--help"], UNSET).code, Some(0));
    }
    // What a secret is set to is not told.
    let secret =
        run(&["--help"], &[("TENANTRY_SECRET_KEY", "s3cr3t"), ("SMTP_URL", "s3cr3t"), ("DATABASE_URL", "s3cr3t")]);
    assert!(!secret.out.contains("s3cr3t"), "{}", secret.out);
}

#[test]
fn each_wrong_setting_is_one_line_that_names_it_before_anything_is_opened() {
    let machine = Machine::new();
    let file = machine.dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let below_a_file = file.join("data").to_str().unwrap().to_owned();
    for (setting, value, command) in [
        ("TENANTRY_LISTEN", "", "serve"),
        ("TENANTRY_LISTEN", "localhost:8080", "serve"),
        ("TENANTRY_LISTEN", "127.0.0.1", "serve"),
        ("TENANTRY_LISTEN", "127.0.0.1:99999", "serve"),
        ("TENANTRY_PUBLIC_URL", "tenantry.example", "serve"),
        ("TENANTRY_PUBLIC_URL", "ftp://tenantry.example", "serve"),
        ("TENANTRY_PUBLIC_URL", "https://", "serve"),
        ("TENANTRY_PUBLIC_URL", "https://tenantry.example/app", "serve"),
        ("TENANTRY_PUBLIC_URL", "https://tenantry.example?a=b", "serve"),
        ("TENANTRY_PUBLIC_URL", "https://ann@tenantry.example", "serve"),
        ("TENANTRY_DATA_DIR", "", "serve"),
        ("TENANTRY_DATA_DIR", &below_a_file, "serve"),
        ("TENANTRY_DATA_DIR", &below_a_file, "migrate"),
        ("DATABASE_URL", "mysql://ann:hunter2@db.example/tenantry", "serve"),
        ("DATABASE_URL", "tenantry.db", "serve"),
        ("DATABASE_URL", "sqlite:", "serve"),
        ("DATABASE_URL", "postgres://ann:hunter2@db.example:99999/tenantry", "serve"),
        ("DATABASE_URL", "mysql://ann:hunter2@db.example/tenantry", "demo"),
        ("DATABASE_URL", "mysql://ann:hunter2@db.example/tenantry", "migrate"),
        ("SMTP_URL", "http://mail.example", "serve"),
        ("SMTP_URL", "mail.example", "serve"),
        ("SMTP_URL", "smtp://ann:hunter2@", "serve"),
        ("SMTP_URL", "smtp://ann:hunter2@mail.example?tls=perhaps", "serve"),
        ("MAIL_FROM", "", "serve"),
        ("MAIL_FROM", "nobody", "serve"),
        ("MAIL_FROM", "Tenantry <no-reply@example.com", "serve"),
        ("TENANTRY_SECRET_KEY", "hunter2", "serve"),
        ("TENANTRY_SECRET_KEY", "hunter2", "demo"),
        ("TENANTRY_ACTIVATION_HOURS", "", "serve"),
        ("TENANTRY_ACTIVATION_HOURS", "0", "serve"),
        ("TENANTRY_ACTIVATION_HOURS", "721", "serve"),
        ("TENANTRY_ACTIVATION_HOURS", "1.5", "serve"),
        ("TENANTRY_ACTIVATION_HOURS", "-1", "serve"),
        ("TENANTRY_USER_IDLE", "", "serve"),
        ("TENANTRY_USER_IDLE", "8", "serve"),
        ("TENANTRY_USER_SESSION", "366d", "serve"),
        ("TENANTRY_ADMINISTRATOR_IDLE", "4m", "serve"),
        ("TENANTRY_ADMINISTRATOR_SESSION", "12 hours", "serve"),
        ("TENANTRY_TRUSTED_PROXIES", "proxy.example", "serve"),
        ("TENANTRY_TRUSTED_PROXIES", "10.0.0.0/33", "serve"),
        ("TENANTRY_IMPORT_LIMIT", "", "serve"),
        ("TENANTRY_IMPORT_LIMIT", "0", "serve"),
        ("TENANTRY_IMPORT_LIMIT", "1 GB", "serve"),
        ("TENANTRY_LOG", "tenantry=loud", "serve"),
        ("TENANTRY_LOG", "=", "serve"),
        ("TENANTRY_LOG_FORMAT", "", "serve"),
        ("TENANTRY_LOG_FORMAT", "xml", "serve"),
        ("TENANTRY_METRICS_LISTEN", "nonsense", "serve"),
        ("TENANTRY_METRICS_LISTEN", "127.0.0.1", "serve"),
        // On PostgreSQL every process needs the same key.
        ("TENANTRY_SECRET_KEY", "", "serve"),
    ] {
        let elsewhere = ("DATABASE_URL", "postgres://ann:hunter2@127.0.0.1:1/tenantry");
        let settings = match (setting, value) {
            ("TENANTRY_SECRET_KEY", "") => machine.with(&[(setting, value), elsewhere]),
            _ => machine.with(&[(setting, value)]),
        };
        let ended = run(&[command], &settings);
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{setting}={value}: {}", ended.err);
        let line = ended.err.strip_suffix('\n').unwrap();
        assert!(line.starts_with(&format!("tenantry: {setting} ")), "{setting}={value}: {line}");
        assert_eq!(line.lines().count(), 1, "{setting}={value}: {line}");
        assert!(!line.contains("hunter2"), "a password is in {line}");
        assert!(!machine.dir.path().join("data").exists(), "{setting}={value} opened something");
    }
}

#[test]
fn wrong_usage_is_refused() {
    for arguments in [
        vec!["--nonsense"],
        vec!["nonsense"],
        vec!["serve", "extra"],
        vec!["demo", "--customers", "many"],
        vec!["demo", "--customers", "-1"],
        vec!["tenant", "add"],
        vec!["tenant", "add", "Acme"],
        vec!["tenant", "export", "Acme"],
        vec!["tenant", "import"],
        vec!["tenant", "delete", "Acme"],
        vec!["--data-dir", "x", "migrate"],
    ] {
        let ended = run(&arguments, UNSET);
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{arguments:?}: {}", ended.err);
        assert!(ended.err.starts_with("error: "), "{arguments:?}: {}", ended.err);
    }
}

#[actix_web::test]
async fn without_arguments_it_serves_on_a_free_port_and_prints_which() {
    let machine = Machine::new();
    for arguments in [&[][..], &["serve"][..]] {
        let serving = serve(arguments, &machine.with(&[]));
        let port: u16 = serving.base.strip_prefix("http://127.0.0.1:").unwrap().parse().unwrap();
        assert_ne!(port, 0);
        Actor::new(&serving.base).get("/").await.see_path("/sign-in").see_status(200);
        serving.terminate();
        let ended = serving.end();
        assert_eq!(ended.code, Some(0));
        assert!(ended.out.contains("Set up the tenant and its first administrator, once, at:"), "{}", ended.out);
        let files =
            format!("No mail server is set (SMTP_URL): mails are written to {}/mail", machine.data_dir().display());
        assert!(ended.out.contains(&files), "{}", ended.out);
        // The log is no result, and has no colours where nobody looks.
        assert!(ended.err.contains("route=\"/sign-in\" status=200"), "{}", ended.err);
        assert!(!ended.err.contains('\u{1b}') && !ended.out.contains("route="), "{}", ended.err);
    }
}

#[actix_web::test]
async fn flags_come_before_the_environment_and_a_public_url_before_the_address() {
    let machine = Machine::new();
    let settings =
        machine.with(&[("TENANTRY_PUBLIC_URL", "https://tenantry.example/"), ("TENANTRY_ACTIVATION_HOURS", "none")]);
    let mut serving = serve(&["--activation-hours", "5"], &settings);
    assert_eq!(serving.line("Tenantry is ready at "), "https://tenantry.example");
    let link = serving.line("  https://tenantry.example/setup/");
    Actor::new(&serving.base).get(&format!("/setup/{link}")).await.see("Set up Tenantry");
}

#[test]
fn an_address_in_use_is_named() {
    let machine = Machine::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ended = run(&[], &machine.with(&[("TENANTRY_LISTEN", &address)]));
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
    assert!(ended.err.starts_with(&format!("tenantry: TENANTRY_LISTEN {address} cannot be used: ")), "{}", ended.err);
}

#[test]
fn a_database_that_cannot_be_opened_is_told_in_its_own_words() {
    let machine = Machine::new();
    let nowhere = machine.dir.path().join("no/such/tenantry.db");
    let mut cases = vec![(format!("sqlite:{}", nowhere.display()), "unable to open database file", 2)];
    cases.push(("postgres://tenantry:hunter2@127.0.0.1:1/tenantry".into(), "Connection refused", 1));
    cases.push(("postgres://tenantry:hunter2@127.0.0.1:1/tenantry?sslmode=nonsense".into(), "sslmode", 2));
    if let Some(database) = &machine.database {
        let mut url = url::Url::parse(&database.url()).unwrap();
        url.set_password(Some("hunter2")).unwrap();
        cases.push((url.to_string(), "password authentication failed for user \"tenantry\"", 2));
        url.set_password(url::Url::parse(&database.url()).unwrap().password()).unwrap();
        url.set_path("hunter2_not_there");
        cases.push((url.to_string(), "database \"hunter2_not_there\" does not exist", 2));
    }
    for (url, words, code) in cases {
        for command in ["serve", "migrate", "demo"] {
            if code == 1 && command == "serve" {
                continue; // A database that does not answer is waited for.
            }
            let listen = ("TENANTRY_LISTEN", "127.0.0.1:0");
            let settings = machine.with(&[("DATABASE_URL", &url), ("TENANTRY_SECRET_KEY", SECRET_KEY), listen]);
            let ended = run(&[command], &settings);
            assert_eq!((ended.code, ended.out.as_str()), (Some(code), ""), "{url}");
            assert_eq!(ended.err.lines().count(), 1, "{}", ended.err);
            assert!(ended.err.contains(words), "{}", ended.err);
            assert!(!ended.err.contains("hunter2@") && !ended.err.contains(":hunter2"), "{}", ended.err);
            assert!(url.contains("not_there") || !ended.err.contains("hunter2"), "{}", ended.err);
        }
    }
}

#[test]
fn a_damaged_key_is_not_replaced() {
    if on_postgres() {
        return; // There the key is a setting.
    }
    let machine = Machine::new();
    assert_eq!(run(&["migrate"], &machine.with(&[])).code, Some(0));
    let key = machine.data_dir().join("secret.key");
    let first = std::fs::read(&key).unwrap();
    assert_eq!(first.len(), 32);
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(run(&["migrate"], &machine.with(&[])).code, Some(0));
    assert_eq!(std::fs::read(&key).unwrap(), first);
    std::fs::write(&key, "short").unwrap();
    let ended = run(&["serve"], &machine.with(&[]));
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.contains("secret.key is damaged: it holds fewer than 32 bytes"), "{}", ended.err);
    assert_eq!(std::fs::read(&key).unwrap(), b"short");
}
