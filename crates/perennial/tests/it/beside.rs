//! Several processes on one data folder: one writes, the others read or hand their work over.

use std::process::Stdio;
use std::time::{Duration, Instant};

use perennial_lake::{Access, Lake};
use perennial_store::{ImportState, NewWorkspace};

use crate::harness::{ORDERS, QUESTION, Server, World};

#[test]
fn an_import_beside_a_server_is_done_by_the_server() {
    let world = World::with_orders();
    let mut server = Server::start(&world);
    world.write(
        "more.csv",
        "customer,ts,order_id,amount\ngus,2024-01-07,o30,6\n,2024-01-07,o31,6\n",
    );
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
    let undo =
        world.run(&format!("import undo --data shop {}", report["import"].as_str().unwrap()));
    undo.fails(1, &["perennial serve"]);
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    // The lock went with its holder.
    world.run("import --data shop --preset orders orders.csv").succeeds();
}

#[test]
fn a_server_replaces_by_several_files_and_adds_none_of_them_when_the_first_fails() {
    let world = World::new();
    let header = "customer,ts,order_id,amount\n";
    world.write("all.csv", format!("{header}ann,2024-01-05,o1,1\nbob,2024-02-06,o2,1\n"));
    world.write("january.csv", format!("{header}ann,2024-01-05,o1,2\n"));
    world.write("february.csv", format!("{header}bob,2024-02-06,o2,3\n"));
    world.write("broken.csv", "");
    let import = "import --data shop --preset orders --format json";
    let wrong = world.run(&format!("{import} all.csv")).report()["id"].as_str().unwrap().to_owned();
    let mut server = Server::start(&world);
    let sum = || {
        let sql = ["select sum(amount) s, count(*) n from events"];
        world.run_with("sql --data shop --format csv", &sql, b"").succeeds().text()
    };
    let replace = format!("{import} --replace {wrong}");
    world.run(&format!("{replace} broken.csv january.csv february.csv")).fails(2, &["broken.csv"]);
    // The others were queued behind it; whoever waits sees them fail too.
    let deadline = Instant::now() + Duration::from_secs(20);
    let list = loop {
        let (_, body) = server.request("GET", "/api/v1/imports", b"");
        if !body.contains("\"waiting\"") && !body.contains("\"running\"") {
            break body;
        }
        assert!(Instant::now() < deadline, "{body}");
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(list.matches("\"not_begun\"").count(), 2, "{list}");
    assert_eq!(sum(), "s,n\n2.0000,2\n");
    let done = world.run(&format!("{replace} january.csv february.csv")).succeeds();
    assert!(done.stderr.contains(&server.address), "{}", done.stderr);
    assert_eq!(sum(), "s,n\n5.0000,2\n");
    server.child.kill().unwrap();
    server.child.wait().unwrap();
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
        let created =
            NewWorkspace { n_buckets: 4, zone: "UTC".to_owned(), week_start: "monday".to_owned() };
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
fn an_import_that_was_killed_is_not_listed_as_running() {
    let world = World::with_orders();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let created =
        NewWorkspace { n_buckets: 4, zone: "UTC".to_owned(), week_start: "monday".to_owned() };
    let access = Access::Write { role: "import".to_owned(), created };
    let lake = runtime.block_on(async {
        let lake = Lake::open(&world.path("shop"), None, access).await.unwrap();
        let mut import = lake.imports().await.unwrap().remove(0);
        import.id = "01a20157-d682-7414-b445-29f09475831a".to_owned();
        import.state = ImportState::Running;
        lake.store().put_import(&import).await.unwrap();
        lake
    });
    let list = || world.run("import list --data shop").succeeds().text();
    assert!(list().contains("running"), "{}", list());
    runtime.block_on(lake.close());
    drop(lake);
    assert!(list().contains("interrupted") && !list().contains("running"), "{}", list());
}

#[test]
fn two_imports_at_once_are_both_taken_in_or_one_is_told_why() {
    let world = World::with_orders();
    let children: Vec<_> = (0..2)
        .map(|n| {
            let rows: String =
                (0..2_000).map(|row| format!("c{row},2024-02-03,x{n}-{row},2\n")).collect();
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
    let counted =
        world.run_with("sql --data shop --format csv", &["select count(*) n from events"], b"");
    assert_eq!(counted.succeeds().text(), format!("n\n{n_rows}\n"));
    world.run("doctor --data shop").succeeds();
}
