//! Limits, hosts, slow clients, unknown paths: what is refused, and in which form.

use std::time::{Duration, Instant};

use perennial_server::limits;
use serde_json::Value;

use crate::harness::{QUESTION, Service};

fn assert_envelope(status: u16, code: &str, (found, body): (u16, Value)) {
    assert_eq!(found, status, "{body}");
    let error = &body["error"];
    assert_eq!(error["code"], code, "{body}");
    assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{body}");
    assert!(error["hint"].is_string(), "{body}");
}

#[tokio::test]
async fn a_question_may_be_exactly_as_large_as_the_limit() {
    let service = Service::start().await;
    let padded = |n_bytes: usize| {
        let mut body = QUESTION.as_bytes().to_vec();
        body.resize(n_bytes, b' ');
        body
    };
    for n_bytes in [limits::QUESTION_BYTES - 1, limits::QUESTION_BYTES] {
        let (status, answer) = service.json("POST", "/insights/retention", padded(n_bytes)).await;
        assert_eq!(status, 200, "{n_bytes}: {answer}");
    }
    let over =
        service.json("POST", "/insights/retention", padded(limits::QUESTION_BYTES + 1)).await;
    assert_envelope(413, "too_large", over);
    let over = service.json("POST", "/insights", padded(limits::QUESTION_BYTES + 1)).await;
    assert_envelope(413, "too_large", over);
    let (status, served) = service.json("GET", "/limits", "").await;
    assert_eq!(
        (status, served["question_bytes"].as_u64()),
        (200, Some(limits::QUESTION_BYTES as u64))
    );
}

#[tokio::test]
async fn as_many_questions_as_the_limit_are_answered_at_once() {
    let service = Service::start().await;
    let asked = |n: usize| {
        let one = format!("{{\"kind\":\"retention\",\"question\":{QUESTION}}}");
        format!("[{}]", vec![one; n].join(","))
    };
    let (status, answers) = service.json("POST", "/insights", asked(limits::QUESTIONS)).await;
    assert_eq!((status, answers.as_array().unwrap().len()), (200, limits::QUESTIONS));
    let over = service.json("POST", "/insights", asked(limits::QUESTIONS + 1)).await;
    assert_envelope(400, "bad_request", over);
}

#[tokio::test]
async fn a_page_of_dead_letters_is_bounded() {
    let service = Service::with_orders().await;
    let (_, imports) = service.json("GET", "/imports", "").await;
    let id = imports[0]["id"].as_str().unwrap();
    for (limit, status) in [(0, 400), (1, 200), (limits::LETTERS, 200), (limits::LETTERS + 1, 400)]
    {
        let path = format!("/imports/{id}/dead-letters?limit={limit}");
        let (found, body) = service.json("GET", &path, "").await;
        assert_eq!(found, status, "{limit}: {body}");
    }
    let (_, page) = service.json("GET", &format!("/imports/{id}/dead-letters"), "").await;
    assert_eq!(page["letters"][0]["reason"], "no_customer", "{page}");
    assert_eq!(page["letters"][0]["raw"], ",2024-02-11 09:00:00,o8,4,EUR");
}

#[tokio::test]
async fn every_error_has_the_one_form() {
    let service = Service::start().await;
    let cases = [
        ("GET", "/nothing/here", "", 404, "not_found"),
        ("POST", "/insights/rentention", "{}", 404, "not_found"),
        ("GET", "/imports/none", "", 404, "not_found"),
        ("POST", "/imports/none/undo", "", 404, "not_found"),
        ("GET", "/imports/none/dead-letters", "", 404, "not_found"),
        ("DELETE", "/imports", "", 405, "method_not_allowed"),
        ("GET", "/insights/retention", "", 405, "method_not_allowed"),
        ("POST", "/insights/retention", "{", 400, "bad_request"),
        ("POST", "/insights/retention", "[]", 400, "bad_request"),
        ("POST", "/insights/retention", "{\"perid\":1}", 400, "bad_question"),
        ("POST", "/insights/retention?format=pdf", "{}", 400, "bad_request"),
        ("POST", "/insights/retention?fromat=csv", "{}", 400, "bad_request"),
        ("POST", "/imports?preset=ordres", "x", 400, "bad_request"),
        ("POST", "/imports?zone=Mars/Olympus", "x", 400, "bad_request"),
        ("POST", "/imports?map=nonsense", "x", 400, "bad_request"),
        ("POST", "/imports?nonsense=1", "x", 400, "bad_request"),
        ("POST", "/imports?dry_run=true&name=empty.csv", "", 422, "empty_file"),
    ];
    for (method, path, body, status, code) in cases {
        assert_envelope(status, code, service.json(method, path, body).await);
    }
    let wrong_token = service.json("POST", "/imports/local", "{}").await;
    assert!(matches!(wrong_token.0, 400 | 403 | 415), "{wrong_token:?}");
}

#[tokio::test]
async fn a_question_without_an_honest_answer_is_a_refusal_and_no_error() {
    let service = Service::with_orders().await;
    let dollars = "customer,ts,order_id,amount,currency\nann,2024-02-01,o20,1,USD\n";
    service.import("?name=dollars.csv&preset=orders", dollars).await;
    let question = QUESTION.replacen('{', "{\"value\":{\"of\":\"amount\"},", 1);
    let (status, body) = service.json("POST", "/insights/retention", question).await;
    assert_eq!(
        (status, body["refused"]["code"].as_str()),
        (422, Some("mixed_currencies")),
        "{body}"
    );
}

#[tokio::test]
async fn a_host_that_is_not_this_machine_is_refused() {
    let service = Service::start().await;
    let ask = async |host: &str, more: &str| {
        let head = format!(
            "GET /api/v1/health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n"
        );
        service.raw(head.as_bytes()).await
    };
    let own = service.address.to_string();
    assert!(ask(&own, "").await.starts_with("HTTP/1.1 200"));
    for host in ["evil.example", "127.0.0.1.evil.example", "169.254.169.254", ""] {
        let reply = ask(host, "").await;
        assert!(
            reply.starts_with("HTTP/1.1 403") || reply.starts_with("HTTP/1.1 400"),
            "{host}: {reply}"
        );
        assert!(!reply.contains("\"snapshot\""), "{host}: {reply}");
    }
    let reply = ask(&own, "").await;
    for header in ["content-security-policy: default-src 'none'", "x-content-type-options: nosniff"]
    {
        assert!(reply.to_lowercase().contains(header), "{reply}");
    }
    let post = "POST /api/v1/insights HTTP/1.1";
    for site in ["cross-site", "same-site"] {
        let head = format!(
            "{post}\r\nHost: {own}\r\nSec-Fetch-Site: {site}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]"
        );
        let reply = service.raw(head.as_bytes()).await;
        assert!(
            reply.starts_with("HTTP/1.1 403") && reply.contains("\"forbidden\""),
            "{site}: {reply}"
        );
    }
}

#[tokio::test]
async fn a_head_that_never_ends_is_cut_off() {
    let service = Service::start().await;
    let started = Instant::now();
    let waiting = service.raw(b"GET /api/v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ");
    let reply =
        tokio::time::timeout(Duration::from_secs(limits::HEAD_SECONDS * 3), waiting).await.unwrap();
    assert!(started.elapsed() >= Duration::from_secs(limits::HEAD_SECONDS - 1), "{reply}");
    assert!(!reply.starts_with("HTTP/1.1 200"), "{reply}");
    // Whoever else asks is not held up.
    assert_eq!(service.json("GET", "/health", "").await.0, 200);
}

#[tokio::test]
async fn a_body_that_stops_coming_is_given_up() {
    let service = Service::start().await;
    for path in ["insights/retention", "imports?preset=orders"] {
        let head = format!(
            "POST /api/v1/{path} HTTP/1.1\r\nHost: {}\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{{",
            service.address
        );
        let reply = tokio::time::timeout(
            Duration::from_secs(limits::IDLE_SECONDS * 3),
            service.raw(head.as_bytes()),
        );
        let reply = reply.await.unwrap();
        assert!(reply.starts_with("HTTP/1.1 408") && reply.contains("too_slow"), "{path}: {reply}");
    }
}

#[tokio::test]
async fn ambiguous_requests_are_not_guessed_at() {
    let service = Service::start().await;
    let host = service.address;
    for head in [
        format!(
            "POST /api/v1/insights HTTP/1.1\r\nHost: {host}\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n[] "
        ),
        format!("GET /api/v1/health HTTP/1.1\r\nHost: {host}\r\nX: a\0b\r\n\r\n"),
        "GET /api/v1/health HTTP/1.1\r\nConnection: close\r\n\r\n".to_owned(),
    ] {
        let reply = service.raw(head.as_bytes()).await;
        assert!(
            reply.starts_with("HTTP/1.1 400") || reply.starts_with("HTTP/1.1 403"),
            "{head}: {reply}"
        );
    }
}
