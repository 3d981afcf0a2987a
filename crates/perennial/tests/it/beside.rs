//! Several processes on one data folder: one writes, the others read or hand their work over.

use std::process::Stdio;
use std::time::{Duration, Instant};

use perennial_lake::{Access, Lake};
use perennial_store::NewWorkspace;

use crate::harness::{ORDERS, QUESTION, Server, World};

#[test]
fn an_import_beside_a_server_is_done_by_the_server() {
    let world = World::with_orders();
    let mut server = Server::start(&world);
    world.write("more.csv", "customer,ts,order_id,amount\ngus,2024-01-07,o30,6\n,2024-01-07,o31,6\n");
    let ran = world.run("import --data shop --preset orders --format json more.csv");
    assert!(ran.stderr.contains(&server.address), "{}", ran.stderr);
    let report = ran.report();
    assert_eq!((report["accepted"].as_u64(), report["rejected"].as_u64()), (Some(1), Some(1)));
    // Readers need no leave.
    assert_eq!(world.ask()["cohorts"][0]["size"], 4);
    world.run("doctor --data shop").succeeds();
    let (status, body) = server.request("POST", "/api/v1/insights/retention", QUESTION.as_bytes());
    assert_eq!(status, 200);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&body).unwrap(), world.ask());
    world.run("import --data shop --preset orders gone.csv").fails(2, &["`gone.csv`"]);
    let bad = world.run("import --data shop --preset orders --map customer=Custmer more.csv");
    bad.fails(2, &["Custmer", "customer"]);
    let piped = world.run_with("import --data shop --preset orders -", &[], ORDERS.as_bytes());
    piped.fails(2, &["standard input"]);
    let undo = world.run(&format!("import undo --data shop {}", report["import"].as_str().unwrap()));
    undo.fails(1, &["perennial serve"]);
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    // The lock went with its holder.
    world.run("import --data shop --preset orders orders.csv").succeeds();
}

#[test]
fn a_server_told_to_stop_stops_cleanly() {
    let world = World::with_orders();
    let mut server = Server::start(&world);
    let pid = rustix::process::Pid::from_child(&server.child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    let status = loop {
        if let Some(status) = server.child.try_wait().unwrap() {
            break status;
        }
        assert!(Instant::now() < deadline, "it does not stop");
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(status.code(), Some(0));
    assert!(!world.path("shop/perennial.token").exists());
}

#[test]
fn a_second_writer_is_turned_away_with_the_name_of_the_first() {
    let world = World::with_orders();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let lake = runtime.block_on(async {
        let created = NewWorkspace { n_buckets: 4, zone: "UTC".to_owned(), week_start: "monday".to_owned() };
        let access = Access::Write { role: "import".to_owned(), created };
        Lake::open(&world.path("shop"), None, access).await.unwrap()
    });
    let holder = format!("process {}", std::process::id());
    for command in ["import --preset orders orders.csv", "serve --address 127.0.0.1:0", "flush"] {
        let ran = world.run(&format!("{command} --data shop"));
        ran.fails(1, &["is being written by `perennial import`", &holder]);
    }
    world.ask();
    runtime.block_on(lake.close());
    drop(lake);
    world.run("flush --data shop").succeeds();
}

#[test]
fn two_imports_at_once_are_both_taken_in_or_one_is_told_why() {
    let world = World::with_orders();
    let children: Vec<_> = (0..2)
        .map(|n| {
            let rows: String = (0..2_000).map(|row| format!("c{row},2024-02-03,x{n}-{row},2\n")).collect();
            let name = format!("part{n}.csv");
            world.write(&name, format!("customer,ts,order_id,amount\n{rows}"));
            let mut command = world.command("import --data shop --preset orders --format json");
            command.arg(name).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let mut n_rows = 8;
    for child in children {
        let output = child.wait_with_output().unwrap();
        match output.status.code() {
            Some(0) => n_rows += 2_000,
            Some(1) => {
                let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
                assert!(stderr.contains("is being written by"), "{stderr}");
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(n_rows > 8);
    let counted = world.run_with("sql --data shop --format csv", &["select count(*) n from events"], b"");
    assert_eq!(counted.succeeds().text(), format!("n\n{n_rows}\n"));
    world.run("doctor --data shop").succeeds();
}
