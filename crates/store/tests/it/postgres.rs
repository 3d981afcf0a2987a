//! A PostgreSQL cluster of the test's own, in a temporary folder, reached by a Unix socket.
//!
//! PostgreSQL refuses to run as root, so a root test runs it as `postgres`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

use perennial_store::DatabaseUrl;

pub(crate) struct Cluster {
    bin: PathBuf,
    folder: tempfile::TempDir,
    n_databases: AtomicU32,
}

impl Cluster {
    /// Starts a cluster; `None`, and a line saying so, where PostgreSQL is not installed.
    pub(crate) fn start() -> Option<Cluster> {
        let Some(bin) = installed() else {
            println!("skipped: no PostgreSQL under /usr/lib/postgresql");
            return None;
        };
        let folder = tempfile::Builder::new().prefix("pg").tempdir().unwrap();
        let cluster = Cluster { bin, folder, n_databases: AtomicU32::new(0) };
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(cluster.folder.path()));
        }
        let data = cluster.folder.path().join("data");
        run(cluster.program("initdb").arg("-D").arg(&data).args([
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        ]));
        let options = format!("-F -c listen_addresses='' -k {}", cluster.folder.path().display());
        run(cluster
            .program("pg_ctl")
            .arg("-D")
            .arg(&data)
            .arg("-l")
            .arg(cluster.folder.path().join("log"))
            .args(["-w", "-o", &options, "start"]));
        Some(cluster)
    }

    /// A new, empty database.
    pub(crate) fn new_database(&self) -> DatabaseUrl {
        let name = format!("case_{}", self.n_databases.fetch_add(1, Ordering::Relaxed));
        let socket = self.folder.path();
        run(self.program("createdb").arg("-h").arg(socket).args(["-U", "postgres", &name]));
        let host = socket.display();
        DatabaseUrl::Postgres(format!("postgres://postgres@localhost/{name}?host={host}"))
    }

    fn program(&self, name: &str) -> Command {
        let program = self.bin.join(name);
        let mut command = match is_root() {
            true => {
                let mut command = Command::new("setpriv");
                command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
                command.arg(program);
                command
            }
            false => Command::new(program),
        };
        command.current_dir(self.folder.path());
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let data = self.folder.path().join("data");
        let mut stop = self.program("pg_ctl");
        // A failure here would hide the failure of the test.
        let _ = stop.arg("-D").arg(data).args(["-m", "immediate", "-w", "stop"]).output();
    }
}

fn installed() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let bins = versions.flatten().map(|version| version.path().join("bin"));
    bins.filter(|bin| bin.join("initdb").exists()).max()
}

fn is_root() -> bool {
    let owner = |path: &str| std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(path).unwrap());
    Path::new("/proc/self").exists() && owner("/proc/self") == 0
}

fn run(command: &mut Command) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{command:?}: {status}\n{stdout}{stderr}");
}
