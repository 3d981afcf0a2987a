//! A folder of its own, the binary run in it, and what came back.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

pub(crate) use perennial_testkit::explained::python;
use serde_json::Value;
use tempfile::TempDir;

/// Three customers of January, one of them back in February, two in March; one of February; three
/// lines that cannot be taken; and a line that stands twice.
pub(crate) const ORDERS: &str = "\
customer,ts,order_id,amount,currency
ann,2024-01-05 10:00:00,o1,10.50,EUR
bob,2024-01-20 11:00:00,o2,20,EUR
cai,2024-01-31 23:59:59,o3,5,EUR
ann,2024-02-10 09:00:00,o4,7.25,EUR
bob,2024-03-02 09:00:00,o5,8,EUR
ann,2024-03-15 09:00:00,o6,9,EUR
dan,2024-02-29 12:00:00,o7,3,EUR
,2024-02-11 09:00:00,o8,4,EUR
eve,not a time,o9,4,EUR
dan,2024-03-31 12:00:00,o10,x,EUR
ann,2024-02-10 09:00:00,o4,7.25,EUR
";

/// The retention question of these orders.
pub(crate) const QUESTION: &str = r#"{"enter":"first_matching",
"start":{"event":"order","where":{"all":[{"field":"amount","op":">","value":0}]}},
"return":{"event":"order","where":{"all":[{"field":"amount","op":">","value":0}]}},
"count":"on","window":"calendar","period":"month","periods":3,"from":"2024-01-01","to":"2024-03-31",
"as_of":"2024-04-15T00:00:00Z","zone":"UTC","week_start":"monday","population":"buyers"}"#;

/// The binary, without the variables of whoever runs the tests.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_perennial"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PERENNIAL_") {
            command.env_remove(name);
        }
    }
    command
}

/// A folder to work in.
pub(crate) struct World {
    folder: TempDir,
}

impl World {
    pub(crate) fn new() -> World {
        World { folder: tempfile::tempdir().unwrap() }
    }

    /// A folder with the orders imported into `shop`, and the question beside them.
    pub(crate) fn with_orders() -> World {
        let world = World::new();
        world.write("orders.csv", ORDERS);
        world.write("question.json", QUESTION);
        world.run("import --data shop --preset orders orders.csv").succeeds();
        world
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    /// The program in this folder, with words split at spaces.
    pub(crate) fn command(&self, words: &str) -> Command {
        let mut command = program();
        command.current_dir(self.folder.path()).args(words.split_whitespace());
        command
    }

    pub(crate) fn run(&self, words: &str) -> Ran {
        self.run_with(words, &[], b"")
    }

    /// Runs with arguments that hold spaces, and standard input.
    pub(crate) fn run_with(&self, words: &str, more: &[&str], input: &[u8]) -> Ran {
        let mut command = self.command(words);
        command.args(more);
        run(command, input)
    }

    /// The answer to the question of the file.
    pub(crate) fn ask(&self) -> Value {
        self.run("ask retention --data shop --question question.json --format json").json()
    }

    /// The Parquet files of the lake, sorted.
    pub(crate) fn parquet_files(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.path("shop/lake")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|ending| ending == "parquet") {
                    found.push(path);
                }
            }
        }
        found.sort();
        found
    }
}

/// Runs a command to its end.
pub(crate) fn run(mut command: Command, input: &[u8]) -> Ran {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let words = format!("{command:?}");
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // A program that ends before it has read everything breaks the pipe, and may.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    Ran { words, code: output.status.code(), stdout: output.stdout, stderr }
}

/// What a run left.
#[derive(Debug)]
pub(crate) struct Ran {
    words: String,
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    #[track_caller]
    pub(crate) fn succeeds(self) -> Ran {
        self.exits(0)
    }

    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Ran {
        let Ran { words, stderr, .. } = &self;
        assert_eq!(self.code, Some(code), "{words}\n{}\n{stderr}", self.text());
        assert!(!stderr.contains("panicked"), "{words}\n{stderr}");
        self
    }

    /// Fails with that code, saying all of these on standard error, and a hint.
    #[track_caller]
    pub(crate) fn fails(self, code: i32, says: &[&str]) -> Ran {
        let ran = self.exits(code);
        for needle in says.iter().chain(&["hint: "]) {
            assert!(ran.stderr.contains(needle), "{}\nno `{needle}` in\n{}", ran.words, ran.stderr);
        }
        ran
    }

    #[track_caller]
    pub(crate) fn json(self) -> Value {
        let ran = self.succeeds();
        serde_json::from_slice(&ran.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", ran.text()))
    }

    /// The only report of an import printed as JSON.
    #[track_caller]
    pub(crate) fn report(self) -> Value {
        let reports = self.json();
        let [report] = reports.as_array().unwrap().as_slice() else { panic!("{reports}") };
        let count = |name: &str| report[name].as_u64().unwrap();
        let sum = count("accepted") + count("rejected") + count("duplicate");
        assert_eq!(sum, count("read"), "accepted + rejected + duplicate = read: {report}");
        report.clone()
    }
}

/// A running `perennial serve`, killed with this.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) address: String,
}

impl Server {
    /// Serves `shop` and waits for the address.
    pub(crate) fn start(world: &World) -> Server {
        let mut command = world.command("serve --data shop --address 127.0.0.1:0");
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.split("http://").nth(1).and_then(|rest| rest.split_whitespace().next());
        let address = address.unwrap_or_else(|| panic!("no address in `{line}`")).to_owned();
        Server { child, address }
    }

    /// Status and body of a request.
    pub(crate) fn request(&self, method: &str, path: &str, body: &[u8]) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let mut head = String::new();
        write!(head, "{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.address).unwrap();
        write!(head, "Content-Type: application/json\r\nConnection: close\r\n").unwrap();
        write!(head, "Content-Length: {}\r\n\r\n", body.len()).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        let (head, body) = reply.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, body.to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
