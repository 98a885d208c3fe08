//! A thief has a copy of the database, the secret key and the program, and makes up whatever can be made up with them.

use std::collections::BTreeSet;

use actix_web::cookie::{Cookie, CookieJar, Key};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::support::actor::Actor;
use crate::support::app::{App, PASSWORD, on_postgres};
use crate::support::promise::{keep, size};
use crate::support::records::Records;
use crate::support::smtp::Mode;

/// What sealed values are sealed for, now or in earlier versions.
const PURPOSES: [&str; 7] = ["sign-in", "answer", "mail", "kept", "flash", "browser", "session"];

struct Thief<'a> {
    app: &'a App,
    tenants: Vec<String>,
    rows: Vec<String>,
    tried: usize,
    opened: usize,
    /// What signed in or worked.
    won: Vec<String>,
}

impl<'a> Thief<'a> {
    fn new(app: &'a App) -> Self {
        let mut records = Records::of(app);
        let id = if on_postgres() { "id::text" } else { "lower(hex(id))" };
        let tenants = records.lines(&format!("select {id} as line from tenants"));
        let rows = records.all().lines().to_vec();
        Self { app, tenants: tenants.iter().map(|id| dashed(id)).collect(), rows, tried: 0, opened: 0, won: Vec::new() }
    }

    /// All bytes that are stored in tables whose names begin so.
    fn bytes(&self, table: &str) -> BTreeSet<Vec<u8>> {
        let rows = self.rows.iter().filter(|row| row.starts_with(table));
        let runs = rows.flat_map(|row| row.split(|c: char| !c.is_ascii_hexdigit()));
        runs.filter(|run| run.len() >= 64 && run.len() % 2 == 0).map(unhex).collect()
    }

    async fn try_link(&mut self, token: &str) {
        for page in ["activate", "reset-password", "setup"] {
            self.tried += 1;
            let address = format!("/{page}/{token}");
            if self.app.stranger().get(&address).await.status == 200 {
                self.won.push(address);
            }
        }
    }

    /// A session cookie around a token, signed as the program does.
    fn session_cookie(&self, tenant: &str, token: &str) -> String {
        let mut jar = CookieJar::new();
        let key = Key::from(&self.app.shared.secrets.cookie_key());
        jar.signed_mut(&key).add(Cookie::new("session", format!("{tenant}.{token}")));
        jar.get("session").unwrap().value().to_owned()
    }

    async fn is_in(&self, cookie: &str) -> bool {
        let actor = self.app.stranger();
        actor.set_cookie("session", cookie);
        actor.request(reqwest::Method::GET, "/account", None, &[]).await.status == 200
    }

    async fn try_session(&mut self, token: &str) {
        for tenant in self.tenants.clone() {
            self.tried += 1;
            if self.is_in(&self.session_cookie(&tenant, token)).await {
                self.won.push(format!("a session of {tenant}"));
            }
        }
    }

    /// Says that a password matched.
    async fn try_choice(&mut self, proof: &str) {
        let actor = self.app.stranger();
        let csrf = actor.get("/sign-in").await.value("input[name=csrf]");
        for tenant in self.tenants.clone() {
            self.tried += 1;
            let form = [("csrf", csrf.as_str()), ("proof", proof), ("tenant", &tenant)];
            let form = form.map(|(name, value)| (name.to_owned(), value.to_owned()));
            if actor.post("/sign-in", &form).await.status == 303 {
                self.won.push(format!("a choice of {tenant}"));
            }
        }
    }

    async fn try_token(&mut self, token: &str) {
        self.try_link(token).await;
        self.try_session(token).await;
        for home in self.tenants.clone() {
            self.try_choice(&format!("{home}.{token}")).await;
        }
    }

    fn seal(&self, purpose: &str, text: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.app.shared.secrets.seal(purpose, text.as_bytes()).ok().unwrap())
    }

    /// A form as if it came from a page of somebody's session.
    async fn try_form(&mut self, victim: &Actor, session: &str) {
        let token = self.app.shared.secrets.mac("csrf session", session.as_bytes());
        let csrf = URL_SAFE_NO_PAD.encode([&[0; 32][..], &token].concat());
        self.tried += 1;
        let form = [("csrf".to_owned(), csrf), ("title".to_owned(), "Forged".to_owned())];
        if victim.post("/customers", &form).await.status != 403 {
            self.won.push("a form".into());
        }
    }
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(digit).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn dashed(id: &str) -> String {
    let id = id.replace('-', "");
    [&id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..]].join("-")
}

/// What is as long as a token in some text.
fn tokens(text: &str) -> BTreeSet<String> {
    let parts = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'));
    parts.filter(|part| part.len() == 43).map(str::to_owned).collect()
}

#[actix_web::test]
async fn whoever_has_the_database_and_the_key_signs_in_as_nobody() {
    let (app, sink) = App::with_mail().await;
    let (acme, other) = (app.tenant("Acme").await, app.tenant_of("Other", "mia@beta.example").await);
    let beta = acme.customer("Beta").await;
    acme.user(&beta, "mia@beta.example").await;
    let ann = acme.admin().await;
    // All that is under way: somebody chooses a tenant, mails wait, one of them after a try; links were just displayed.
    let asked = app.stranger().sign_in("mia@beta.example", PASSWORD).await;
    assert_eq!(asked.h1(), "Choose a tenant");
    sink.set_mode(Mode::CutAfterData);
    let users = format!("{beta}/users");
    for n in 0..size(10, 2) {
        let displayed = acme.invite(&beta, &format!("jo{n}@beta.example")).await;
        app.stranger().get(&displayed).await.see_status(200);
        ann.submit(&format!("{users}/new"), &[("email", &format!("cy{n}@beta.example"))]).await.see("is queued");
        ann.submit("/administrators/new", &[("email", &format!("bob{n}@acme.example"))]).await.see("is queued");
    }
    sink.set_mode(Mode::Closed);
    app.stranger().submit("/forgot-password", &[("email", "mia@beta.example")]).await.see_status(200);
    let mut records = Records::of(&app);
    records.wait_until("select count(*) from links where kind = 'reset'", |n| n == 2).await;
    let mut thief = Thief::new(&app);

    // What is made up like this works where the secret itself is known: so it is made up rightly.
    let cookie = ann.cookie("session").unwrap();
    let (key, secret) = cookie.rsplit_once('.').unwrap();
    let tenant = &key[key.len() - 36..];
    assert!(thief.is_in(&thief.session_cookie(tenant, secret)).await);

    // Whatever is stored, taken for a secret.
    let stored = thief.bytes("");
    for bytes in stored.iter().filter(|bytes| bytes.len() == 32) {
        thief.try_token(&URL_SAFE_NO_PAD.encode(bytes)).await;
    }
    // Whatever is sealed, opened.
    for bytes in &stored {
        for purpose in PURPOSES {
            let Some(plain) = app.shared.secrets.open(purpose, bytes) else { continue };
            thief.opened += 1;
            for token in tokens(&String::from_utf8_lossy(&plain)) {
                thief.try_token(&token).await;
            }
        }
    }
    assert!(thief.opened > 4, "answers and mails that wait were not opened");
    // A sealed proof that a password matched, for everybody, as an earlier version made them.
    let id = |column: &str| if on_postgres() { format!("{column}::text") } else { format!("lower(hex({column}))") };
    let people = records.lines(&format!(
        "select {} || ' ' || {} || ' ' || password_hash || ' ' || email as line from users where password_hash is not null",
        id("tenant_id"),
        id("id")
    ));
    assert!(people.len() > 2);
    for person in &people {
        let [tenant, user, hash, email] = person.split(' ').collect::<Vec<_>>()[..] else { panic!("{person}") };
        let (tenant, user, stand) = (dashed(tenant), dashed(user), hex(&Sha256::digest(hash)));
        let matched = format!("[[\"{tenant}\",\"{user}\",true,\"{stand}\"]]");
        let proof = format!("{{\"until\":{},\"email\":\"{email}\",\"matched\":{matched}}}", i64::MAX);
        for purpose in PURPOSES {
            let sealed = thief.seal(purpose, &proof);
            thief.try_choice(&sealed).await;
            thief.try_session(&sealed).await;
        }
    }
    // Forms of sessions that go on.
    let sessions = thief.bytes("sessions ");
    assert!(sessions.len() > 3);
    for session in sessions {
        thief.try_form(&ann, &hex(&session)).await;
        thief.try_form(&ann, &URL_SAFE_NO_PAD.encode(&session)).await;
    }

    let seen = format!("{} forged: {} worked {:?}", thief.tried, thief.won.len(), thief.won);
    let kept = thief.won.is_empty();
    // What was stolen goes on working for whom it belongs to.
    assert_eq!(ann.get("/customers").await.path, "/customers");
    keep("A stolen backup or database signs nobody in", seen.trim_end_matches(" []"), "0 worked", kept);
    drop(other);
}

#[actix_web::test]
async fn no_browser_can_be_made_up_to_guess_more_often() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let mia = acme.user(&acme.customer("Beta").await, "mia@beta.example").await;
    let guess = async |actor: &Actor| actor.sign_in("mia@beta.example", "a guess").await.status;
    let stranger = app.stranger();
    for n in 0..11 {
        assert_eq!(guess(&stranger).await, if n < 10 { 422 } else { 429 });
    }
    let person = Records::of(&app).lines(&if on_postgres() {
        "select id::text || ' ' || password_hash as line from users where email = 'mia@beta.example'".to_owned()
    } else {
        "select lower(hex(id)) || ' ' || password_hash as line from users where email = 'mia@beta.example'".to_owned()
    });
    let (user, hash) = person[0].split_once(' ').unwrap();
    // As an earlier version told known browsers: by codes that the key makes.
    let code = |purpose: &str, name: &[u8], data: &str| {
        app.shared.secrets.mac(purpose, &[name, data.as_bytes()].concat())[..16].to_vec()
    };
    let mut cookies = Vec::new();
    for name in [[1; 16], [2; 16]] {
        let address = code("browser address", &name, "mia@beta.example");
        let password = code("browser password", &name, &format!("{} {}", dashed(user), hex(&Sha256::digest(hash))));
        cookies.push(URL_SAFE_NO_PAD.encode([&name[..], &address, &password].concat()));
    }
    let thief = Thief::new(&app);
    cookies.extend(thief.bytes("").iter().filter(|bytes| bytes.len() == 32).map(|b| URL_SAFE_NO_PAD.encode(b)));
    assert!(cookies.len() > 4);
    for cookie in cookies {
        let actor = app.stranger();
        actor.set_cookie("browser", &cookie);
        assert_eq!(guess(&actor).await, 429, "{cookie}");
    }
    // The owner is known by what they alone have, until they get another password.
    mia.press(&mia.get("/account").await, "Sign out").await.see("You are signed out.");
    mia.sign_in("mia@beta.example", PASSWORD).await.see_path("/home");
    let old = mia.cookie("browser").unwrap();
    let form = [("current_password", PASSWORD), ("password", "walrus mango piano 9")];
    mia.submit("/account", &form).await.see("Your password was changed.");
    let again = app.stranger();
    again.set_cookie("browser", &old);
    assert_eq!(guess(&again).await, 422, "the browser in which the password was changed is known still");
}
