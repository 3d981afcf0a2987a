//! Binding and accepting: loopback only, heads and bodies on a clock, connections counted.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use perennial_lake::source::Guard;
use perennial_lake::{Lake, LakeError};
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::app::App;
use crate::{background, handover, limits, router};

/// How to serve.
#[derive(Clone, Copy, Debug)]
pub struct ServeOptions {
    /// Where; port 0 is any free one.
    pub address: SocketAddr,
    /// Buckets folded at a time.
    pub threads: NonZeroUsize,
    /// How often the lake is tidied.
    pub tidy_every: Duration,
    /// What looks at uploads before they are read; none trusts them.
    pub guard: Option<Guard>,
}

impl ServeOptions {
    /// Serving on an address, tidying every minute.
    pub fn new(address: SocketAddr, threads: NonZeroUsize) -> ServeOptions {
        ServeOptions { address, threads, tidy_every: Duration::from_secs(60), guard: None }
    }
}

/// Why nothing is served.
#[derive(Debug, Error)]
pub enum ServeError {
    /// An address others can reach.
    #[error("`{0}` is not a loopback address, and without sign-in only this machine may be served")]
    NotLoopback(SocketAddr),
    /// The address is taken, or not ours.
    #[error("cannot serve on `{address}`: {source}")]
    Bind {
        /// Where.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The data folder.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// The token of the handover.
    #[error("cannot write the handover token: {0}")]
    Token(io::Error),
}

impl ServeError {
    /// What mends it, where something does.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            ServeError::NotLoopback(_) => Some("use 127.0.0.1 or [::1]"),
            ServeError::Bind { .. } => {
                Some("choose another with `--address`; port 0 is any free one")
            }
            ServeError::Lake(error) => error.hint(),
            ServeError::Token(_) => Some("check the permissions of the data folder"),
        }
    }
}

/// Serves until `shutdown` ends; then lets requests finish and imports stop. `bound` is told the
/// address.
pub async fn serve(
    lake: Lake,
    options: ServeOptions,
    bound: impl FnOnce(SocketAddr),
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    if !options.address.ip().is_loopback() {
        return Err(ServeError::NotLoopback(options.address));
    }
    let failed = |source| ServeError::Bind { address: options.address, source };
    let listener = TcpListener::bind(options.address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let token = handover::Token::write(lake.folder().root()).map_err(ServeError::Token)?;
    lake.announce(Some(address.to_string()))?;
    let app = App::new(lake, &options, token.text().to_owned());
    let stop = CancellationToken::new();
    let tracker = TaskTracker::new();
    tracker.spawn(background::tidy(app.clone(), options.tidy_every, stop.clone()));
    tracker.spawn(background::score(app.clone(), stop.clone()));
    tracker.spawn(app.clone().jobs_loop(stop.clone()));
    let router = router::router(app);
    bound(address);
    let connections = Arc::new(Semaphore::new(limits::CONNECTIONS));
    tokio::pin!(shutdown);
    loop {
        let permit = tokio::select! {
            permit = connections.clone().acquire_owned() => permit,
            () = &mut shutdown => break,
        };
        let stream = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        // Out of descriptors, or gone before it was accepted: the next one may do better.
        let (Ok(permit), Ok((stream, _))) = (permit, stream) else { continue };
        let (router, stop) = (router.clone(), stop.clone());
        tracker.spawn(async move {
            connection(stream, router, stop).await;
            drop(permit);
        });
    }
    stop.cancel();
    tracker.close();
    tracker.wait().await;
    Ok(())
}

async fn connection(stream: TcpStream, router: Router, stop: CancellationToken) {
    // Answers are written whole; waiting for more to send would only delay them.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let router = router.clone();
        async move {
            let response = router.oneshot(request.map(axum::body::Body::new) as Request).await;
            Ok::<_, Infallible>(response.unwrap_or_else(|never| match never {}))
        }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(limits::HEAD_SECONDS))
        .keep_alive(true)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(served);
    let ended = tokio::select! {
        ended = &mut served => ended,
        () = stop.cancelled() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
