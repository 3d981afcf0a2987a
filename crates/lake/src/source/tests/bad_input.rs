//! One test for each row of the catalogue of bad input.

use super::*;

const HEADER: &str = "customer,ts,event,amount\n";

fn events(rows: &str) -> All {
    read(format!("{HEADER}{rows}"), &options(Preset::Events)).expect("readable")
}

#[test]
fn a_file_without_rows_is_empty_in_every_way() {
    let empty: [&[u8]; 8] = [
        b"",
        b"\xEF\xBB\xBF",
        b"\xFF\xFE",
        b"\n\n",
        b"customer,ts,event\n",
        b"\xEF\xBB\xBFcustomer,ts,event\r\n\r\n",
        b",,\n1,2,3\n",
        b"   ",
    ];
    for bytes in empty {
        for bytes in [bytes.to_vec(), gzip(bytes), zstd::encode_all(bytes, 0).expect("in memory")] {
            let error = failure(&bytes, &options(Preset::Events));
            assert_eq!(error.code(), "empty_file", "{bytes:?}: {error}");
        }
    }
}

#[test]
fn decimal_commas_are_read_when_said_and_refused_where_they_would_be_misread() {
    let amounts = |amounts: &[&str], decimal_comma: bool| {
        let rows = amounts.iter().map(|amount| format!("a;2011-01-02;visit;\"{amount}\"\n"));
        let file = format!("customer;ts;event;amount\n{}", rows.collect::<String>());
        read(file, &SourceOptions { decimal_comma, ..options(Preset::Events) })
    };
    let read_as = |texts: &[&str], decimal_comma: bool| {
        let all = amounts(texts, decimal_comma).expect("readable");
        let values: Vec<i64> = all.rows.iter().filter_map(|row| row.amount).collect();
        (values, all.rejects.len())
    };
    assert_eq!(
        read_as(&["1.234,50", "12,25", "1.234", "7"], true).0,
        [12_345_000, 122_500, 12_340_000, 70_000]
    );
    // Said to have commas, a decimal point is no number.
    assert_eq!(read_as(&["12.5", "12,5"], true), (vec![125_000], 1));
    for ambiguous in [&["12,25", "8,5"][..], &["12,25", "1.234", "3", "4", "5"]] {
        let error = amounts(ambiguous, false).map(drop).expect_err("refused");
        assert_eq!(error.code(), "ambiguous_numbers");
        assert!(error.to_string().contains("`12,25`") && error.hint().contains("--decimal-comma"));
    }
    // One odd number among plain ones is a bad row.
    assert_eq!(read_as(&["1,234", "12.5", "3", "4"], false), (vec![125_000, 30_000, 40_000], 1));
    assert_eq!(read_as(&["1.234", "2.5"], false), (vec![12_340, 25_000], 0));
}

#[test]
fn encodings_are_detected_and_reported() {
    let text = "会员编号,下单时间,金额,城市\n张三,2011-01-02 10:00:00,12.50,北京市朝阳区\n李四,2011-01-03,8,上海市浦东新区\n";
    let utf_16 = |mark: &[u8], bytes: Vec<u8>| [mark, &bytes].concat();
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let plain = read(text, &options(Preset::Orders)).expect("UTF-8");
    assert_eq!(customers(&plain), ["张三", "李四"]);
    for (bytes, name) in [
        (text.as_bytes().to_vec(), "UTF-8"),
        (utf_16(b"\xEF\xBB\xBF", text.as_bytes().to_vec()), "UTF-8"),
        (utf_16(b"\xFF\xFE", little), "UTF-16LE"),
        (utf_16(b"\xFE\xFF", big), "UTF-16BE"),
        (encoding_rs::GB18030.encode(text).0.into_owned(), "gb18030"),
    ] {
        let source = open_bytes(&bytes, &options(Preset::Orders)).expect(name);
        assert_eq!(source.report().encoding, Some(name));
        assert_eq!(source.report().columns[0], "会员编号");
        assert_eq!(read_all(source).expect(name), plain, "{name}");
    }
    let latin =
        b"customer,ts,event,city\n1,2011-01-02,order,K\xF6ln\n2,2011-01-02,order,M\xFCnchen\n";
    let source = open_bytes(latin, &options(Preset::Events)).expect("Latin-1");
    assert_eq!(source.report().encoding, Some("windows-1252"));
    let all = read_all(source).expect("Latin-1");
    assert_eq!(all.rows[0].properties.as_deref(), Some("{\"city\":\"Köln\"}"));
    let asked = SourceOptions { encoding: Some("latin1".to_owned()), ..options(Preset::Events) };
    assert_eq!(read(latin, &asked).expect("asked for"), all);
    let unknown = SourceOptions { encoding: Some("klingon".to_owned()), ..options(Preset::Events) };
    assert_eq!(failure(latin, &unknown).code(), "unknown_encoding");
}

#[test]
fn bytes_that_are_no_text_reject_their_row_only() {
    let good = "é".repeat(50);
    let bytes = [
        HEADER.as_bytes(),
        good.as_bytes(),
        b",2011-01-01,a,1\nx\xFFy,2011-01-01,a,1\n3,2011-01-01,b,1\n",
    ]
    .concat();
    let all = read(&bytes, &options(Preset::Events)).expect("readable");
    assert_eq!(customers(&all), [good.as_str(), "3"]);
    assert_eq!(reasons(&all), [(3, reject::BAD_CHAR)]);
    assert_eq!(all.rejects[0].raw, b"x\xFFy,2011-01-01,a,1");
    let chinese =
        encoding_rs::GB18030.encode("客户,时间,事件\n张三,2011-01-01,浏览\n").0.into_owned();
    let bytes = [chinese.as_slice(), b"\xC4\xE3\xFF,2011-01-01,x\n"].concat();
    let asked = SourceOptions { encoding: Some("gb18030".to_owned()), ..options(Preset::Events) };
    let all = read(&bytes, &asked).expect("readable");
    assert_eq!(customers(&all), ["张三"]);
    assert_eq!(reasons(&all), [(3, reject::BAD_CHAR)]);
}

#[test]
fn nul_and_long_cells_reject_their_row_and_odd_letters_are_kept() {
    let long = "x".repeat(MAX_CELL_BYTES + 1);
    let just = "y".repeat(MAX_CELL_BYTES);
    let all = events(&format!(
        "a\0b,2011-01-01,x,1\n{long},2011-01-01,x,1\n{just},2011-01-01,x,1\na\u{202e}b,2011-01-01,x,1\na\u{200b}b,2011-01-01,x,1\n"
    ));
    assert_eq!(customers(&all), [just.as_str(), "a\u{202e}b", "a\u{200b}b"]);
    assert_eq!(reasons(&all), [(2, reject::BAD_CHAR), (3, reject::CELL_TOO_LONG)]);
    assert_eq!(all.rejects[1].value.chars().count(), 201);
    assert_eq!(all.rejects[1].raw.len(), MAX_RAW_BYTES);
    let lines = r#"{"customer":"\ud800","ts":"2011-01-01","event":"x"}
{"customer":"a\u0000","ts":"2011-01-01","event":"x"}
{"customer":"\ud83d\ude00","ts":"2011-01-01","event":"x"}
"#;
    let all = read(lines, &options(Preset::Events)).expect("readable");
    assert_eq!(customers(&all), ["😀"]);
    assert_eq!(reasons(&all), [(1, reject::BAD_CHAR), (2, reject::BAD_CHAR)]);
}

#[test]
fn delimiters_line_ends_and_quotes_are_as_they_come() {
    for delimiter in [",", ";", "\t", "|"] {
        let text = format!(
            "customer{delimiter}ts{delimiter}event{delimiter}note\r\n1{delimiter}2011-01-01{delimiter}a{delimiter}\"x{delimiter}\"\"y\"\"\nz\"\n\r\n2{delimiter}2011-01-01{delimiter}a{delimiter}\r3{delimiter}2011-01-01{delimiter}a{delimiter}\"\""
        );
        let source = open_bytes(&text, &options(Preset::Events)).expect("readable");
        assert_eq!(source.report().delimiter, Some(delimiter.as_bytes()[0]));
        let all = read_all(source).expect("readable");
        assert_eq!(customers(&all), ["1", "2", "3"], "{delimiter:?}");
        assert_eq!(all.rows.iter().map(|row| row.row).collect::<Vec<_>>(), [2, 5, 6]);
        let note = format!("{{\"note\":{}}}", serde_json::json!(format!("x{delimiter}\"y\"\nz")));
        assert_eq!(all.rows[0].properties.as_deref(), Some(note.as_str()));
        assert_eq!(all.rows[1].properties, None);
    }
}

#[test]
fn an_unclosed_quote_stops_with_its_line() {
    let error = failure(
        format!("{HEADER}1,2011-01-01,a,1\n2,2011-01-01,\"a,1\n3,2011-01-01,a,1\n"),
        &options(Preset::Events),
    );
    assert!(matches!(error, SourceError::UnclosedQuote { line: 3, .. }), "{error}");
    let long = format!("{HEADER}1,2011-01-01,a,1\n2,\"{}", "x\n".repeat(3 << 20));
    let error = failure(long, &options(Preset::Events));
    assert!(matches!(error, SourceError::UnclosedQuote { line: 3, .. }), "{error}");
}

#[test]
fn ragged_rows_are_row_errors() {
    let all = events("1,2011-01-01,a,1\n2,2011-01-01\n3,2011-01-01,a,1,9\n4,2011-01-01,a,1\n");
    assert_eq!(customers(&all), ["1", "4"]);
    assert_eq!(reasons(&all), [(3, reject::RAGGED_ROW), (4, reject::RAGGED_ROW)]);
    assert_eq!(all.rejects[0].value, "2 cells for 4 columns");
    assert_eq!(all.rejects[1].raw, b"3,2011-01-01,a,1,9");
}

#[test]
fn headers_are_named_once_and_completely() {
    let error = failure("customer,ts,event,ts\n1,2,3,4\n", &options(Preset::Events));
    assert_eq!(error.code(), "duplicate_column");
    assert!(error.to_string().contains("`ts`, number 2 and number 4"), "{error}");
    let source = open_bytes("customer,ts,,event,\n1,2011-01-01,x,a,y\n", &options(Preset::Events))
        .expect("readable");
    assert_eq!(source.report().columns, ["customer", "ts", "column_3", "event", "column_5"]);
    let wide = |n: usize| {
        let names: Vec<String> = (4..=n).map(|place| format!("c{place}")).collect();
        let header = format!("customer,ts,event,{}\n1,2011-01-01,a", names.join(","));
        format!("{header}{}\n", ",".repeat(n - 3))
    };
    assert_eq!(read(wide(2_000), &options(Preset::Events)).expect("just fits").rows.len(), 1);
    for n in [2_001, 10_001] {
        let error = failure(wide(n), &options(Preset::Events));
        assert_eq!(error.code(), "file_too_large");
        assert!(error.to_string().contains(&format!("{n} columns")), "{error}");
    }
}

#[test]
fn numbers_are_exact_or_refused() {
    let all = events(
        "007,2011-01-01,a,-0\n12345678901234567890,2011-01-01,a,19.99\n3,2011-01-01,a,\"1,234.5\"\n4,2011-01-01,a,\"1.234,5\"\n5,2011-01-01,a,1e999\n6,2011-01-01,a,NaN\n7,2011-01-01,a,1.00005\n8,2011-01-01,a,99999999999999999\n9,2011-01-01,a,\n",
    );
    assert_eq!(customers(&all), ["007", "12345678901234567890", "7", "9"]);
    let amounts: Vec<Option<i64>> = all.rows.iter().map(|row| row.amount).collect();
    assert_eq!(amounts, [Some(0), Some(199_900), Some(10_001), None]);
    assert_eq!(all.n_rounded, 1);
    let rejected: Vec<u64> = vec![4, 5, 6, 7, 9];
    assert_eq!(
        reasons(&all),
        rejected.into_iter().map(|row| (row, reject::BAD_NUMBER)).collect::<Vec<_>>()
    );
    assert_eq!(all.rejects[0].column.as_deref(), Some("amount"));
    assert_eq!(all.rejects[0].value, "1,234.5");
}

#[test]
fn nobody_is_no_customer() {
    let all = events(
        ",2011-01-01,a,1\n  ,bad,a,x\nnull,2011-01-01,a,1\nundefined,2011-01-01,a,1\nNaN,2011-01-01,a,1\n0,2011-01-01,a,1\n",
    );
    assert_eq!(customers(&all), ["0"]);
    assert_eq!(all.rejects.iter().filter(|reject| reject.reason == reject::NO_CUSTOMER).count(), 5);
}

#[test]
fn dates_that_can_be_read_in_two_ways_must_be_chosen() {
    let error =
        failure(format!("{HEADER}1,01/02/2011,a,1\n2,03/04/2011,a,1\n"), &options(Preset::Events));
    assert_eq!(error.code(), "ambiguous_dates");
    assert!(
        error.hint().contains("%d/%m/%Y") && error.hint().contains("%m/%d/%Y"),
        "{}",
        error.hint()
    );
    let source = open_bytes(
        format!("{HEADER}1,01/02/2011,a,1\n2,13/04/2011,a,1\n"),
        &options(Preset::Events),
    )
    .expect("decided by the 13th");
    assert_eq!(
        source.report().date_format.as_ref().map(ToString::to_string).as_deref(),
        Some("%d/%m/%Y")
    );
    let counts = format!("{HEADER}1,1300000000,a,1\n");
    assert_eq!(failure(&counts, &options(Preset::Events)).code(), "ambiguous_dates");
    let seconds =
        SourceOptions { date_format: Some(DateFormat::UnixSeconds), ..options(Preset::Events) };
    assert_eq!(read(&counts, &seconds).expect("chosen").rows[0].ts, 1_300_000_000_000_000);
    let error = failure(format!("{HEADER}1,yesterday,a,1\n"), &options(Preset::Events));
    assert_eq!(error.code(), "unknown_dates");
    assert!(error.to_string().contains("`yesterday`"), "{error}");
}

#[test]
fn times_outside_1970_to_tomorrow_are_row_errors() {
    let all = events(
        "1,1969-12-31T23:59:59Z,a,\n2,1970-01-01T00:00:00Z,a,\n3,0001-01-01,a,\n4,9999-12-31,a,\n5,2012-01-02T00:00:00Z,a,\n6,2012-01-02T00:00:01Z,a,\n7,2011-02-30,a,\n8,,a,\n9,soon,a,\n10,2011-06-30T23:59:60Z,a,\n",
    );
    assert_eq!(customers(&all), ["2", "5", "10"]);
    let reasons: Vec<&str> = all.rejects.iter().map(|reject| reject.reason).collect();
    let out = reject::TS_OUT_OF_RANGE;
    assert_eq!(reasons, [out, out, out, out, reject::BAD_TS, reject::BAD_TS, reject::BAD_TS]);
    assert_eq!(all.rejects[0].column.as_deref(), Some("ts"));
    assert_eq!(all.rejects[6].value, "soon");
}

#[test]
fn naive_times_are_read_in_the_zone() {
    let zone = Zone::named("Europe/London").expect("known");
    let london = SourceOptions { zone, ..options(Preset::Events) };
    let text = format!(
        "{HEADER}1,2011-03-27 01:30:00,a,\n2,2011-10-30 01:30:00,a,\n3,2011-07-01 12:00:00,a,\n4,2011-07-01T12:00:00Z,a,\n"
    );
    let all = read(text, &london).expect("readable");
    assert_eq!(reasons(&all), [(2, reject::SKIPPED_HOUR)]);
    let times: Vec<Micros> = all.rows.iter().map(|row| row.ts / 1_000_000).collect();
    assert_eq!(times, [1_319_934_600, 1_309_518_000, 1_309_521_600]);
}

#[test]
fn a_row_of_a_gigabyte_is_a_row_error_in_flat_memory() {
    let long = "x".repeat(3 << 20);
    let text = format!(
        "{HEADER}1,2011-01-01,a,1\n2,2011-01-01,{long},1\n3,2011-01-01,\"{long}\n{long}\",1\n4,2011-01-01,a,1\n"
    );
    let all = read(text, &options(Preset::Events)).expect("readable");
    assert_eq!(customers(&all), ["1", "4"]);
    assert_eq!(reasons(&all), [(3, reject::ROW_TOO_LONG), (4, reject::ROW_TOO_LONG)]);
    assert_eq!(all.rows[1].row, 6);
    let lines = format!(
        "{{\"customer\":\"1\",\"ts\":\"2011-01-01\",\"event\":\"a\"}}\n{{\"x\":\"{long}\"}}\n{{\"customer\":\"3\",\"ts\":\"2011-01-01\",\"event\":\"a\"}}"
    );
    let all = read(lines, &options(Preset::Events)).expect("readable");
    assert_eq!(customers(&all), ["1", "3"]);
    assert_eq!(reasons(&all), [(2, reject::ROW_TOO_LONG)]);
}

#[test]
fn a_bomb_is_refused_while_it_inflates() {
    let row = format!("1,2011-01-01,a,{}\n", "x".repeat(10_000));
    let n_rows = INFLATED_FREE_BYTES as usize / row.len() + 1_000;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut encoder, b"customer,ts,event,note\n").expect("in memory");
    for _ in 0..n_rows {
        std::io::Write::write_all(&mut encoder, row.as_bytes()).expect("in memory");
    }
    let bomb = encoder.finish().expect("in memory");
    assert!(bomb.len() * 100 < n_rows * row.len());
    let mut source = open_bytes(&bomb, &options(Preset::Events)).expect("it begins well");
    let error = loop {
        match source.next() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the bomb went off"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.code(), "file_too_large");
}

#[test]
fn what_is_no_table_is_told_by_its_bytes() {
    let ole = [b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".as_slice(), &[0; 600]].concat();
    let encrypted: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, wanted) in [
        (b"\x89PNG\r\n\x1a\n rest".to_vec(), "PNG"),
        (b"%PDF-1.7".to_vec(), "PDF"),
        (ole.clone(), ".xls"),
        ([ole, encrypted].concat(), "password"),
        (b"<!DOCTYPE html><table>".to_vec(), "HTML"),
        (b"[{\"customer\":1}]".to_vec(), "JSON list"),
        (b"BZh91AY".to_vec(), "bzip2"),
        (gzip(&gzip(b"a,b\n1,2\n")), "packed twice"),
    ] {
        let error = failure(&bytes, &options(Preset::Events));
        assert_eq!(error.code(), "unsupported_format");
        assert!(error.to_string().contains(wanted), "{error}");
        assert!(!error.hint().is_empty());
    }
    let mut cut = gzip(format!("{HEADER}1,2011-01-01,a,1\n").as_bytes());
    cut.truncate(cut.len() / 2);
    assert_eq!(failure(&cut, &options(Preset::Events)).code(), "file_invalid");
    assert_eq!(
        failure(b"PAR1 and nothing more", &options(Preset::Events)).code(),
        "parquet_invalid"
    );
}

#[test]
fn a_stranger_file_name_is_only_shown() {
    let name = format!("../../<b>{}", "x".repeat(5_000));
    let input = Input::stream(name.clone(), Cursor::new(Vec::new()));
    let error = open(input, &options(Preset::Events)).err().expect("empty");
    assert!(error.to_string().contains(&name));
    let missing =
        open(Input::path("/nowhere/at all.csv"), &options(Preset::Events)).err().expect("missing");
    assert_eq!(missing.code(), "unreadable_file");
}

#[test]
fn lines_of_json_that_are_none_are_row_errors() {
    let lines = "{\"customer\":1,\"ts\":\"2011-01-01\",\"event\":\"a\"}\nnot json\n\n{\"customer\":1,\"customer\":2,\"ts\":\"2011-01-01\",\"event\":\"a\"}\n{\"customer\":2,\"ts\":\"2011-01-01\",\"event\":\"a\"} {}\n[1]\n{\"customer\":12345678901234567890,\"ts\":\"2011-01-01\",\"event\":\"b\",\"new\":{\"z\":1,\"a\":[true]}}\n";
    let all = read(lines, &options(Preset::Events)).expect("readable");
    assert_eq!(customers(&all), ["1", "12345678901234567890"]);
    assert_eq!(all.rows[1].properties.as_deref(), Some("{\"new\":{\"a\":[true],\"z\":1}}"));
    assert_eq!(
        reasons(&all),
        [
            (2, reject::BAD_JSON),
            (4, reject::BAD_JSON),
            (5, reject::BAD_JSON),
            (6, reject::BAD_JSON)
        ]
    );
}
