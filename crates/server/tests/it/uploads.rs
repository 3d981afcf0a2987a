//! A file sent over HTTP, from its bytes to an answer.

use serde_json::json;

use crate::harness::{ORDERS, QUESTION, Service};

#[tokio::test]
async fn a_file_is_looked_at_taken_in_asked_about_and_taken_back() {
    let service = Service::start().await;
    let (status, look) =
        service.json("POST", "/imports?dry_run=true&name=orders.csv&preset=orders", ORDERS).await;
    assert_eq!(status, 200, "{look}");
    assert_eq!(look["detected"]["delimiter"], ",");
    assert_eq!(look["counts"]["accepted"], 4);
    assert_eq!(look["rows"][0]["amount"], "10.50");
    assert_eq!(service.json("GET", "/catalog", "").await.1["n_events"], 0);
    let report = service.import("?name=orders.csv&preset=orders", ORDERS).await;
    assert_eq!(report["state"], "done", "{report}");
    let counts =
        ["read", "accepted", "rejected", "duplicate"].map(|name| report[name].as_u64().unwrap());
    assert_eq!(counts, [5, 4, 1, 0]);
    let (_, catalog) = service.json("GET", "/catalog", "").await;
    assert_eq!((catalog["n_events"].as_u64(), catalog["n_customers"].as_u64()), (Some(4), Some(2)));
    let (status, answer) = service.json("POST", "/insights/retention", QUESTION).await;
    assert_eq!((status, answer["cohorts"][0]["size"].as_u64()), (200, Some(2)), "{answer}");
    assert_eq!(answer["cohorts"][0]["cells"][1]["customers"], 1);
    let again = service.import("?name=orders.csv&preset=orders", ORDERS).await;
    assert_eq!((again["accepted"].as_u64(), again["duplicate"].as_u64()), (Some(0), Some(4)));
    let path = format!("/imports/{}/undo", report["import"].as_str().unwrap());
    let (status, undone) = service.json("POST", &path, "").await;
    assert_eq!((status, undone["n_rows"].as_u64()), (200, Some(4)), "{undone}");
    assert_eq!(service.json("POST", &path, "").await.0, 409);
    let (_, answer) = service.json("POST", "/insights/retention", QUESTION).await;
    assert_eq!(answer["cohorts"][0]["size"], 0, "an answer of before is not given again");
}

#[tokio::test]
async fn a_file_that_is_no_table_fails_by_name_and_changes_nothing() {
    let service = Service::with_orders().await;
    for (name, bytes, code) in [
        ("empty.csv", b"".as_slice(), "empty_file"),
        ("program.csv", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0", "unsupported_format"),
        ("broken.parquet", b"PAR1 this is no footer PAR1", "parquet_invalid"),
    ] {
        let report = service.import(&format!("?name={name}&preset=orders"), bytes).await;
        assert_eq!(
            (report["state"].as_str(), report["code"].as_str()),
            (Some("failed"), Some(code))
        );
        assert!(report["error"].as_str().unwrap().contains(name), "{report}");
        assert!(report["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "{report}");
    }
    assert_eq!(service.json("GET", "/catalog", "").await.1["n_events"], 4);
}

#[tokio::test]
async fn a_mapping_and_a_decimal_comma_can_be_given() {
    let service = Service::start().await;
    let file = "Kunde;Datum;Beleg;Betrag\nann;2024-01-05;o1;12,25\nann;2024-02-05;o2;1.234,50\n";
    let map =
        json!({ "customer": "Kunde", "ts": "Datum", "order_id": "Beleg", "amount": "Betrag" });
    let query = format!("?name=de.csv&preset=orders&map={map}&decimal_comma=true&currency=EUR");
    let report = service.import(&query, file).await;
    assert_eq!(report["accepted"], 2, "{report}");
    let question = QUESTION.replacen('{', "{\"value\":{\"of\":\"amount\"},", 1);
    let (_, answer) = service.json("POST", "/insights/retention", question).await;
    assert_eq!(answer["cohorts"][0]["cells"][1]["value"], "1234.50", "{answer}");
}
