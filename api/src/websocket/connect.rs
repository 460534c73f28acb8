//! How sockets come and go.

use std::{sync::Arc, time::Duration};

use chrono::Utc;
use socketioxide::{SocketIo, extract::SocketRef};
use uuid::Uuid;

use super::audience::Audience;
use crate::{
    access::{Auth, Via, authenticate_socket},
    app::App,
    routes::server::{api_version, noted_news_of_release},
};

/// How often sessions are looked for that have ended by themselves.
const EXPIRY_INTERVAL: Duration = Duration::from_secs(30);

/// Takes connections from now on.
pub fn accept(io: &SocketIo, app: &App, audience: &Arc<Audience>) {
    let (app, audience) = (app.clone(), audience.clone());
    io.ns("/", move |socket: SocketRef| {
        let (app, audience) = (app.clone(), audience.clone());
        async move { welcome(&app, &audience, socket).await }
    });
}

async fn welcome(app: &App, audience: &Arc<Audience>, socket: SocketRef) {
    let headers = &socket.req_parts().headers;
    let Ok(auth) = authenticate_socket(app, headers).await else { return turn_away(socket) };
    let user = auth.user_id();
    socket.join(rooms(&auth));
    let leaving = audience.clone();
    socket.on_disconnect(move |gone: SocketRef| {
        let leaving = leaving.clone();
        async move { leaving.remove(gone.id, user) }
    });
    audience.add(socket.id, auth);
    // A credential that was revoked before its socket could be found in its room.
    let is_still_good = authenticate_socket(app, &socket.req_parts().headers).await.is_ok();
    if !is_still_good || !socket.connected() {
        audience.remove(socket.id, user);
        return turn_away(socket);
    }
    // Whoever is gone already need not be told.
    let _ = socket.emit("on_server_version", &api_version());
    if let Some(news) = noted_news_of_release(app).await {
        let _ = socket.emit("on_new_release", &news);
    }
}

fn turn_away(socket: SocketRef) {
    let _ = socket.emit("error", "unauthorized");
    let _ = socket.disconnect();
}

/// The rooms of a socket: that of its user, and that of its session or key.
fn rooms(auth: &Auth) -> Vec<String> {
    let credential = match &auth.via {
        Via::Session(session) => session.id,
        Via::Key(key) => key.id,
        Via::Link(link) => link.id,
    };
    vec![room(auth.user_id()), room(credential)]
}

/// The room of a user, a session or a key.
pub fn room(id: Uuid) -> String {
    id.to_string()
}

/// Closes the sockets of sessions that end by themselves, when they do.
pub async fn close_expired(io: SocketIo, audience: Arc<Audience>) {
    loop {
        tokio::time::sleep(EXPIRY_INTERVAL).await;
        for session in audience.expired(Utc::now()) {
            let _ = io.to(room(session)).disconnect().await;
        }
    }
}
