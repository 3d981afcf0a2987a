//! A service on a lake of its own, on a free port.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use perennial_lake::{Access, Lake};
use perennial_server::ServeOptions;
use perennial_store::NewWorkspace;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

pub(crate) const ORDERS: &str = "\
customer,ts,order_id,amount,currency
ann,2024-01-05 10:00:00,o1,10.50,EUR
bob,2024-01-20 11:00:00,o2,20,EUR
ann,2024-02-10 09:00:00,o4,7.25,EUR
bob,2024-03-02 09:00:00,o5,8,EUR
,2024-02-11 09:00:00,o8,4,EUR
";

pub(crate) const QUESTION: &str = r#"{"start":{"event":"order"},"return":{"event":"order"},
"period":"month","periods":3,"from":"2024-01-01","to":"2024-03-31","as_of":"2024-04-01T00:00:00Z"}"#;

/// A running service; it stops with this.
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    client: reqwest::Client,
    stop: Option<oneshot::Sender<()>>,
    _folder: TempDir,
}

impl Service {
    pub(crate) async fn start() -> Service {
        let folder = tempfile::tempdir().unwrap();
        let created =
            NewWorkspace { n_buckets: 4, zone: "UTC".to_owned(), week_start: "monday".to_owned() };
        let access = Access::Write { role: "serve".to_owned(), created };
        let lake = Lake::open(folder.path(), None, access).await.unwrap();
        let options = ServeOptions::new(([127, 0, 0, 1], 0).into(), NonZeroUsize::MIN);
        let (stop, stopped) = oneshot::channel::<()>();
        let (bound, address) = oneshot::channel();
        tokio::spawn(async move {
            let shutdown = async { drop(stopped.await) };
            let bound = |at| bound.send(at).unwrap();
            perennial_server::serve(lake, options, bound, shutdown).await.unwrap();
        });
        let address = address.await.unwrap();
        Service { address, client: reqwest::Client::new(), stop: Some(stop), _folder: folder }
    }

    /// A service with the orders in it.
    pub(crate) async fn with_orders() -> Service {
        let service = Service::start().await;
        let report = service.import("?name=orders.csv&preset=orders", ORDERS).await;
        assert_eq!(report["accepted"], 4, "{report}");
        service
    }

    /// Status and body of a request to a path under `/api/v1`.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        body: impl Into<Vec<u8>>,
    ) -> (u16, Vec<u8>) {
        let method = method.parse::<reqwest::Method>().unwrap();
        let url = format!("http://{}/api/v1{path}", self.address);
        let response = self.client.request(method, url).body(body.into()).send().await.unwrap();
        (response.status().as_u16(), response.bytes().await.unwrap().to_vec())
    }

    /// The same, the body being JSON.
    pub(crate) async fn json(
        &self,
        method: &str,
        path: &str,
        body: impl Into<Vec<u8>>,
    ) -> (u16, Value) {
        let (status, bytes) = self.send(method, path, body).await;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        (
            status,
            serde_json::from_slice(&bytes)
                .unwrap_or_else(|error| panic!("{error}: {status} {text}")),
        )
    }

    /// Uploads a file and waits for the end of its import.
    pub(crate) async fn import(&self, query: &str, file: impl Into<Vec<u8>>) -> Value {
        let (status, taken) = self.json("POST", &format!("/imports{query}"), file).await;
        assert_eq!(status, 202, "{taken}");
        let path = format!("/imports/{}", taken["id"].as_str().unwrap());
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let (status, report) = self.json("GET", &path, "").await;
            assert_eq!(status, 200, "{report}");
            if !matches!(report["state"].as_str(), Some("waiting" | "running")) {
                return report;
            }
            assert!(Instant::now() < deadline, "{report}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// What comes back for bytes sent as they are, until the service closes the connection.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut reply = Vec::new();
        // A service that is done with a client may reset what it has not read.
        let _ = stream.read_to_end(&mut reply).await;
        String::from_utf8_lossy(&reply).into_owned()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}
