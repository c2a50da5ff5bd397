use super::{Known, socket};
use crate::app::App;
use crate::refusal::Refusal;
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::response::Response;
use model::Code;
use pilot::protocol::{HEADER, LARGEST_FRAME};

pub(crate) async fn connect(
    State(app): State<App>,
    Known(aboard): Known,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Refusal> {
    let upgrade = upgrade.map_err(|rejection| {
        let detail = format!("This address is for WebSockets: {}.", rejection.body_text());
        Refusal::new(Code::ProtocolMismatch, detail, "Connect with a WebSocket; a proxy in between must let `Upgrade` through.")
    })?;
    let largest = LARGEST_FRAME + HEADER;
    let upgrade = upgrade.max_message_size(largest).max_frame_size(largest);
    let sockets = app.sockets.clone();
    Ok(upgrade.on_upgrade(move |socket| sockets.track_future(socket::serve(app, aboard, socket))))
}
