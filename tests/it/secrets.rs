//! Secrets are in the hands of those they were given to, and nowhere else: not in the database, not in the log.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::support::actor::Actor;
use crate::support::app::{PASSWORD, on_postgres};
use crate::support::machine::Machine;
use crate::support::process::{add_tenant, run, serve};
use crate::support::promise::{keep, size};
use crate::support::records::Records;
use crate::support::smtp::{Mode, Security, Sink};

const CHANGED: &str = "walrus mango piano 9";
const MISTYPED: &str = "tundra velvet oboe 77";

/// Secrets of a run, each in the forms in which it could have been kept.
#[derive(Default)]
struct Known(Vec<Vec<u8>>);

impl Known {
    /// What people type.
    fn word(&mut self, word: &str) {
        let bytes = word.as_bytes();
        self.0.push(bytes.to_vec());
        self.0.push(hex(bytes).into_bytes());
        self.0.push(hex(bytes).to_uppercase().into_bytes());
        self.0.push(base64::engine::general_purpose::STANDARD_NO_PAD.encode(bytes).into_bytes());
    }

    /// What is 32 bytes of chance, as it stands in a link or cookie.
    fn token(&mut self, token: &str) {
        assert_eq!(token.len(), 43, "{token}");
        let bytes = URL_SAFE_NO_PAD.decode(token).unwrap();
        self.word(token);
        self.0.push(hex(&bytes).into_bytes());
        self.0.push(hex(&bytes).to_uppercase().into_bytes());
        self.0.push(bytes);
    }

    /// The token at the end of a link.
    fn link(&mut self, link: &str) {
        self.token(link.trim().rsplit('/').next().unwrap());
    }

    /// The key in the cookie of a session.
    fn session(&mut self, actor: &Actor) {
        let cookie = actor.cookie("session").unwrap();
        self.token(&cookie[cookie.len() - 43..]);
    }

    /// Which of them are in some bytes.
    fn hits(&self, haystack: &[u8]) -> Vec<String> {
        let found = self.0.iter().filter(|secret| contains(haystack, secret));
        found.map(|secret| String::from_utf8_lossy(secret).into_owned()).collect()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    let mut rest = haystack;
    while let Some(at) = rest.iter().position(|byte| *byte == needle[0]) {
        if rest[at..].starts_with(needle) {
            return true;
        }
        rest = &rest[at + 1..];
    }
    false
}

/// Everything that is in the database: each row as text, and on SQLite the bytes of its files.
fn kept(machine: &Machine) -> Vec<u8> {
    let mut all = Vec::new();
    for row in Records::at(&machine.url()).all().lines() {
        all.extend_from_slice(row.as_bytes());
        all.push(b'\n');
    }
    if !on_postgres() {
        for file in ["tenantry.db", "tenantry.db-wal"] {
            all.extend(std::fs::read(machine.data_dir().join(file)).unwrap_or_default());
        }
    }
    all
}

#[actix_web::test]
async fn no_token_session_or_password_is_in_the_database_or_the_log() {
    let (machine, sink) = (Machine::new(), Sink::start(Security::None));
    sink.require_login("tenantry", "password of the mail server");
    let url = sink.url();
    let settings = machine.with(&[("SMTP_URL", &url), ("TENANTRY_LOG", "trace")]);
    let mut known = Known::default();
    for word in [PASSWORD, CHANGED, MISTYPED, "password of the mail server", "password%20of%20the%20mail%20server"] {
        known.word(word);
    }
    let mut serving = serve(&[], &settings);
    let set_up = serving.setup_link();
    known.link(&set_up);
    let added = add_tenant("Acme", "ann@acme.example", &settings);
    known.link(&added.out);
    let ann = Actor::new(&serving.base);
    ann.get(&set_up).await.see_status(410);
    ann.submit(added.out.trim(), &[("password", PASSWORD)]).await.see_path("/customers");
    known.session(&ann);
    let beta = ann.submit("/customers/new", &[("title", "Beta")]).await.path;
    let users = format!("{beta}/users");

    // Links of every kind: mailed, displayed, used, replaced, and for a reset.
    let form = [("email", "jo@beta.example"), ("activation_method", "link")];
    known.link(&ann.submit(&format!("{users}/new"), &form).await.value("#link"));
    ann.submit(&format!("{users}/new"), &[("email", "mia@beta.example")]).await.see("is queued");
    let mail = sink.mail_to("mia@beta.example").await;
    known.link(mail.links()[0]);
    let mia = Actor::new(&serving.base);
    mia.submit(mail.links()[0], &[("password", "short")]).await.see_status(422);
    mia.submit(mail.links()[0], &[("password", PASSWORD)]).await.see_path("/home");
    known.session(&mia);
    let path = ann.get(&users).await.href("jo@beta.example");
    known.link(&ann.press(&ann.get(&path).await, "Display activation link").await.value("#link"));
    mia.submit("/forgot-password", &[("email", "mia@beta.example")]).await;
    let reset = sink.mail_to("mia@beta.example").await;
    known.link(reset.links()[0]);
    let phone = Actor::new(&serving.base);
    phone.sign_in("mia@beta.example", MISTYPED).await.see_status(422);
    phone.sign_in("mia@beta.example", PASSWORD).await.see_path("/home");
    known.session(&phone);
    let form = [("current_password", PASSWORD), ("password", CHANGED)];
    phone.submit("/account", &form).await.see("Your password was changed.");
    known.session(&phone);
    // Many more people, each with a link, a password and a session of their own.
    for n in 0..size(25, 0) {
        let (email, password) = (format!("more{n}@beta.example"), format!("opal {n} lantern fjord"));
        let form = [("email", email.as_str()), ("activation_method", "link")];
        let link = ann.submit(&format!("{users}/new"), &form).await.value("#link");
        let person = Actor::new(&serving.base);
        person.submit(&link, &[("password", &password)]).await.see_path("/home");
        known.link(&link);
        known.word(&password);
        known.session(&person);
    }
    // A mail that waits is in the database, but sealed.
    sink.set_mode(Mode::CutAfterData);
    ann.submit(&format!("{users}/new"), &[("email", "late@beta.example")]).await.see("is queued");
    known.link(sink.mail_to("late@beta.example").await.links()[0]);
    ann.get_until(&users, "Mail failed, tried again").await;
    // What leads nowhere is no secret of ours, but may have been one: a link with a slip of the finger.
    mia.get(&format!("{}x", reset.links()[0])).await.see_status(404);

    let backup = machine.dir.path().join("one.backup");
    let made = tokio::task::spawn_blocking({
        let (settings, backup) = (machine.with(&[]), backup.clone());
        move || run(&["backup", backup.to_str().unwrap()], &settings)
    });
    assert_eq!(made.await.unwrap().code, Some(0));
    let backup = std::fs::read(backup).unwrap();
    assert!(on_postgres() || contains(&backup, b"late@beta.example"), "the backup was not read");
    let (mut hits, mut searched) = (Vec::new(), 0);
    let mut search = |bytes: &[u8]| {
        hits.extend(known.hits(bytes));
        searched += bytes.len();
    };
    search(&backup);
    let database = kept(&machine);
    assert!(contains(&database, b"late@beta.example"), "the database was not read");
    search(&database);
    serving.terminate();
    let ended = serving.end();
    assert_eq!(ended.code, Some(0));
    search(&kept(&machine));
    assert!(ended.err.contains("route=\"/activate/{token}\""), "requests were not logged");
    search(ended.err.as_bytes());
    // The link for the first start is printed, and that is all.
    let printed = ended.out.replace(&set_up, "");
    search(printed.as_bytes());
    let forms = known.0.len();
    let seen = format!("{forms} forms of secrets in {} kB: {} hits {hits:?}", searched / 1000, hits.len());
    let promise = "Secrets are in no database, backup or log";
    keep(promise, seen.trim_end_matches(" []"), "0 hits", hits.is_empty());
}

#[actix_web::test]
async fn pages_that_are_wrong_or_faulty_keep_secrets_as_well() {
    let machine = Machine::new();
    let settings = machine.with(&[("TENANTRY_LOG", "trace")]);
    let added = add_tenant("Acme", "ann@acme.example", &settings);
    let serving = serve(&[], &settings);
    let mut known = Known::default();
    known.link(&added.out);
    known.word(PASSWORD);
    let ann = Actor::new(&serving.base);
    let page = ann.get(added.out.trim()).await;
    let (action, mut form) = page.filled(&[("password", PASSWORD)]);
    // No token, a doubled and an unknown key, no form at all, another method, too large.
    ann.post(&action, &[("password".into(), PASSWORD.into())]).await.see_status(403);
    form.push(("password".into(), PASSWORD.into()));
    ann.post(&action, &form).await.see_status(400);
    form.push(("again".into(), PASSWORD.into()));
    ann.post(&action, &form).await.see_status(400);
    ann.request(reqwest::Method::PUT, &action, Some(&form), &[]).await.see_status(404);
    form.push(("large".into(), PASSWORD.repeat(8000)));
    ann.post(&action, &form).await.see_status(413);
    ann.get(&format!("{action}?password={}", "tundra+velvet+oboe+7")).await.see_status(200);
    ann.get(&format!("{action}/../{}", "x")).await;
    serving.terminate();
    let ended = serving.end();
    assert!(ended.err.lines().count() > 5, "{}", ended.err);
    assert_eq!(known.hits(ended.err.as_bytes()), Vec::<String>::new());
}
