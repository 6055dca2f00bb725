//! axum, stopped as its example `graceful-shutdown` shows: `with_graceful_shutdown` at SIGTERM, and a time limit for
//! requests, since it waits for all of them: axum_server PORT
use std::{convert::Infallible, env, time::Duration};

use axum::{
    Router,
    body::Bytes,
    extract::Query,
    http::StatusCode,
    response::sse::{Event, Sse},
    routing::{get, post},
};
use futures_util::{Stream, stream};
use tokio::{net::TcpListener, signal::unix, time::sleep};
use tower_http::timeout::TimeoutLayer;

type Numbers = Query<std::collections::HashMap<String, u64>>;

async fn slow(Query(numbers): Numbers) -> &'static str {
    sleep(Duration::from_millis(numbers["ms"])).await;
    "slept"
}

async fn bytes(Query(numbers): Numbers) -> Vec<u8> {
    vec![0; numbers["n"] as usize]
}

async fn upload(body: Bytes) -> String {
    format!("{} bytes", body.len())
}

async fn events() -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    Sse::new(stream::unfold((), |()| async {
        sleep(Duration::from_millis(100)).await;
        Some((Ok(Event::default().data("here")), ()))
    }))
}

#[tokio::main]
async fn main() {
    let port: u16 = env::args().nth(1).and_then(|text| text.parse().ok()).expect("axum_server PORT");
    let router = Router::new()
        .route("/hello", get(|| async { "Hello, World!" }))
        .route("/slow", get(slow))
        .route("/bytes", get(bytes))
        .route("/upload", post(upload))
        .route("/events", get(events))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_secs(8)));
    let mut stop = unix::signal(unix::SignalKind::terminate()).expect("signal");
    let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("bind");
    axum::serve(listener, router)
        .with_graceful_shutdown(async move {
            stop.recv().await;
        })
        .await
        .expect("serve");
}
