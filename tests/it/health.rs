//! What machines ask: whether it is alive, whether it is ready, and how it fares.

use reqwest::Method;

use crate::security::headers::assert_protected;
use crate::support::actor::Actor;
use crate::support::app::{App, PASSWORD, on_postgres};
use crate::support::machine::Machine;
use crate::support::process::{add_tenant, run, serve, serve_acme};

#[actix_web::test]
async fn it_is_alive_and_ready_for_everybody_without_a_cookie() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    for (path, words) in [("/healthz", "alive\n"), ("/readyz", "ready\n")] {
        for actor in [&app.stranger(), &ann] {
            let answer = actor.request(Method::GET, path, None, &[]).await;
            assert_eq!((answer.status, answer.html.as_str()), (200, words));
            assert!(!answer.headers.contains_key("set-cookie"), "{path} sets a cookie");
            assert_protected(&answer, false, path);
        }
        assert_eq!(ann.request(Method::POST, path, Some(&[]), &[]).await.status, 404);
    }
}

/// The value of a series.
#[track_caller]
fn value(text: &str, series: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {series} in\n{text}")).parse().unwrap()
}

#[actix_web::test]
async fn metrics_are_on_a_listener_of_their_own_and_hold_nothing_personal() {
    let machine = Machine::new();
    let settings = machine.with(&[("TENANTRY_METRICS_LISTEN", "127.0.0.1:0")]);
    let added = add_tenant("Acme", "ann@acme.example", &settings);
    let mut serving = serve(&[], &settings);
    let ann = Actor::new(&serving.base);
    ann.submit(added.out.trim(), &[("password", PASSWORD)]).await.see_path("/customers");
    let beta = ann.submit("/customers/new", &[("title", "Beta & Sons")]).await.path;
    ann.get(&format!("{beta}?q=sonnenblume")).await.see_status(200);
    ann.get("/nowhere/sonnenblume").await.see_status(404);
    ann.request(Method::from_bytes(b"SONNENBLUME").unwrap(), "/customers", None, &[]).await.see_status(404);
    ann.submit("/administrators/new", &[("email", "bob@acme.example")]).await.see("is queued");

    let address = serving.line("Metrics are at ");
    let metrics = Actor::new(address.strip_suffix("/metrics").unwrap());
    let answer = metrics.request(Method::GET, "/metrics", None, &[]).await;
    assert_eq!(answer.status, 200);
    let kind = answer.headers["content-type"].to_str().unwrap();
    assert!(kind.starts_with("application/openmetrics-text; version=1.0.0"), "{kind}");
    let text = answer.html;
    assert!(text.ends_with("# EOF\n"), "{text}");
    assert_eq!(value(&text, r#"tenantry_requests_total{method="POST",route="/customers",status="303"}"#), 1.0);
    assert_eq!(value(&text, r#"tenantry_requests_total{method="GET",route="unknown",status="404"}"#), 1.0);
    assert_eq!(value(&text, r#"tenantry_requests_total{method="other",route="/customers",status="404"}"#), 1.0);
    assert!(value(&text, r#"tenantry_request_seconds_bucket{le="10.0",route="/customers/{id}"}"#) >= 2.0);
    assert!(value(&text, r#"tenantry_request_seconds_sum{route="/customers/{id}"}"#) > 0.0);
    assert_eq!(value(&text, r#"tenantry_rows{what="sessions"}"#), 1.0);
    assert_eq!(value(&text, r#"tenantry_rows{what="mails_failed"}"#), 0.0);
    assert_eq!(value(&text, "tenantry_database_reachable"), 1.0);
    assert_eq!(value(&text, "tenantry_hashing_waiting"), 0.0);
    assert!(value(&text, "tenantry_hashing_wait_seconds_count") >= 1.0);
    let pool = if on_postgres() { "database" } else { "writer" };
    assert_eq!(value(&text, &format!("tenantry_{pool}_waiting")), 0.0);
    assert!(value(&text, &format!("tenantry_{pool}_wait_seconds_count")) >= 1.0);
    let database = if on_postgres() { "postgres" } else { "sqlite" };
    assert!(text.contains(&format!("database=\"{database}\"")), "{text}");
    // No path, no id, no word of anybody.
    let token = added.out.trim().rsplit('/').next().unwrap();
    for word in ["sonnenblume", "SONNENBLUME", "Beta", "acme", "ann@", &beta[11..], token] {
        assert!(!text.contains(word), "{word} is in\n{text}");
    }
    // They are there, and nowhere else.
    assert_eq!(metrics.request(Method::GET, "/customers", None, &[]).await.status, 404);

    // When a backup was last made, whoever made it.
    let last = "tenantry_last_backup_timestamp_seconds";
    assert_eq!(value(&text, last), 0.0);
    let (backup, since) = (machine.dir.path().join("one.backup"), std::time::SystemTime::now());
    assert_eq!(run(&["backup", backup.to_str().unwrap()], &machine.with(&[])).code, Some(0));
    let text = metrics.request(Method::GET, "/metrics", None, &[]).await.html;
    let since = since.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
    assert!((since - 1.0..since + 600.0).contains(&value(&text, last)), "{text}");
    assert_eq!(ann.request(Method::GET, "/metrics", None, &[]).await.status, 404);
    serving.terminate();
    assert_eq!(serving.end().code, Some(0));
}

#[actix_web::test]
async fn a_request_is_a_line_of_json_if_asked() {
    let machine = Machine::new();
    let serving = serve(&[], &machine.with(&[("TENANTRY_LOG_FORMAT", "json")]));
    let ann = Actor::new(&serving.base);
    let answer = ann.request(Method::GET, "/sign-in?q=sonnenblume", None, &[]).await;
    let id = answer.headers["x-request-id"].to_str().unwrap().to_owned();
    let head = ann.request(Method::HEAD, "/sign-in", None, &[]).await;
    assert_eq!(head.status, 200);
    ann.get("/readyz").await.see_status(200);
    serving.terminate();
    let ended = serving.end();
    assert_eq!(ended.code, Some(0));
    let lines: Vec<serde_json::Value> = ended.err.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let requests: Vec<_> = lines.iter().filter(|line| line["message"] == "request").collect();
    assert_eq!(requests.len(), 2, "{}", ended.err);
    let line = requests.iter().find(|line| line["request_id"] == id.as_str()).unwrap();
    assert_eq!((&line["route"], &line["status"], &line["method"]), (&"/sign-in".into(), &200.into(), &"GET".into()));
    assert_eq!(line["bytes"], answer.html.len(), "{line}");
    assert!(line["micros"].as_u64().unwrap() > 0 && line["level"] == "INFO" && line["timestamp"].is_string(), "{line}");
    assert!(!ended.err.contains("sonnenblume") && !ended.err.contains("readyz"), "{}", ended.err);
}

#[actix_web::test]
async fn a_refused_request_is_a_line_that_says_who_sent_it_and_from_where() {
    let machine = Machine::new();
    let settings = [("TENANTRY_LOG_FORMAT", "json"), ("TENANTRY_TRUSTED_PROXIES", "127.0.0.1")];
    let (serving, ann) = serve_acme(&machine.with(&settings)).await;
    let (forwarded, nobody) = (&[("x-forwarded-for", "198.51.100.7")], Actor::new(&serving.base));
    let forged = ann.request(Method::POST, "/customers", Some(&[("title".into(), "Beta".into())]), forwarded).await;
    let absent = ann.request(Method::GET, "/customers/none", None, &[]).await;
    let strange = nobody.request(Method::POST, "/customers", Some(&[("title".into(), "Beta".into())]), forwarded).await;
    assert_eq!((forged.status, absent.status, strange.status), (403, 404, 401));
    let id = ann.get("/administrators").await.href("ann@acme.example").rsplit('/').next().unwrap().to_owned();
    serving.terminate();
    let ended = serving.end();
    let lines: Vec<serde_json::Value> = ended.err.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (answer, client, user) in [
        (&forged, "198.51.100.7", Some(id.as_str())),
        (&absent, "127.0.0.1", Some(id.as_str())),
        (&strange, "198.51.100.7", None),
    ] {
        let request_id = answer.headers["x-request-id"].to_str().unwrap();
        let line = lines.iter().find(|line| line["request_id"] == request_id && line["message"] == "request").unwrap();
        assert_eq!((line["client"].as_str(), line["user"].as_str()), (Some(client), user), "{line}");
        assert_eq!(line["status"], answer.status, "{line}");
    }
}
