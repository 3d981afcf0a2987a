//! Bad input: each is refused, or taken without its bad rows, naming the input and the mend.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::harness::{ORDERS, QUESTION, World};

const IMPORT: &str = "import --data shop --preset orders";

#[test]
fn files_that_are_no_tables_are_named_and_nothing_is_made_of_them() {
    let world = World::new();
    std::fs::create_dir(world.path("folder")).unwrap();
    world.write("empty.csv", "");
    world.write("header.csv", "customer,ts,order_id,amount\n");
    world.write("mark.csv", [0xef, 0xbb, 0xbf]);
    world.write("program.csv", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    world.write("picture.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
    world.write("archive.xlsx", b"PK\x03\x04 this is no archive at all");
    world.write("broken.parquet", b"PAR1 this is no footer PAR1");
    world.write(
        "quote.csv",
        "customer,ts,order_id,amount\nann,2024-01-01,\"o1,5\nbob,2024-01-01,o2,5\n",
    );
    world.write("twice.csv", "customer,ts,ts,amount\nann,2024-01-01,2024-01-01,5\n");
    world.write(
        "dates.csv",
        "customer,ts,order_id,amount\nann,01/02/2024,o1,5\nann,03/04/2024,o2,5\n",
    );
    for (file, says) in [
        ("missing.csv", "`missing.csv`"),
        ("folder", "`folder`"),
        ("empty.csv", "`empty.csv` has no rows"),
        ("header.csv", "`header.csv` has no rows"),
        ("mark.csv", "`mark.csv` has no rows"),
        ("program.csv", "`program.csv` is a program"),
        ("picture.csv", "`picture.csv` is a"),
        ("archive.xlsx", "`archive.xlsx`"),
        ("broken.parquet", "`broken.parquet` is not valid parquet"),
        ("quote.csv", "the quote opened in line 2 is never closed"),
        ("twice.csv", "two columns called `ts`"),
        ("dates.csv", "`01/02/2024`"),
    ] {
        world.run(&format!("{IMPORT} {file}")).fails(2, &[says]);
        assert_eq!(world.run("import list --data shop").stderr, "", "{file}");
        let counted =
            world.run_with("sql --data shop --format csv", &["select count(*) n from events"], b"");
        assert_eq!(counted.text(), "n\n0\n", "{file}");
    }
}

#[test]
fn bytes_that_are_no_text_are_rows_that_cannot_be_taken() {
    let world = World::new();
    let mut bytes = b"customer,ts,order_id,amount\nann,2024-01-01,o1,5\n".to_vec();
    bytes.extend(b"b\0b,2024-01-01,o2,5\n");
    world.write("rows.csv", bytes);
    let report = world.run(&format!("{IMPORT} --format json rows.csv")).report();
    assert_eq!(
        (report["accepted"].as_u64(), report["by_reason"]["bad_char"].as_u64()),
        (Some(1), Some(1))
    );
    let mut state = 7_u64;
    let garbage: Vec<u8> = (0..20_000)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as u8
        })
        .collect();
    world.write("garbage.csv", garbage);
    world.run(&format!("{IMPORT} garbage.csv")).fails(2, &[]);
}

#[test]
fn a_packed_file_that_ends_early_publishes_nothing() {
    let world = World::new();
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(b"customer,ts,order_id,amount\n").unwrap();
    for row in 0..30_000 {
        writeln!(packed, "c{},2024-01-05,o{row},{}", row % 977, row % 31).unwrap();
    }
    let packed = packed.finish().unwrap();
    world.write("orders.csv.gz", &packed[..packed.len() / 2]);
    world.run(&format!("{IMPORT} orders.csv.gz")).fails(2, &["`orders.csv.gz`"]);
    let counted =
        world.run_with("sql --data shop --format csv", &["select count(*) n from events"], b"");
    assert_eq!(counted.text(), "n\n0\n");
    world.run("doctor --data shop").succeeds();
    world.write("orders.csv.gz", packed);
    world.run(&format!("{IMPORT} orders.csv.gz")).succeeds();
}

#[test]
fn options_that_do_not_fit_say_which_would() {
    let world = World::with_orders();
    for (words, says) in [
        ("--map customer=Custmer", ["`Custmer`", "did you mean customer"]),
        ("--map customr=customer", ["`customr`", "customer"]),
        ("--map customer", ["`--map customer`", "--map customer=CustomerID"]),
        ("--map amount=amount*", ["amount*", "hint"]),
        ("--where amount>", ["amount>", "hint"]),
        ("--zone Mars/Olympus", ["`Mars/Olympus`", "Europe/London"]),
        ("--encoding klingon", ["`klingon`", "utf-8"]),
        ("--delimiter ab", ["--delimiter ab", "tab"]),
        ("--mapping gone.json", ["`gone.json`", "hint"]),
    ] {
        world.run(&format!("{IMPORT} {words} orders.csv")).fails(2, &says);
    }
    world.write("map.json", "{\"customer\": 5}");
    world.run(&format!("{IMPORT} --mapping map.json orders.csv")).fails(2, &["`map.json`"]);
    world.run("import --preset orders orders.csv").fails(2, &["--data"]);
    world.run("import --data shop --preset none orders.csv").fails(2, &["customer"]);
    world.run("import undo --data shop nope").fails(2, &["`nope`", "import list"]);
    world.run("import letters --data shop nope").fails(2, &["`nope`", "import list"]);
}

#[test]
fn questions_that_make_no_sense_say_what_would() {
    let world = World::with_orders();
    world.run("ask rentention --data shop").fails(2, &["`rentention`", "retention"]);
    world.run("ask retention --data gone").fails(2, &["`gone`"]);
    world.run("ask retention --data shop --question gone.json").fails(2, &["`gone.json`"]);
    for (question, says) in [
        ("{", "line 1"),
        ("[]", "JSON object"),
        ("{\"perid\":\"month\"}", "perid"),
        ("{\"period\":\"fortnight\"}", "`period` is `\"fortnight\"`"),
        ("{\"period\":\"month\",\"periods\":0}", "periods"),
        ("{\"enter\":\"sometimes\"}", "sometimes"),
        ("{\"count\":\"now and then\"}", "`count` is `\"now and then\"`"),
        ("{\"from\":\"2024-02-30\"}", "`from` is `\"2024-02-30\"`"),
        ("{\"zone\":\"Mars/Olympus\"}", "Mars/Olympus"),
        ("{\"as_of\":\"yesterday\"}", "`as_of` is `\"yesterday\"`"),
        ("{\"from\":\"2024-03-01\",\"to\":\"2024-01-01\"}", "2024-01-01"),
        (
            "{\"start\":{\"event\":\"order\",\"where\":{\"all\":[{\"field\":\"amount\",\"op\":\"~\",\"value\":0}]}}}",
            "~",
        ),
    ] {
        world.write("bad.json", question);
        let ran = world.run("ask retention --data shop --question bad.json");
        ran.fails(2, &[says]);
    }
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    world.write("deep.json", deep);
    world.run("ask retention --data shop --question deep.json").fails(2, &["deep.json"]);
}

#[test]
fn a_configuration_with_a_wrong_key_is_an_error_that_lists_the_right_ones() {
    let world = World::with_orders();
    world.write("typo.toml", "zome = \"UTC\"\n");
    let ran = world.run("--config typo.toml ask retention --data shop --question question.json");
    ran.fails(2, &["`typo.toml`", "zome", "zone"]);
    world.run("--config gone.toml doctor --data shop").fails(2, &["`gone.toml`"]);
    world.write("zone.toml", "zone = \"Mars/Olympus\"\n");
    world.run("--config zone.toml ask retention --data shop").fails(2, &["Mars/Olympus"]);
    world.run("doctor --data shop --database mysql://x").fails(2, &["mysql"]);
    world.run("doctor --data shop --log =x=").fails(2, &["--log"]);
    world.run("serve --data shop --address 0.0.0.0:0").fails(2, &["0.0.0.0:0", "127.0.0.1"]);
}

#[test]
fn a_folder_that_may_not_be_written_is_named() {
    let world = World::new();
    world.write("orders.csv", ORDERS);
    world.write("question.json", QUESTION);
    world.write("shop", "a file where the folder should be");
    world.run(&format!("{IMPORT} orders.csv")).fails(1, &["shop"]);
    if rustix::process::geteuid().is_root() {
        println!("skipped: root may write everywhere");
        return;
    }
    std::fs::create_dir(world.path("closed")).unwrap();
    std::fs::set_permissions(world.path("closed"), std::fs::Permissions::from_mode(0o500)).unwrap();
    world.run("import --data closed --preset orders orders.csv").fails(1, &["closed"]);
}
