//! actix-web, which stops gracefully at SIGTERM by itself, within `shutdown_timeout`: actix_server PORT
use std::{collections::HashMap, env, time::Duration};

use actix_web::{App, Error, HttpResponse, HttpServer, rt::time::sleep, web};
use futures_util::stream;

type Numbers = web::Query<HashMap<String, u64>>;

async fn slow(numbers: Numbers) -> &'static str {
    sleep(Duration::from_millis(numbers["ms"])).await;
    "slept"
}

async fn bytes(numbers: Numbers) -> HttpResponse {
    HttpResponse::Ok().body(vec![0; numbers["n"] as usize])
}

async fn upload(body: web::Bytes) -> String {
    format!("{} bytes", body.len())
}

async fn events() -> HttpResponse {
    let events = stream::unfold((), |()| async {
        sleep(Duration::from_millis(100)).await;
        Some((Ok::<_, Error>(web::Bytes::from_static(b"data: here\n\n")), ()))
    });
    HttpResponse::Ok().content_type("text/event-stream").streaming(Box::pin(events))
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let port: u16 = env::args().nth(1).and_then(|text| text.parse().ok()).expect("actix_server PORT");
    HttpServer::new(|| {
        App::new()
            .app_data(web::PayloadConfig::new(16 << 20))
            .route("/hello", web::get().to(|| async { "Hello, World!" }))
            .route("/slow", web::get().to(slow))
            .route("/bytes", web::get().to(bytes))
            .route("/upload", web::post().to(upload))
            .route("/events", web::get().to(events))
    })
    .shutdown_timeout(8)
    .bind_auto_h2c(("127.0.0.1", port))?
    .run()
    .await
}
