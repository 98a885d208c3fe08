//! `/metrics`: the figures of this process for Prometheus, on a listener of their own.

use std::net::TcpListener;

use actix_web::{HttpResponse, HttpServer, web};

use crate::web::state::AppState;

/// Answers `/metrics` and nothing else on a listener of its own, which is not for the public.
pub fn serve(app: &AppState, listener: TcpListener) -> std::io::Result<actix_web::dev::Server> {
    let app = app.clone();
    let factory = move || {
        let shared = web::Data::new(app.clone());
        actix_web::App::new().app_data(shared).route("/metrics", web::get().to(show))
    };
    Ok(HttpServer::new(factory).workers(1).disable_signals().listen(listener)?.run())
}

async fn show(app: web::Data<AppState>) -> HttpResponse {
    match app.metrics.text(&app.db, &app.config.storage.data_dir).await {
        Ok(text) => {
            HttpResponse::Ok().content_type("application/openmetrics-text; version=1.0.0; charset=utf-8").body(text)
        }
        Err(error) => {
            tracing::error!(%error, "metrics cannot be written");
            HttpResponse::InternalServerError().finish()
        }
    }
}
