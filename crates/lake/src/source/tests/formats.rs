//! The same table in every format is the same rows.

use std::sync::Arc;

use ::parquet::arrow::ArrowWriter;
use ::parquet::file::properties::WriterProperties;
use arrow::array::*;
use arrow::datatypes::*;

use super::*;
use crate::source::Field;

/// A Parquet file of these columns.
pub(super) fn parquet_of(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )
    .expect("columns fit");
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(20_000)).build();
    let mut writer =
        ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).expect("a schema");
    writer.write(&batch).expect("in memory");
    writer.into_inner().expect("in memory")
}

fn bodies(all: &All) -> Vec<Row> {
    all.rows.iter().map(|row| Row { row: 0, ..row.clone() }).collect()
}

const CSV: &str = "customer,ts,event,amount,quantity,vip,score,note
17850,2011-01-02 10:00:00,view,2.50,3,true,0.1,x
17851,2011-01-02 10:00:00.25,buy,-0.30,,false,,\"say \"\"hi\"\"\"
";

#[test]
fn csv_jsonl_and_parquet_of_one_table_agree() {
    let csv = read(CSV, &options(Preset::Events)).expect("CSV");
    let jsonl = r#"{"note":"x","customer":17850,"ts":"2011-01-02 10:00:00","event":"view","amount":2.5,"quantity":3,"vip":true,"score":0.10}
{"customer":"17851","ts":"2011-01-02T10:00:00.250","event":"buy","amount":"-0.3","quantity":null,"vip":false,"note":"say \"hi\""}
"#;
    let jsonl = read(jsonl, &options(Preset::Events)).expect("JSONL");
    let micros = vec![1_293_962_400_000_000, 1_293_962_400_250_000];
    let parquet = parquet_of(vec![
        ("customer", Arc::new(Float64Array::from(vec![17_850.0, 17_851.0]))),
        ("ts", Arc::new(TimestampMicrosecondArray::from(micros))),
        ("event", Arc::new(DictionaryArray::<Int32Type>::from_iter(["view", "buy"]))),
        (
            "amount",
            Arc::new(
                Decimal128Array::from(vec![250, -30])
                    .with_precision_and_scale(10, 2)
                    .expect("fits"),
            ),
        ),
        ("quantity", Arc::new(Int32Array::from(vec![Some(3), None]))),
        ("vip", Arc::new(BooleanArray::from(vec![true, false]))),
        ("score", Arc::new(Float32Array::from(vec![Some(0.1), None]))),
        ("note", Arc::new(LargeStringArray::from(vec!["x", "say \"hi\""]))),
    ]);
    let parquet = read(parquet, &options(Preset::Events)).expect("Parquet");
    assert_eq!(csv.rows[0].properties.as_deref(), Some(r#"{"note":"x","score":0.1,"vip":true}"#));
    assert_eq!(csv.rows[0].ts, 1_293_962_400_000_000);
    assert_eq!(bodies(&csv), bodies(&jsonl));
    assert_eq!(bodies(&csv), bodies(&parquet));
}

#[test]
fn every_primitive_type_of_parquet_is_read() {
    let day = 15_000;
    let second = i64::from(day) * 86_400;
    let uuid = uuid::Uuid::from_u128(1);
    let ids: Vec<ArrayRef> = vec![
        Arc::new(Int8Array::from(vec![7])),
        Arc::new(UInt64Array::from(vec![7])),
        Arc::new(Float64Array::from(vec![7.0])),
        Arc::new(StringViewArray::from(vec!["7"])),
        Arc::new(BinaryArray::from(vec![b"7".as_slice()])),
        Arc::new(
            Decimal256Array::from(vec![i256::from(700)])
                .with_precision_and_scale(40, 2)
                .expect("fits"),
        ),
        Arc::new(DictionaryArray::<UInt8Type>::from_iter(["7"])),
    ];
    let times: Vec<ArrayRef> = vec![
        Arc::new(Date32Array::from(vec![day])),
        Arc::new(TimestampSecondArray::from(vec![second])),
        Arc::new(TimestampMillisecondArray::from(vec![second * 1_000])),
        Arc::new(TimestampNanosecondArray::from(vec![second * 1_000_000_000])),
        Arc::new(TimestampMicrosecondArray::from(vec![second * 1_000_000]).with_timezone("UTC")),
        Arc::new(StringArray::from(vec!["2011-01-26"])),
        Arc::new(Date64Array::from(vec![second * 1_000])),
    ];
    for (id, ts) in ids.into_iter().zip(times) {
        let what = format!("{} {}", id.data_type(), ts.data_type());
        let bytes = parquet_of(vec![
            ("customer", id),
            ("ts", ts),
            ("event", Arc::new(StringArray::from(vec!["a"]))),
            (
                "uuid",
                Arc::new(
                    FixedSizeBinaryArray::try_from_iter(std::iter::once(uuid.as_bytes()))
                        .expect("sixteen bytes"),
                ),
            ),
        ]);
        let all = read(bytes, &options(Preset::Events)).expect(&what);
        let row = all.rows.first().unwrap_or_else(|| panic!("{what}: {:?}", all.rejects));
        assert_eq!((row.customer.as_str(), row.ts), ("7", second * 1_000_000), "{what}");
        assert_eq!(
            row.properties.as_deref(),
            Some("{\"uuid\":\"00000000-0000-0000-0000-000000000001\"}")
        );
    }
}

#[test]
fn nested_columns_become_json_with_sorted_keys() {
    let inner = StructArray::from(vec![
        (
            Arc::new(arrow::datatypes::Field::new("z", DataType::Int64, true)),
            Arc::new(Int64Array::from(vec![Some(1), None])) as ArrayRef,
        ),
        (
            Arc::new(arrow::datatypes::Field::new("a", DataType::Utf8, true)),
            Arc::new(StringArray::from(vec!["1", ""])) as ArrayRef,
        ),
    ]);
    let list =
        ListArray::from_iter_primitive::<Float64Type, _, _>([Some(vec![Some(1.5), None]), None]);
    let bytes = parquet_of(vec![
        ("customer", Arc::new(StringArray::from(vec!["1", "2"]))),
        ("ts", Arc::new(StringArray::from(vec!["2011-01-01", "2011-01-01"]))),
        ("event", Arc::new(StringArray::from(vec!["a", "a"]))),
        ("inner", Arc::new(inner)),
        ("list", Arc::new(list)),
    ]);
    let all = read(bytes, &options(Preset::Events)).expect("readable");
    let properties: Vec<_> =
        all.rows.iter().map(|row| row.properties.as_deref().unwrap_or_default()).collect();
    assert_eq!(
        properties,
        [r#"{"inner":{"a":"1","z":1},"list":[1.5,null]}"#, r#"{"inner":{"a":null,"z":null}}"#]
    );
}

#[test]
fn naive_parquet_times_are_read_in_the_zone() {
    let zone = Zone::named("America/New_York").expect("known");
    let bytes = parquet_of(vec![
        ("customer", Arc::new(Int64Array::from(vec![1, 2, 3]))),
        // Noon, an hour the clocks skipped, and an instant.
        (
            "ts",
            Arc::new(TimestampMicrosecondArray::from(vec![
                1_300_017_600_000_000,
                1_299_983_400_000_000,
                1_300_017_600_000_000,
            ])),
        ),
        ("event", Arc::new(StringArray::from(vec!["a", "a", "a"]))),
    ]);
    let all = read(bytes, &SourceOptions { zone, ..options(Preset::Events) }).expect("readable");
    assert_eq!(all.rows[0].ts, 1_300_032_000_000_000);
    assert_eq!(reasons(&all), [(2, reject::SKIPPED_HOUR)]);
}

fn numbered(n_rows: usize) -> Vec<u8> {
    let numbers = 0..i64::try_from(n_rows).expect("small");
    parquet_of(vec![
        ("customer", Arc::new(Int64Array::from_iter_values(numbers.clone()))),
        ("ts", Arc::new(TimestampMicrosecondArray::from_iter_values(numbers))),
        ("event", Arc::new(StringArray::from(vec!["a"; n_rows]))),
        (
            "text",
            Arc::new(StringArray::from_iter_values((0..n_rows).map(|row| "ab".repeat(row % 7)))),
        ),
    ])
}

#[test]
fn broken_parquet_is_an_error_and_never_a_panic() {
    let whole = numbered(300);
    assert_eq!(read(&whole, &options(Preset::Events)).expect("whole").rows.len(), 300);
    let mut n_refused = 0;
    for at in (0..whole.len()).step_by(37) {
        for mask in [0x01, 0xFF] {
            let mut bytes = whole.clone();
            bytes[at] ^= mask;
            // Whatever a flipped byte does, it does not take the process down.
            match read(&bytes, &options(Preset::Events)) {
                Ok(all) => assert_eq!(all.n_read, 300),
                Err(error) => {
                    n_refused += 1;
                    assert!(!error.hint().is_empty());
                }
            }
        }
    }
    assert!(n_refused > 0);
    for len in [5, whole.len() / 2, whole.len() - 1] {
        let error = failure(&whole[..len], &options(Preset::Events));
        assert_eq!(error.code(), "parquet_invalid");
    }
    let empty = parquet_of(vec![("customer", Arc::new(Int64Array::from(Vec::<i64>::new())))]);
    assert_eq!(failure(empty, &options(Preset::Events)).code(), "empty_file");
}

#[test]
fn a_parquet_file_with_implausibly_many_rows_is_refused() {
    // A column of one repeated value takes a handful of bytes for any number of rows.
    let n_rows = 10_000_001;
    let array: ArrayRef = Arc::new(Int64Array::from(vec![1; n_rows]));
    let batch = RecordBatch::try_from_iter([("customer", array)]).expect("one column");
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).expect("a schema");
    writer.write(&batch).expect("in memory");
    let bytes = writer.into_inner().expect("in memory");
    let error = failure(
        bytes,
        &mapped(
            Preset::None,
            &[(Field::Customer, "customer"), (Field::Ts, "'2011-01-01'"), (Field::Event, "'a'")],
        ),
    );
    assert_eq!(error.code(), "file_too_large");
}

#[test]
fn packed_and_piped_files_read_like_plain_ones() {
    let plain = read(CSV, &options(Preset::Events)).expect("plain");
    let zstd = zstd::encode_all(CSV.as_bytes(), 3).expect("in memory");
    let two_members = [gzip(&CSV.as_bytes()[..40]), gzip(&CSV.as_bytes()[40..])].concat();
    for (bytes, compression) in [
        (gzip(CSV.as_bytes()), Compression::Gzip),
        (two_members, Compression::Gzip),
        (zstd, Compression::Zstd),
    ] {
        let source = open_bytes(&bytes, &options(Preset::Events)).expect("packed");
        assert_eq!(source.report().compression, compression);
        assert_eq!(read_all(source).expect("packed"), plain);
    }
    let parquet = numbered(50_000);
    let piped = read(gzip(&parquet), &options(Preset::Events)).expect("packed and piped");
    assert_eq!(piped, read(&parquet, &options(Preset::Events)).expect("piped"));
    assert_eq!(piped.rows.len(), 50_000);
    assert_eq!(piped.rows[49_999].row, 50_000);
}

#[test]
fn bytes_are_counted_and_hashed() {
    use sha2::Digest as _;
    let folder = tempfile::tempdir().expect("a folder");
    let parquet = numbered(40_000);
    for (name, bytes) in [
        ("a.csv", CSV.as_bytes().to_vec()),
        ("a.csv.gz", gzip(CSV.as_bytes())),
        ("a.parquet", parquet),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, &bytes).expect("written");
        let mut source = open(Input::path(&path), &options(Preset::Events)).expect(name);
        assert_eq!(source.total_bytes(), Some(bytes.len() as u64));
        while source.next().expect(name).is_some() {
            assert!(source.bytes_read() <= bytes.len() as u64);
        }
        assert_eq!(source.bytes_read(), bytes.len() as u64, "{name}");
        let digest: [u8; 32] = sha2::Sha256::digest(&bytes).into();
        assert_eq!(source.sha256(), Some(digest), "{name}");
    }
}

#[test]
fn a_long_file_comes_in_chunks_that_lose_nothing() {
    let mut text = String::from("customer,ts,event\n");
    for row in 0..100_000 {
        text.push_str(&format!("{row},2011-01-01,\"e\n{row}\"\n"));
    }
    let all = read(&text, &options(Preset::Events)).expect("readable");
    assert_eq!(all.rows.len(), 100_000);
    assert!(
        all.rows
            .iter()
            .enumerate()
            .all(|(at, row)| row.customer == at.to_string() && row.event == format!("e\n{at}"))
    );
    assert_eq!(all.rows[99_999].row, 2 + 2 * 99_999);
}
