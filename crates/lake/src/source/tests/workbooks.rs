//! Workbooks, honest and hostile, written by hand.

use std::io::Write as _;

use super::*;

/// A zip archive of these files, deflated.
fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for (name, text) in files {
        let mut crc = flate2::Crc::new();
        crc.update(text.as_bytes());
        let mut encoder =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(text.as_bytes()).expect("in memory");
        let packed = encoder.finish().expect("in memory");
        let offset = u32::try_from(out.len()).expect("small");
        let mut common = Vec::new();
        common.extend_from_slice(&[20, 0, 0, 0, 8, 0, 0, 0, 0x21, 0]);
        common.extend_from_slice(&crc.sum().to_le_bytes());
        common.extend_from_slice(&u32::try_from(packed.len()).expect("small").to_le_bytes());
        common.extend_from_slice(&u32::try_from(text.len()).expect("small").to_le_bytes());
        common.extend_from_slice(&u16::try_from(name.len()).expect("small").to_le_bytes());
        common.extend_from_slice(&[0, 0]);
        out.extend_from_slice(b"PK\x03\x04");
        out.extend_from_slice(&common);
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(&packed);
        directory.extend_from_slice(b"PK\x01\x02\x14\x00");
        directory.extend_from_slice(&common);
        directory.extend_from_slice(&[0; 10]);
        directory.extend_from_slice(&offset.to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
    }
    let start = u32::try_from(out.len()).expect("small");
    out.extend_from_slice(&directory);
    out.extend_from_slice(b"PK\x05\x06\x00\x00\x00\x00");
    let n_files = u16::try_from(files.len()).expect("small").to_le_bytes();
    out.extend_from_slice(&n_files);
    out.extend_from_slice(&n_files);
    out.extend_from_slice(&u32::try_from(directory.len()).expect("small").to_le_bytes());
    out.extend_from_slice(&start.to_le_bytes());
    out.extend_from_slice(&[0, 0]);
    out
}

/// A workbook of two sheets: a hidden one, and one with this `sheetData` and shared strings.
fn workbook(is_1904: bool, before: &str, data: &str, strings: &str) -> Vec<u8> {
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    let date1904 = if is_1904 { "<workbookPr date1904=\"1\"/>" } else { "" };
    let book = format!(
        "<workbook xmlns=\"{main}\" xmlns:r=\"{relations}\">{date1904}<sheets><sheet name=\"Secret\" sheetId=\"1\" state=\"hidden\" r:id=\"r1\"/><sheet name=\"Orders\" sheetId=\"2\" r:id=\"r2\"/></sheets></workbook>"
    );
    let rels = format!(
        "<Relationships xmlns=\"{package}\"><Relationship Id=\"r1\" Type=\"{relations}/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"r2\" Type=\"{relations}/worksheet\" Target=\"worksheets/sheet2.xml\"/><Relationship Id=\"r3\" Type=\"{relations}/sharedStrings\" Target=\"sharedStrings.xml\"/><Relationship Id=\"r4\" Type=\"{relations}/styles\" Target=\"styles.xml\"/></Relationships>"
    );
    let root = format!(
        "<Relationships xmlns=\"{package}\"><Relationship Id=\"r1\" Type=\"{relations}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    let styles = format!(
        "<styleSheet xmlns=\"{main}\"><cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"22\"/></cellXfs></styleSheet>"
    );
    let hidden = format!(
        "<worksheet xmlns=\"{main}\"><sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row></sheetData></worksheet>"
    );
    let sheet =
        format!("<worksheet xmlns=\"{main}\">{before}<sheetData>{data}</sheetData></worksheet>");
    zip(&[
        (
            "[Content_Types].xml",
            "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>",
        ),
        ("_rels/.rels", &root),
        ("xl/workbook.xml", &book),
        ("xl/_rels/workbook.xml.rels", &rels),
        ("xl/styles.xml", &styles),
        ("xl/sharedStrings.xml", strings),
        ("xl/worksheets/sheet1.xml", &hidden),
        ("xl/worksheets/sheet2.xml", &sheet),
    ])
}

const STRINGS: &str = "<sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" uniqueCount=\"5\"><si><t>customer</t></si><si><t>ts</t></si><si><t>event</t></si><si><t>amount</t></si><si><t>客户 &amp; Co</t></si></sst>";
const HEADER: &str = "<row r=\"2\"><c r=\"A2\" t=\"s\"><v>0</v></c><c r=\"B2\" t=\"s\"><v>1</v></c><c r=\"C2\" t=\"s\"><v>2</v></c><c r=\"D2\" t=\"s\"><v>3</v></c></row>";

fn orders(rows: &str) -> String {
    format!("{HEADER}{rows}")
}

#[test]
fn the_first_visible_sheet_is_read_with_dates_formulas_and_gaps() {
    let rows = "<row r=\"3\"><c r=\"A3\" t=\"s\"><v>4</v></c><c r=\"B3\" s=\"1\"><v>40513.35</v></c><c r=\"C3\" t=\"inlineStr\"><is><t>buy</t></is></c><c r=\"D3\"><f>1+1.5</f><v>2.5</v></c></row>\
        <row r=\"5\"><c r=\"A5\"><v>17850</v></c><c r=\"B5\" s=\"1\"><v>40513</v></c><c r=\"C5\" t=\"b\"><v>1</v></c></row>\
        <row r=\"6\"><c r=\"A6\"><v>3</v></c><c r=\"B6\" s=\"1\"><v>60</v></c><c r=\"C6\" t=\"str\"><v>x</v></c></row>\
        <row r=\"7\"><c r=\"A7\"><v>4</v></c><c r=\"E7\"><v>1</v></c></row>";
    let bytes = workbook(false, "", &orders(rows), STRINGS);
    let source = open_bytes(&bytes, &options(Preset::Events)).expect("readable");
    assert_eq!(source.report().sheet.as_deref(), Some("Orders"));
    assert!(source.report().notes[0].en.contains("Secret"));
    let all = read_all(source).expect("readable");
    let first = &all.rows[0];
    assert_eq!((first.row, first.customer.as_str(), first.amount), (3, "客户 & Co", Some(25_000)));
    assert_eq!(first.ts, 1_291_191_840_000_000);
    let second = &all.rows[1];
    assert_eq!(
        (second.row, second.customer.as_str(), second.event.as_str(), second.amount),
        (5, "17850", "true", None)
    );
    // The 29th of February 1900 exists in Excel only; row 7 reaches beyond the header.
    assert_eq!(reasons(&all), [(6, reject::BAD_TS), (7, reject::RAGGED_ROW)]);
    let secret = SourceOptions { sheet: Some("Nope".to_owned()), ..options(Preset::Events) };
    assert!(failure(&bytes, &secret).hint().contains("Secret, Orders"));
}

#[test]
fn the_epoch_of_1904_is_kept() {
    let rows = "<row r=\"3\"><c r=\"A3\"><v>1</v></c><c r=\"B3\" s=\"1\"><v>39051.5</v></c><c r=\"C3\" t=\"str\"><v>x</v></c></row>";
    let all = read(workbook(true, "", &orders(rows), STRINGS), &options(Preset::Events))
        .expect("readable");
    assert_eq!(all.rows[0].ts, 1_291_204_800_000_000);
}

#[test]
fn a_cell_in_the_last_corner_costs_nothing() {
    let before = "<dimension ref=\"A1:XFD1048576\"/>";
    let rows = "<row r=\"3\"><c r=\"A3\"><v>1</v></c><c r=\"B3\" s=\"1\"><v>40513</v></c><c r=\"C3\" t=\"str\"><v>x</v></c></row><row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>";
    let all = read(workbook(false, before, &orders(rows), STRINGS), &options(Preset::Events))
        .expect("readable");
    assert_eq!(customers(&all), ["1"]);
    assert_eq!(reasons(&all), [(1_048_576, reject::RAGGED_ROW)]);
    let header = "<row r=\"1\"><c r=\"A1\" t=\"str\"><v>customer</v></c><c r=\"XFD1\" t=\"str\"><v>x</v></c></row>";
    assert_eq!(
        failure(workbook(false, "", header, STRINGS), &options(Preset::Events)).code(),
        "file_too_large"
    );
}

#[test]
fn bombs_are_refused_before_they_are_unpacked() {
    let many = "<row><c><v>1</v></c></row>".repeat(8_000_000);
    let error = failure(workbook(false, "", &orders(&many), STRINGS), &options(Preset::Events));
    assert_eq!(error.code(), "file_too_large");
    assert!(error.to_string().contains("sheet2.xml"), "{error}");
    let lie = STRINGS.replace("uniqueCount=\"5\"", "uniqueCount=\"99999999999\"");
    let error = failure(workbook(false, "", &orders(""), &lie), &options(Preset::Events));
    assert!(error.to_string().contains("promises 99999999999 texts"), "{error}");
    assert_eq!(error.code(), "file_too_large");
}

#[test]
fn entities_are_not_resolved_and_broken_archives_are_told() {
    let strings = format!(
        "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>{}",
        STRINGS.replace("客户 &amp; Co", "&e;")
    );
    let rows = "<row r=\"3\"><c r=\"A3\" t=\"s\"><v>4</v></c><c r=\"B3\" s=\"1\"><v>40513</v></c><c r=\"C3\" t=\"str\"><v>x</v></c></row>";
    match read(workbook(false, "", &orders(rows), &strings), &options(Preset::Events)) {
        Ok(all) => assert!(all.rows.iter().all(|row| !row.customer.contains("root:")), "{all:?}"),
        Err(error) => assert_eq!(error.code(), "xlsx_invalid"),
    }
    let whole = workbook(false, "", &orders(rows), STRINGS);
    assert_eq!(failure(&whole[..whole.len() / 2], &options(Preset::Events)).code(), "xlsx_invalid");
    let error = failure(zip(&[("a.csv", "x")]), &options(Preset::Events));
    assert!(error.to_string().contains("zip archive"), "{error}");
    for at in (0..whole.len()).step_by(5) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        // Whatever a flipped byte does, it does not take the process down.
        let _ = read(&bytes, &options(Preset::Events));
    }
    assert_eq!(
        failure(workbook(false, "", "", STRINGS), &options(Preset::Events)).code(),
        "empty_file"
    );
    assert_eq!(
        failure(workbook(false, "", HEADER, STRINGS), &options(Preset::Events)).code(),
        "empty_file"
    );
}

#[test]
fn a_workbook_converts_to_csv() {
    let rows = "<row r=\"3\"><c r=\"A3\" t=\"str\"><v>a,\"b</v></c><c r=\"B3\" s=\"1\"><v>40513</v></c><c r=\"D3\"><v>2.5</v></c></row>";
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("book.xlsx");
    std::fs::write(&path, workbook(false, "", &orders(rows), STRINGS)).expect("written");
    let mut out = Vec::new();
    assert_eq!(convert_workbook(&path, None, &mut out).expect("readable"), 1);
    assert_eq!(
        String::from_utf8(out).expect("text"),
        "customer,ts,event,amount\n\"a,\"\"b\",2010-12-01,,2.5\n"
    );
}
