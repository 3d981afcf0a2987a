//! Importing: what is taken, what is not and why, once and for all; listed, undone, replaced.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::harness::{ORDERS, World};

const IMPORT: &str = "import --data shop --preset orders --format json";

#[test]
fn every_row_read_is_accepted_rejected_or_a_duplicate() {
    let world = World::new();
    world.write("orders.csv", ORDERS);
    let report = world.run(&format!("{IMPORT} orders.csv")).report();
    assert_eq!(report["read"], 11);
    // The line that stands twice is two real lines.
    assert_eq!(report["accepted"], 8);
    assert_eq!(report["rejected"], 3);
    assert_eq!(report["by_reason"]["no_customer"], 1);
    assert_eq!(report["by_reason"]["bad_ts"], 1);
    assert_eq!(report["by_reason"]["bad_number"], 1);
    let id = report["id"].as_str().unwrap();
    let letters = world.run(&format!("import letters --data shop {id}")).succeeds().text();
    for line in [
        "orders.csv row 9, column `customer`, value ``: no_customer",
        "orders.csv row 10, column `ts`, value `not a time`: bad_ts",
        "orders.csv row 11, column `amount`, value `x`: bad_number",
        "eve,not a time,o9,4,EUR",
    ] {
        assert!(letters.contains(line), "no `{line}` in\n{letters}");
    }
}

#[test]
fn importing_again_adds_nothing_and_an_overlapping_export_adds_the_new_rows() {
    let world = World::with_orders();
    let before = world.ask();
    let again = world.run(&format!("{IMPORT} orders.csv")).report();
    assert_eq!((again["accepted"].as_u64(), again["known"].as_bool()), (Some(0), Some(true)));
    // Another file with the same rows in another order, and one more.
    let mut lines: Vec<&str> = ORDERS.lines().skip(1).collect();
    lines.reverse();
    let header = ORDERS.lines().next().unwrap();
    let later = format!("{header}\n{}\nfay,2024-03-20,o11,6,EUR\n", lines.join("\n"));
    world.write("later.csv", later);
    let overlap = world.run(&format!("{IMPORT} later.csv")).report();
    assert_eq!(overlap["accepted"], 1);
    assert_eq!(overlap["duplicate"], 8);
    let after = world.ask();
    assert_eq!(before["cohorts"][0], after["cohorts"][0]);
    assert_eq!(after["cohorts"][2]["size"], 1);
}

#[test]
fn an_import_can_be_listed_undone_and_made_again() {
    let world = World::with_orders();
    let before = world.ask();
    world.write("more.csv", "customer,ts,order_id,amount\nann,2024-03-20,o12,6\n");
    let report = world.run(&format!("{IMPORT} more.csv")).report();
    let id = report["id"].as_str().unwrap();
    let list = world.run("import list --data shop").succeeds().text();
    assert!(
        list.contains("orders.csv") && list.contains("more.csv") && list.contains(id),
        "{list}"
    );
    let undone = world.run(&format!("import undo --data shop {id}")).succeeds().text();
    assert!(undone.contains("is undone, 1 rows are gone"), "{undone}");
    assert_eq!(world.ask(), before);
    world.run(&format!("import undo --data shop {id}")).fails(2, &[id, "undone"]);
    assert!(world.run("import list --data shop").succeeds().text().contains("undone"));
    assert_eq!(world.run(&format!("{IMPORT} more.csv")).report()["accepted"], 1);
}

#[test]
fn a_wrong_mapping_is_replaced_in_one_step() {
    let world = World::new();
    world.write(
        "lines.csv",
        "who,when,no,qty,each\nann,2024-01-05,o1,3,2.50\nbob,2024-01-06,o2,1,4\n",
    );
    let map = "--map customer=who,ts=when,order_id=no --format json lines.csv";
    let wrong = format!("import --data shop --preset orders --map amount=each {map}");
    let id = world.run(&wrong).report()["id"].as_str().unwrap().to_owned();
    let right =
        format!("import --data shop --preset orders --replace {id} --map amount=qty*each {map}");
    assert_eq!(world.run(&right).report()["accepted"], 2);
    let sum =
        world.run_with("sql --data shop --format csv", &["select sum(amount) s from events"], b"");
    assert_eq!(sum.succeeds().text(), "s\n11.5000\n");
    world.run("import --data shop --preset orders --replace nope lines.csv").fails(2, &["`nope`"]);
}

#[test]
fn several_files_take_the_place_of_one() {
    let world = World::new();
    let header = "who,when,no,qty,each\n";
    let (january, february) = ("ann,2024-01-05,o1,3,2.50\n", "bob,2024-02-06,o2,2,4\n");
    world.write("all.csv", format!("{header}{january}{february}"));
    world.write("january.csv", format!("{header}{january}"));
    world.write("february.csv", format!("{header}{february}"));
    world.write("broken.csv", "");
    let import = |more: &str| {
        world.run(&format!(
            "import --data shop --preset orders --format json --map customer=who,ts=when,order_id=no {more}"
        ))
    };
    let sum = || {
        let sql = ["select sum(amount) s, count(*) n from events"];
        world.run_with("sql --data shop --format csv", &sql, b"").succeeds().text()
    };
    let wrong = import("--map amount=each all.csv").report()["id"].as_str().unwrap().to_owned();
    let right = format!("--map amount=qty*each --replace {wrong}");
    // Nothing goes before something has come.
    import(&format!("{right} broken.csv january.csv")).fails(2, &["`broken.csv`"]);
    assert_eq!(sum(), "s,n\n6.5000,2\n");
    // What stopped after the first file goes on where it stopped.
    import(&format!("{right} january.csv broken.csv")).fails(2, &["`broken.csv`"]);
    assert_eq!(sum(), "s,n\n7.5000,1\n");
    let done = import(&format!("{right} january.csv february.csv")).succeeds().json();
    assert_eq!((done[0]["known"].as_bool(), done[1]["accepted"].as_u64()), (Some(true), Some(1)));
    assert_eq!(sum(), "s,n\n15.5000,2\n");
    // Another mapping would stand beside the rows that took the place.
    let by = done[0]["id"].as_str().unwrap();
    let other = import(&format!("--map amount=qty --replace {wrong} january.csv february.csv"));
    other.fails(2, &[&wrong, by, "was replaced by", "replace that one"]);
    assert_eq!(sum(), "s,n\n15.5000,2\n");
    world.run("doctor --data shop").succeeds();
}

#[test]
fn standard_input_and_packed_files_are_read_as_files_are() {
    let world = World::with_orders();
    let before = world.ask();
    let piped = world.run_with(IMPORT, &["-"], ORDERS.as_bytes()).report();
    assert_eq!((piped["accepted"].as_u64(), piped["read"].as_u64()), (Some(0), Some(11)));
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(ORDERS.as_bytes()).unwrap();
    world.write("orders.csv.gz", packed.finish().unwrap());
    let unpacked = world.run(&format!("{IMPORT} orders.csv.gz")).report();
    assert_eq!((unpacked["accepted"].as_u64(), unpacked["duplicate"].as_u64()), (Some(0), Some(8)));
    assert_eq!(world.ask(), before);
}

#[test]
fn an_encoding_that_was_guessed_is_told_in_the_closing_report() {
    let world = World::new();
    // 张三丰 and 订单.
    let (name, event) = (b"\xd5\xc5\xc8\xfd\xb7\xe1", b"\xb6\xa9\xb5\xa5");
    let row = |day: u8| {
        [name.as_slice(), format!(",2024-01-{day:02},").as_bytes(), event, b"\n"].concat()
    };
    let rows: Vec<u8> = (1..30).flat_map(row).collect();
    world.write("gb.csv", [b"customer,ts,event\n".as_slice(), &rows].concat());
    let import = "import --data shop --preset events";
    let told = world.run(&format!("{import} gb.csv")).succeeds().text();
    assert!(told.contains("read as gb18030; `--encoding`"), "{told}");
    let customers =
        world.run_with("sql --data shop --format csv", &["select outside_id from customers"], b"");
    assert_eq!(customers.succeeds().text(), "outside_id\n张三丰\n");
    world.write("utf8.csv", "customer,ts,event\n王五,2024-01-05,订单\n");
    let told = world.run(&format!("{import} utf8.csv")).succeeds().text();
    assert!(!told.contains("read as"), "{told}");
}

#[test]
fn a_dry_run_shows_what_it_would_do_and_does_nothing() {
    let world = World::new();
    world.write("orders.csv", ORDERS);
    let shown =
        world.run("import --data shop --preset orders --dry-run orders.csv").succeeds().text();
    assert!(shown.starts_with("orders.csv: csv\n"), "{shown}");
    for needle in
        ["delimiter   ','", "customer    customer", "would take 8", "bad_ts", "nothing was written"]
    {
        assert!(shown.contains(needle), "no `{needle}` in\n{shown}");
    }
    assert!(!world.path("shop").exists());
}

#[test]
fn money_with_a_decimal_comma_is_read_when_it_is_said_and_refused_when_it_is_not() {
    let world = World::new();
    world.write(
        "de.csv",
        "customer;ts;order_id;amount\nann;2024-01-05;o1;1.234,50\nbob;2024-01-06;o2;12,25\n",
    );
    world.run(&format!("{IMPORT} de.csv")).fails(2, &["`1.234,50`", "`amount`", "--decimal-comma"]);
    let said = world.run(&format!("{IMPORT} --decimal-comma de.csv")).report();
    assert_eq!(said["accepted"], 2);
    let sum =
        world.run_with("sql --data shop --format csv", &["select sum(amount) s from events"], b"");
    assert_eq!(sum.succeeds().text(), "s\n1246.7500\n");
}

#[test]
fn a_workbook_and_a_parquet_file_of_one_table_are_one_table() {
    let world = World::with_orders();
    let ask = "ask retention --data shop --question question.json";
    world.run(&format!("{ask} --format xlsx -o cells.xlsx")).succeeds();
    world.run(&format!("{ask} --format parquet -o cells.parquet")).succeeds();
    let import = "import --data cells --preset none --format json --drop share \
        --map customer=index,ts=cohort,event='cell',amount=customers";
    let workbook = world.run(&format!("{import} --sheet cells cells.xlsx")).report();
    assert_eq!((workbook["read"].as_u64(), workbook["accepted"].as_u64()), (Some(8), Some(8)));
    let parquet = world.run(&format!("{import} cells.parquet")).report();
    assert_eq!((parquet["accepted"].as_u64(), parquet["duplicate"].as_u64()), (Some(0), Some(8)));
    world.run(&format!("{import} --sheet gone cells.xlsx")).fails(2, &["`gone`", "cells"]);
    let comma = world.run(&format!("{import} --decimal-comma cells.parquet"));
    comma.fails(2, &["`cells.parquet` is parquet"]);
}

#[test]
fn what_the_guarded_child_is_given_is_judged_by_how_it_ends() {
    let world = World::with_orders();
    let ask = "ask retention --data shop --question question.json";
    world.run(&format!("{ask} --format parquet -o cells.parquet")).succeeds();
    let whole = std::fs::read(world.path("cells.parquet")).unwrap();
    for (bytes, code) in [(whole.clone(), 0), (whole[..whole.len() - 9].to_vec(), 2)] {
        world.write("suspect.parquet", bytes);
        let mut command = world.command("probe --name suspect.parquet");
        command.stdin(std::fs::File::open(world.path("suspect.parquet")).unwrap());
        assert_eq!(command.output().unwrap().status.code(), Some(code));
    }
}
