//! Who is connected to this process.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use socketioxide::socket::Sid;
use uuid::Uuid;

use crate::access::Auth;

/// Those who are connected, by user and socket.
#[derive(Default)]
pub struct Audience {
    users: Mutex<HashMap<Uuid, HashMap<Sid, Arc<Auth>>>>,
}

impl Audience {
    /// Somebody has come.
    pub fn add(&self, socket: Sid, auth: Arc<Auth>) {
        self.users.lock().entry(auth.user_id()).or_default().insert(socket, auth);
    }

    /// Somebody has gone.
    pub fn remove(&self, socket: Sid, user: Uuid) {
        let mut users = self.users.lock();
        let Some(sockets) = users.get_mut(&user) else { return };
        sockets.remove(&socket);
        if sockets.is_empty() {
            users.remove(&user);
        }
    }

    /// Whether nobody is connected.
    pub fn is_empty(&self) -> bool {
        self.users.lock().is_empty()
    }

    /// A user who is connected, as one of their sockets came in.
    pub fn user(&self, user: Uuid) -> Option<Arc<Auth>> {
        self.users.lock().get(&user)?.values().next().cloned()
    }

    /// Sessions of sockets that have ended by themselves.
    pub fn expired(&self, now: DateTime<Utc>) -> Vec<Uuid> {
        let has_ended = |auth: &Arc<Auth>| {
            let session = auth.session()?;
            session.expires_at.is_some_and(|expires_at| expires_at <= now).then_some(session.id)
        };
        self.users.lock().values().flat_map(HashMap::values).filter_map(has_ended).collect()
    }
}
