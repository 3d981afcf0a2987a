//! A hundred kills at random instants, of imports, of accepting, of flushes and of the server:
//! whatever was acknowledged is there once, and what was not is there whole or not at all.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Cursor, Read, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use perennial_lake::source::{self, Field, Input, Preset, SourceOptions};
use perennial_lake::{Access, CUSTOMERS, Lake};
use perennial_store::NewWorkspace;

use crate::harness::{World, python};

const N_KILLS: usize = 100;
/// A run that ends before its kill does not count; so many of them would mean the aim is off.
const MAX_RUNS: usize = 400;
const N_FILES: usize = 100;
const ROWS_OF_A_FILE: usize = 250;
const ROWS_OF_A_BATCH: usize = 20;
const MAP: &str = "customer=customer,ts=ts,event=event,amount=amount,message_id=id";
/// Tells the child where to accept and from which batch on.
const CHILD: &str = "PERENNIAL_TEST_ACCEPT";

/// Rows of a part of the data: the `n`th file or batch.
fn rows(part: &str, number: usize, n_rows: usize) -> String {
    let mut csv = "id,customer,ts,event,amount\n".to_owned();
    for row in 0..n_rows {
        let customer = (number * 131 + row * 7) % 900;
        let (day, event) = (1 + row % 28, if row % 3 == 0 { "order" } else { "visit" });
        writeln!(
            csv,
            "{part}{number}-{row},客{customer},2024-03-{day:02} 10:00:00,{event},{row}.25"
        )
        .unwrap();
    }
    csv
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// What was tried, and what was acknowledged.
struct Run {
    world: World,
    dice: Dice,
    /// Acknowledged, of every part that was ever tried, with its number of rows.
    parts: BTreeMap<String, (bool, usize)>,
    next_file: usize,
    next_batch: usize,
    n_kills: BTreeMap<&'static str, usize>,
    /// How long a run of each kind takes when nobody kills it.
    millis: BTreeMap<&'static str, u64>,
}

impl Run {
    fn command(&self, words: &str) -> Command {
        let mut command = self.world.command(words);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Files to import next, in a circle, so that what was killed is tried again.
    fn files(&mut self) -> Vec<usize> {
        let files = (0..2).map(|step| (self.next_file + step) % N_FILES).collect();
        self.next_file = (self.next_file + 2) % N_FILES;
        files
    }

    fn import(&mut self, files: &[usize]) -> Child {
        for file in files {
            self.parts.entry(format!("f{file}")).or_insert((false, ROWS_OF_A_FILE));
        }
        let mut command = self.command("import --data shop --preset events --format json --map");
        command.arg(MAP).args(files.iter().map(|file| format!("f{file}.csv")));
        command.spawn().unwrap()
    }

    /// Kills a child at a random instant of its life; `true` when it was still alive.
    fn kill(&mut self, kind: &'static str, child: &mut Child) -> bool {
        let usual = self.millis[kind];
        let until = Instant::now() + Duration::from_micros(self.dice.below(usual * 1_100 + 1_000));
        while Instant::now() < until {
            if child.try_wait().unwrap().is_some() {
                return false;
            }
            std::thread::sleep(Duration::from_micros(500));
        }
        let is_alive = child.try_wait().unwrap().is_none();
        child.kill().unwrap();
        *self.n_kills.entry(kind).or_default() += usize::from(is_alive);
        is_alive
    }

    fn importing(&mut self) {
        let files = self.files();
        let mut child = self.import(&files);
        let was_killed = self.kill("import", &mut child);
        let output = child.wait_with_output().unwrap();
        if !was_killed {
            self.acknowledge(&files, &output);
        }
    }

    fn acknowledge(&mut self, files: &[usize], output: &std::process::Output) {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let reports: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        for (file, report) in files.iter().zip(reports.as_array().unwrap()) {
            assert_eq!(report["read"], ROWS_OF_A_FILE);
            self.parts.insert(format!("f{file}"), (true, ROWS_OF_A_FILE));
        }
    }

    fn accepting(&mut self) {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "kills::child_accepts_until_killed", "--nocapture", "--ignored"])
            .env(CHILD, format!("{}|{}", self.world.path("shop").display(), self.next_batch))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.kill("accept", &mut child);
        let mut said = String::new();
        child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
        child.wait().unwrap();
        for line in said.lines() {
            let Some((word, number)) = line.split_once(' ') else { continue };
            let Ok(number) = number.parse::<usize>() else { continue };
            let part = format!("b{number}");
            match word {
                "trying" => drop(self.parts.insert(part, (false, ROWS_OF_A_BATCH))),
                "accepted" => drop(self.parts.insert(part, (true, ROWS_OF_A_BATCH))),
                _ => continue,
            }
            self.next_batch = self.next_batch.max(number + 1);
        }
    }

    fn flushing(&mut self) {
        let mut child = self.command("flush --data shop").spawn().unwrap();
        let was_killed = self.kill("flush", &mut child);
        let output = child.wait_with_output().unwrap();
        assert!(
            was_killed || output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// A server that flushes and compacts on its own, with an import handed to it.
    fn serving(&mut self) {
        let mut server = self.command("serve --data shop --address 127.0.0.1:0").spawn().unwrap();
        let mut first = [0_u8; 1];
        // Its first word is the address: from here on it takes work.
        server.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
        let files = self.files();
        let import = self.import(&files);
        self.kill("serve", &mut server);
        server.wait().unwrap();
        let output = import.wait_with_output().unwrap();
        if output.status.success() {
            self.acknowledge(&files, &output);
        }
    }

    /// How long everything takes unkilled.
    fn measure(&mut self) {
        let timed = |command: &mut Command| {
            let started = Instant::now();
            assert!(command.output().unwrap().status.success());
            u64::try_from(started.elapsed().as_millis()).unwrap()
        };
        self.world.write("warm.csv", rows("w", 0, ROWS_OF_A_FILE));
        let words = format!("import --data shop --preset events --map {MAP} warm.csv");
        let import = timed(&mut self.command(&words));
        self.parts.insert("w0".to_owned(), (true, ROWS_OF_A_FILE));
        let flush = timed(&mut self.command("flush --data shop"));
        self.millis =
            [("import", import), ("accept", flush * 4), ("flush", flush * 2), ("serve", import)]
                .into();
    }

    /// Rows there of every part, each of them once.
    fn found(&self) -> BTreeMap<String, usize> {
        let sql = "select split_part(message_id, '-', 1) part, count(*) n, \
                   count(distinct message_id) ids from events group by 1";
        let counted = self.world.run_with("sql --data shop --format json", &[sql], b"").json();
        let rows = counted.as_array().unwrap().iter();
        rows.map(|row| {
            assert_eq!(row["n"], row["ids"], "twice there: {row}");
            (row["part"].as_str().unwrap().to_owned(), row["n"].as_u64().unwrap() as usize)
        })
        .collect()
    }

    fn check(&self) {
        let found = self.found();
        for (part, (is_acknowledged, n_rows)) in &self.parts {
            match found.get(part) {
                Some(n_found) => assert_eq!(n_found, n_rows, "{part} is there in part"),
                None => assert!(!is_acknowledged, "{part} was acknowledged and is lost"),
            }
        }
        assert!(found.keys().all(|part| self.parts.contains_key(part)), "{found:?}");
    }
}

#[test]
fn a_hundred_kills_lose_nothing_and_double_nothing() {
    let world = World::new();
    for file in 0..N_FILES {
        world.write(&format!("f{file}.csv"), rows("f", file, ROWS_OF_A_FILE));
    }
    let mut run = Run {
        world,
        dice: Dice(20_260_101),
        parts: BTreeMap::new(),
        next_file: 0,
        next_batch: 0,
        n_kills: BTreeMap::new(),
        millis: BTreeMap::new(),
    };
    run.measure();
    let mut n_runs = 0;
    while run.n_kills.values().sum::<usize>() < N_KILLS {
        n_runs += 1;
        assert!(n_runs <= MAX_RUNS, "too few were still alive: {:?}", run.n_kills);
        match run.dice.below(10) {
            0..4 => run.importing(),
            4..7 => run.accepting(),
            7..9 => run.flushing(),
            _ => run.serving(),
        }
        if n_runs % 40 == 0 {
            run.check();
        }
    }
    for kind in ["import", "accept", "flush", "serve"] {
        assert!(run.n_kills.contains_key(kind), "{:?}", run.n_kills);
    }
    run.check();
    run.world.run("flush --data shop").succeeds();
    run.world.run("doctor --data shop").succeeds();
    run.check();
    // Every file again: what was killed comes in whole, the rest adds nothing.
    for files in (0..N_FILES).collect::<Vec<_>>().chunks(50) {
        let output = run.import(files).wait_with_output().unwrap();
        run.acknowledge(files, &output);
    }
    run.check();
    run.world.run("doctor --data shop").succeeds();
    let n_rows: usize = run.found().values().sum();
    println!("{n_runs} runs, kills {:?}, {n_rows} rows", run.n_kills);
    agree_with_duckdb(&run.world, n_rows);
}

fn agree_with_duckdb(world: &World, n_rows: usize) {
    let Some(python) = python() else {
        println!("skipped: no Python with DuckDB; set PERENNIAL_ATTACH_PYTHON");
        return;
    };
    let sum =
        world.run_with("sql --data shop --format csv", &["select sum(amount) s from events"], b"");
    let sum = sum.succeeds().text().trim_start_matches("s\n").trim().to_owned();
    let theirs = crate::duckdb::totals(&python, &world.path("shop"));
    assert_eq!(theirs, format!("{n_rows}|{n_rows}|{sum}"));
}

/// Accepts batches one after the other and says so, as a client that keeps a journal would.
#[test]
#[ignore = "started, and killed, by the test of a hundred kills"]
fn child_accepts_until_killed() {
    let Ok(told) = std::env::var(CHILD) else { return };
    let (folder, first) = told.split_once('|').unwrap();
    let first: usize = first.parse().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let created =
            NewWorkspace { n_buckets: 16, zone: "UTC".to_owned(), week_start: "monday".to_owned() };
        let access = Access::Write { role: "accept".to_owned(), created };
        let lake = Lake::open(Path::new(folder), None, access).await.unwrap();
        for number in first..first + 40 {
            say("trying", number);
            accept(&lake, number).await;
            say("accepted", number);
        }
        lake.close().await;
    });
}

async fn accept(lake: &Lake, number: usize) {
    let mut options = SourceOptions::new(Preset::Events, 1_717_200_000_000_000);
    for (field, column) in [
        (Field::Customer, "customer"),
        (Field::Ts, "ts"),
        (Field::Event, "event"),
        (Field::Amount, "amount"),
        (Field::MessageId, "id"),
    ] {
        options.map.push((field, column.to_owned()));
    }
    let csv = rows("b", number, ROWS_OF_A_BATCH).into_bytes();
    let mut source = source::open(Input::stream("batch", Cursor::new(csv)), &options).unwrap();
    while let Some(batch) = source.next().unwrap() {
        lake.accept(batch, CUSTOMERS, "api").await.unwrap();
    }
}

fn say(word: &str, number: usize) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{word} {number}").unwrap();
    out.flush().unwrap();
}
