//! Presets, explicit mappings, conditions, and what they make of rows.

use super::*;

const ORDERS: &str =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,85123A,MUG,6,2010-12-01 08:26:00,2.55,17850,United Kingdom
C536379,D,Discount,-1,2010-12-01 09:41:00,27.50,14527,United Kingdom
536380,22961,JAM,24,2010-12-01 09:41:00,1.45,17809.0,
536381,22139,,1,2010-12-01 09:41:00,0,,United Kingdom
C536382,M,Manual,1,2010-12-01 09:45:00,5,17810,France
";

#[test]
fn the_orders_preset_makes_orders_and_refunds() {
    let source = open_bytes(ORDERS, &options(Preset::Orders)).expect("readable");
    let shown: Vec<String> = source
        .report()
        .mapping
        .iter()
        .map(|mapped| format!("{} = {} ({})", mapped.field, mapped.from, mapped.why))
        .collect();
    assert_eq!(
        shown,
        [
            "customer = CustomerID (guessed by its name)",
            "ts = InvoiceDate (guessed by its name)",
            "order_id = InvoiceNo (guessed by its name)",
            "item = StockCode (guessed by its name)",
            "quantity = Quantity (guessed by its name)",
            "price = UnitPrice (guessed by its name)",
            "event = order, or refund when negative or cancelled (derived)",
            "amount = price * quantity (derived)",
        ]
    );
    assert_eq!(source.report().properties, ["Country", "Description"]);
    let all = read_all(source).expect("readable");
    let told: Vec<_> = all
        .rows
        .iter()
        .map(|row| (row.customer.as_str(), row.event.as_str(), row.amount))
        .collect();
    assert_eq!(
        told,
        [
            ("17850", "order", Some(153_000)),
            ("14527", "refund", Some(-275_000)),
            ("17809", "order", Some(348_000)),
            ("17810", "refund", Some(50_000)),
        ]
    );
    assert_eq!(
        all.rows[0].properties.as_deref(),
        Some(r#"{"Country":"United Kingdom","Description":"MUG"}"#)
    );
    assert_eq!(all.rows[2].quantity, Some(240_000));
    assert_eq!(all.n_ids_trimmed, 1);
    assert_eq!(reasons(&all), [(5, reject::NO_CUSTOMER)]);
}

#[test]
fn what_is_asked_for_comes_before_what_is_guessed() {
    let mut asked = mapped(
        Preset::Orders,
        &[
            (Field::Customer, "Country"),
            (Field::Amount, "Quantity * UnitPrice / 3"),
            (Field::Event, "'purchase'"),
            (Field::Session, "\"InvoiceNo\""),
        ],
    );
    asked.drop = vec!["Description".to_owned()];
    asked.currency = Some("gbp".to_owned());
    let source = open_bytes(ORDERS, &asked).expect("readable");
    assert_eq!(source.report().properties, ["CustomerID", "UnitPrice"]);
    assert_eq!(source.report().dropped, ["Description"]);
    let all = read_all(source).expect("readable");
    let row = &all.rows[0];
    assert_eq!(
        (row.customer.as_str(), row.event.as_str(), row.amount),
        ("United Kingdom", "purchase", Some(51_000))
    );
    assert_eq!(row.session.as_deref(), Some("536365"));
    // The column is the session now; a guess does not take it a second time.
    assert_eq!(row.order_id, None);
    assert_eq!(row.currency.as_deref(), Some("GBP"));
    // No amount is made of the price here, so it is kept.
    assert_eq!(row.properties.as_deref(), Some(r#"{"CustomerID":17850,"UnitPrice":2.55}"#));
    assert_eq!(all.rows[1].amount, Some(-91_667));
    assert_eq!(all.n_rounded, 2);
}

#[test]
fn a_condition_filters_after_the_customer_is_known() {
    let filtered = SourceOptions {
        where_: Some("Quantity > 0 and Country != 'France'".to_owned()),
        ..options(Preset::Orders)
    };
    let all = read(ORDERS, &filtered).expect("readable");
    assert_eq!(customers(&all), ["17850"]);
    // A blank country is unknown, and so is the condition.
    let wanted = [
        (3, reject::FILTERED),
        (4, reject::FILTERED),
        (5, reject::NO_CUSTOMER),
        (6, reject::FILTERED),
    ];
    assert_eq!(reasons(&all), wanted);
    let wrong = SourceOptions { where_: Some("Quantty > 0".to_owned()), ..options(Preset::Orders) };
    let error = failure(ORDERS, &wrong);
    assert_eq!(error.to_string(), "`Quantty > 0`: no column is called `Quantty` at character 1");
}

#[test]
fn a_mapping_that_does_not_fit_names_the_mend() {
    for (asked, words, hint) in [
        (mapped(Preset::Orders, &[(Field::Customer, "CustmerID")]), "`CustmerID`", "CustomerID"),
        (mapped(Preset::Orders, &[(Field::Amount, "Quantity * Prise")]), "`Prise`", "quoted"),
        (mapped(Preset::Events, &[]), "no column for event", "--map event=COLUMN"),
        (mapped(Preset::None, &[]), "customer, ts, event", "--preset"),
        (
            mapped(Preset::Orders, &[(Field::Customer, "Country"), (Field::Customer, "Country")]),
            "twice",
            "once",
        ),
        (mapped(Preset::Orders, &[(Field::Amount, "'ten'")]), "number", "quotes"),
        (mapped(Preset::Orders, &[(Field::Event, "''")]), "empty", "leave"),
        (
            SourceOptions { drop: vec!["Contry".to_owned()], ..options(Preset::Orders) },
            "`Contry`",
            "Country",
        ),
    ] {
        let error = failure(ORDERS, &asked);
        assert!(error.to_string().contains(words), "{error}");
        assert!(error.hint().contains(hint), "{}", error.hint());
    }
}

#[test]
fn equal_lines_have_equal_hashes_and_others_do_not() {
    let text = "customer,ts,event,note,message_id\n1,2011-01-01,a,x,m1\n1,2011-01-01,a,x,m2\n1,2011-01-01,a,y,m1\n1,2011-01-01,b,x,m1\n12,2011-01-01,a,x,m1\n";
    let all = read(text, &options(Preset::Events)).expect("readable");
    let hashes: Vec<u128> = all.rows.iter().map(|row| row.body_hash).collect();
    assert_eq!(hashes[0], hashes[1]);
    let mut different = hashes[1..].to_vec();
    different.sort_unstable();
    different.dedup();
    assert_eq!(different.len(), 4);
    assert_eq!(all.rows[1].message_id.as_deref(), Some("m2"));
    // The order of columns is no part of what a row says.
    let turned = "note,event,ts,customer\nx,a,2011-01-01,1\n";
    assert_eq!(
        read(turned, &options(Preset::Events)).expect("readable").rows[0].body_hash,
        hashes[0]
    );
}

#[test]
fn an_event_without_a_name_is_rejected_and_currency_is_upper_case() {
    let text = "customer,ts,event,amount,currency\n1,2011-01-01, ,1,eur\n2,2011-01-01,a,1, eur \n3,2011-01-01,a,1,\n";
    let all = read(text, &options(Preset::Events)).expect("readable");
    assert_eq!(reasons(&all), [(2, reject::NO_EVENT)]);
    assert_eq!(all.rows[0].currency.as_deref(), Some("EUR"));
    assert_eq!(all.rows[1].currency, None);
}

#[test]
fn keys_that_turn_up_late_become_properties_too() {
    let mut lines = String::new();
    for row in 0..20_000 {
        lines.push_str(&format!("{{\"customer\":{row},\"ts\":\"2011-01-01\",\"event\":\"a\"}}\n"));
    }
    lines.push_str("{\"late\":1,\"customer\":\"x\",\"ts\":\"2011-01-01\",\"event\":\"a\"}\n");
    let all = read(lines, &options(Preset::Events)).expect("readable");
    assert_eq!(all.rows[20_000].properties.as_deref(), Some("{\"late\":1}"));
    assert_eq!(all.rows[19_999].properties, None);
}
