//! Connections: accepted, limited in number and patience, and ended in order.

use crate::app::App;
use crate::edge::{Patient, Peer};
use crate::{Gateway, metrics, routes};
use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

/// Larger heads are refused.
const LARGEST_HEAD: usize = 64 * 1024;

/// Answers requests until `shutdown` is cancelled. Then the listener closes, streams end, and requests under way have a
/// while to finish.
pub async fn serve(listener: TcpListener, gateway: Gateway, shutdown: CancellationToken) -> io::Result<()> {
    let app = App::new(gateway, listener.local_addr()?, shutdown.clone());
    let connections = TaskTracker::new();
    if let Some(address) = app.settings().metrics_listen {
        let listener = TcpListener::bind(address).await?;
        connections.spawn(accept(listener, metrics::router(app.clone()), app.clone(), connections.clone()));
    }
    accept(listener, routes::router(app.clone()), app.clone(), connections.clone()).await;
    connections.close();
    app.sockets.close();
    let ended = async {
        connections.wait().await;
        app.sockets.wait().await;
    };
    // Each connection gives up by itself after `drain`; this is for those who cannot even do that.
    if timeout(app.settings().drain + Duration::from_secs(2), ended).await.is_err() {
        tracing::warn!("some connections did not end");
    }
    Ok(())
}

async fn accept(listener: TcpListener, router: Router, app: App, connections: TaskTracker) {
    let places = Arc::new(Semaphore::new(app.settings().most_connections));
    loop {
        // Who comes when all places are taken waits in the kernel's queue.
        let accepted = async {
            let place = places.clone().acquire_owned().await;
            (listener.accept().await, place)
        };
        let (accepted, place) = tokio::select! {
            () = app.shutdown.cancelled() => return,
            accepted = accepted => accepted,
        };
        match accepted {
            Ok((stream, address)) => {
                let serving = serve_connection(stream, Peer(address.ip().to_canonical()), router.clone(), app.clone());
                connections.spawn(async move {
                    serving.await;
                    drop(place);
                });
            }
            Err(error) => {
                // Out of descriptors, or the peer was gone already: neither lasts.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn serve_connection(stream: TcpStream, peer: Peer, router: Router, app: App) {
    let stream = Patient::new(stream, app.settings().write_timeout);
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(peer);
        router.clone().oneshot(request.map(Body::new))
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(app.settings().header_timeout).max_buf_size(LARGEST_HEAD);
    let connection = builder.serve_connection(TokioIo::new(stream), service).with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = app.shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            match timeout(app.settings().drain, connection).await {
                Ok(ended) => ended,
                Err(_) => return tracing::warn!("a request under way was cut: it took too long to end"),
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
    }
}
