//! Dashboards over HTTP: written, checked against the version seen, asked in one request.

use serde_json::{Value, json};

use crate::harness::Service;

const SHOP: &str = "\
name: shop
title: {en: The shop, zh: 店铺}
owner: ann@shop.example
filters: {from: 2024-01-01, to: 2024-03-31, as_of: 2024-04-01T00:00:00Z, breakdown: [{field: currency}]}
tiles:
- title: {en: Who comes back, zh: 谁回来}
  kind: retention
  question: {period: month, start: {event: order}, return: {event: order}}
- {title: What is bought, kind: rfm, show: table, width: 12, question: {breakdown: []}}
- {title: Ways, kind: path}
";

async fn shop() -> Service {
    let service = Service::with_orders().await;
    let (status, made) = service.json("POST", "/dashboards", SHOP).await;
    assert_eq!((status, &made["version"]), (201, &json!(1)), "{made}");
    service
}

#[tokio::test]
async fn a_dashboard_is_written_once_and_changed_by_who_has_seen_it() {
    let service = shop().await;
    let (status, taken) = service.json("POST", "/dashboards", SHOP).await;
    assert_eq!((status, &taken["error"]["code"]), (409, &json!("taken")), "{taken}");
    let changed = SHOP.replace("The shop", "Our shop");
    let (status, stale) = service.json("PUT", "/dashboards/shop?version=0", changed.clone()).await;
    assert_eq!((status, &stale["error"]["code"]), (409, &json!("changed")), "{stale}");
    let (status, second) = service.json("PUT", "/dashboards/shop?version=1", changed.clone()).await;
    assert_eq!((status, &second["version"]), (200, &json!(2)), "{second}");
    // The same again is no new version.
    let (_, again) = service.json("PUT", "/dashboards/shop", changed).await;
    assert_eq!(again, second);
    let (_, third) = service.json("POST", "/dashboards?replace=true", SHOP).await;
    assert_eq!(
        (&third["version"], &third["created_at"]),
        (&json!(3), &second["created_at"]),
        "{third}"
    );
    let (_, shown) = service.json("GET", "/dashboards/shop", "").await;
    let versions: Vec<&Value> =
        shown["versions"].as_array().unwrap().iter().map(|one| &one["title"]["en"]).collect();
    assert_eq!(versions, ["The shop", "Our shop", "The shop"]);
    assert_eq!(shown["kinds"], json!(["retention", "rfm", "path"]));
    let (status, other) = service.json("PUT", "/dashboards/store", SHOP).await;
    assert_eq!(
        (status, &other["error"]["message"]),
        (400, &json!("a dashboard keeps its name")),
        "{other}"
    );
    assert_eq!(service.send("DELETE", "/dashboards/shop", "").await.0, 204);
    let (status, gone) = service.json("GET", "/dashboards/shop", "").await;
    assert_eq!((status, &gone["error"]["code"]), (404, &json!("not_found")), "{gone}");
}

#[tokio::test]
async fn what_is_wrong_is_said_with_its_tile_and_field() {
    let service = Service::start().await;
    let said = async |body: String| {
        let (status, reply) = service.json("POST", "/dashboards", body).await;
        assert_eq!((status, &reply["error"]["code"]), (400, &json!("bad_dashboard")), "{reply}");
        reply["error"]["message"].as_str().unwrap().to_owned()
    };
    assert!(said("title: [".to_owned()).await.starts_with("line 1, column"));
    assert_eq!(said(SHOP.replace("name: shop\n", "")).await, "`name` is missing");
    assert_eq!(
        said(SHOP.replace("width: 12", "width: 0")).await,
        "tile 2 (`What is bought`): `width` is `0`"
    );
    let unknown = said(SHOP.replace("period: month", "perod: month")).await;
    assert!(
        unknown.starts_with("tile 1 (`Who comes back`): `question`: unknown field `perod`"),
        "{unknown}"
    );
    let segment = said(SHOP.replace("{from:", "{who: in segment gold, from:")).await;
    assert!(segment.contains("no segment is called `gold`"), "{segment}");
    let (_, none) = service.json("GET", "/dashboards", "").await;
    assert_eq!(none.as_array().unwrap().len(), 1, "nothing was written: {none}");
}

#[tokio::test]
async fn yaml_out_is_yaml_in() {
    let service = shop().await;
    let (status, yaml) = service.send("GET", "/dashboards/shop?format=yaml", "").await;
    assert_eq!(status, 200);
    let (_, before) = service.json("GET", "/dashboards/shop", "").await;
    let (_, after) = service.json("PUT", "/dashboards/shop", yaml.clone()).await;
    assert_eq!(
        (&after["version"], &after["dashboard"]),
        (&json!(1), &before["dashboard"]),
        "unchanged"
    );
    let copy = String::from_utf8(yaml).unwrap().replace("name: shop", "name: copy");
    let (status, made) = service.json("POST", "/dashboards", copy.clone()).await;
    assert_eq!(status, 201, "{made}");
    let (_, again) = service.send("GET", "/dashboards/copy?format=yaml", "").await;
    assert_eq!(String::from_utf8(again).unwrap(), copy);
}

#[tokio::test]
async fn every_tile_is_answered_as_its_question_alone() {
    let service = shop().await;
    let (status, ran) = service.json("POST", "/dashboards/shop/run", "").await;
    assert_eq!(status, 200, "{ran}");
    let tiles = ran["tiles"].as_array().unwrap();
    assert_eq!(tiles.len(), 3);
    for tile in tiles {
        let path = format!("/insights/{}", tile["kind"].as_str().unwrap());
        let (_, alone) = service.json("POST", &path, tile["question"].to_string()).await;
        assert_eq!(tile["answer"], alone);
        assert_eq!(tile["question"]["from"], "2024-01-01");
    }
    assert_eq!((&tiles[0]["left_out"], &tiles[2]["left_out"]), (&json!([]), &json!([])));
    assert_eq!(tiles[2]["answer"]["groups"][0]["group"], json!(["EUR"]), "{}", tiles[2]["answer"]);
    assert_eq!(ran["as_of"], "2024-04-01T00:00:00Z");
    // Filters of one run stand over those of the dashboard, and change nothing that is kept.
    let (_, narrow) = service
        .json("POST", "/dashboards/shop/run", r#"{"from":"2024-02-01","population":"buyers"}"#)
        .await;
    assert_eq!(narrow["filters"]["from"], "2024-02-01");
    assert_eq!(narrow["tiles"][0]["question"]["population"], "buyers");
    let (status, wrong) = service.json("POST", "/dashboards/shop/run", r#"{"frm":1}"#).await;
    assert_eq!(status, 400);
    assert!(wrong["error"]["message"].as_str().unwrap().contains("unknown field `frm`"), "{wrong}");
}

#[tokio::test]
async fn one_tile_takes_no_other_with_it() {
    let service = shop().await;
    service
        .import(
            "?name=dollars.csv&preset=orders",
            "customer,ts,order_id,amount,currency\nann,2024-02-01,o20,1,USD\n",
        )
        .await;
    let (status, ran) =
        service.json("POST", "/dashboards/shop/run?format=presentation&language=zh", "").await;
    assert_eq!(status, 200);
    let [retention, rfm, path] = ran["tiles"].as_array().unwrap().as_slice() else {
        panic!("{ran}")
    };
    assert_eq!(rfm["refused"]["code"], "mixed_currencies", "{rfm}");
    assert!(rfm.get("shown").is_none() && rfm.get("error").is_none());
    for tile in [retention, path] {
        let picture = tile["shown"]["picture"].as_str().unwrap();
        assert!(picture.starts_with("<svg ") && tile["shown"]["table"].is_null());
        assert!(tile["shown"]["definition"]["zh"].is_string() && tile.get("refused").is_none());
    }
    // A place that an answer does not have is the fault of its tile alone.
    let nowhere =
        SHOP.replace("kind: path}", "kind: path, place: 9}").replace("name: shop", "name: nowhere");
    assert_eq!(service.send("POST", "/dashboards", nowhere).await.0, 201);
    let (_, ran) = service.json("POST", "/dashboards/nowhere/run?format=presentation", "").await;
    assert!(ran["tiles"][0]["shown"]["picture"].is_string());
    let nothing = &ran["tiles"][2];
    assert!(nothing.get("shown").is_none(), "{nothing}");
    assert!(nothing["error"]["message"].as_str().unwrap().contains("`place` is `9`"), "{nothing}");
    let (status, svg) =
        service.send("POST", "/dashboards/nowhere/run?format=svg&language=zh", "").await;
    let svg = String::from_utf8(svg).unwrap();
    assert_eq!(status, 200);
    assert!(
        svg.contains("店铺") && svg.contains("谁回来") && svg.contains("`place` is `9`"),
        "{svg}"
    );
}

#[tokio::test]
async fn a_segment_that_a_dashboard_names_stays() {
    let service = Service::with_orders().await;
    let gold = json!({"name": "gold", "condition": "did order at least 2 times"}).to_string();
    assert_eq!(service.send("POST", "/segments", gold).await.0, 201);
    let board = SHOP.replace("{from:", "{who: in segment gold, from:");
    assert_eq!(service.send("POST", "/dashboards", board).await.0, 201);
    let (_, ran) = service.json("POST", "/dashboards/shop/run", "").await;
    assert_eq!(ran["tiles"][0]["answer"]["who"]["n_customers"], 2, "{ran}");
    let (_, shown) = service.json("GET", "/segments/gold", "").await;
    assert_eq!(shown["dashboards"], json!(["shop"]));
    let (status, used) = service.json("DELETE", "/segments/gold", "").await;
    assert_eq!((status, &used["error"]["code"]), (409, &json!("in_use")), "{used}");
    assert_eq!(used["error"]["message"], "segment `gold` is named by dashboard `shop`");
    assert_eq!(service.send("DELETE", "/dashboards/shop", "").await.0, 204);
    assert_eq!(service.send("DELETE", "/segments/gold", "").await.0, 204);
}

#[tokio::test]
async fn the_overview_is_there_from_the_beginning() {
    let service = Service::with_orders().await;
    let (_, all) = service.json("GET", "/dashboards", "").await;
    assert_eq!((&all[0]["name"], &all[0]["version"]), (&json!("overview"), &json!(0)), "{all}");
    let (status, ran) =
        service.json("POST", "/dashboards/overview/run?format=presentation", "").await;
    assert_eq!(status, 200);
    let tiles = ran["tiles"].as_array().unwrap();
    assert_eq!(tiles.len(), 8);
    for tile in tiles {
        assert!(
            tile["shown"]["picture"].is_string() || tile["shown"]["table"].is_object(),
            "{tile}"
        );
    }
    for (format, magic) in [("xlsx", b"PK".as_slice()), ("png", b"\x89PNG"), ("svg", b"<svg ")] {
        let (status, bytes) =
            service.send("POST", &format!("/dashboards/overview/run?format={format}"), "").await;
        assert_eq!((status, bytes.starts_with(magic)), (200, true), "{format}");
    }
    let (status, csv) = service.json("POST", "/dashboards/overview/run?format=csv", "").await;
    assert_eq!(
        (status, &csv["error"]["hint"]),
        (400, &json!("json, presentation, xlsx, svg or png"))
    );
    let (status, built_in) = service.json("DELETE", "/dashboards/overview", "").await;
    assert_eq!((status, &built_in["error"]["code"]), (409, &json!("built_in")), "{built_in}");
    // One of that name takes its place, and gives it back.
    let mine = SHOP.replace("name: shop", "name: overview");
    let (_, made) = service.json("PUT", "/dashboards/overview?version=0", mine).await;
    assert_eq!((&made["version"], &made["title"]["en"]), (&json!(1), &json!("The shop")), "{made}");
    assert_eq!(service.send("DELETE", "/dashboards/overview", "").await.0, 204);
    let (_, back) = service.json("GET", "/dashboards/overview", "").await;
    assert_eq!(back["version"], 0);
}
