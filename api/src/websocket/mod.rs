//! What happens, told as it happens: socket.io at `/api/socket.io`.
//!
//! Each api process follows the log by itself and tells those who are connected to it ([`follow`]).
//! An event is told when the read models of the installation have taken it in, wherever they are
//! kept, so that whoever hears of something can read it. Nothing is told twice after a restart and
//! nothing is kept for who is away: what they missed they find by asking.

mod announcer;
mod audience;
mod connect;
mod follow;

use std::{sync::Arc, time::Duration};

use socketioxide::{SocketIo, TransportType, layer::SocketIoLayer};
use tokio::task::JoinHandle;

use self::{announcer::Announcer, audience::Audience};
use crate::app::App;

/// Where clients look for it.
const PATH: &str = "/api/socket.io";
/// Clients send nothing but the protocol's own words.
const MAX_RECEIVED_BYTES: usize = 16 * 1024;
/// A client that has not said which namespace it wants by then is not going to.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The sockets of this process.
pub struct Websocket {
    io: SocketIo,
    tasks: Vec<JoinHandle<()>>,
}

impl Websocket {
    /// Starts to follow the log, and answers with the layer that takes connections.
    #[must_use]
    pub fn start(app: &App) -> (Self, SocketIoLayer) {
        let (layer, io) = SocketIo::builder()
            .req_path(PATH)
            .transports([TransportType::Websocket])
            .max_payload(MAX_RECEIVED_BYTES as u64)
            .ws_max_message_size(MAX_RECEIVED_BYTES)
            .ws_max_frame_size(MAX_RECEIVED_BYTES)
            .connect_timeout(CONNECT_TIMEOUT)
            .build_layer();
        let audience = Arc::new(Audience::default());
        connect::accept(&io, app, &audience);
        let announcer = Announcer::new(app.clone(), io.clone(), audience.clone());
        let tasks = vec![
            tokio::spawn(follow::announce_all(announcer, app.commands.feed().clone())),
            tokio::spawn(connect::close_expired(io.clone(), audience)),
        ];
        (Self { io, tasks }, layer)
    }

    /// Says good-bye to everybody.
    pub async fn close(self) {
        for task in &self.tasks {
            task.abort();
        }
        self.io.close().await;
    }
}
