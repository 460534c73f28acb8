//! Why the mirror does not go on.

use albumen_commands::StoreError;

/// See the module's words.
#[derive(Debug, thiserror::Error)]
pub enum MirrorFault {
    /// The connection string cannot be used.
    #[error("the address of EventStoreDB cannot be used: {0}")]
    Address(String),
    /// It does not answer, or not in time: tried again soon.
    #[error("EventStoreDB cannot be reached: {0}")]
    Away(String),
    /// It answers that it will not.
    #[error("EventStoreDB refuses event {position}: {reason}")]
    Refused {
        /// Position of the event.
        position: i64,
        /// In its words.
        reason: String,
    },
    /// Something of others stands where an event of ours should.
    #[error(
        "stream {stream} of EventStoreDB has something else at revision {revision} ({found}); it was not written by \
         this installation: remove the stream, or mirror to another EventStoreDB"
    )]
    Foreign {
        /// The stream's name.
        stream: String,
        /// Where in it.
        revision: u64,
        /// What stands there.
        found: String,
    },
    /// The stream ends before what was written to it.
    #[error("stream {stream} of EventStoreDB ends before revision {revision}, although more was written to it")]
    Short {
        /// The stream's name.
        stream: String,
        /// The revision that should come next.
        revision: u64,
    },
    /// An event of the log is no JSON.
    #[error("event {position} cannot be mirrored: {reason}")]
    Unreadable {
        /// Position of the event.
        position: i64,
        /// What is wrong with it.
        reason: String,
    },
    /// The log, or what stands beside it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl MirrorFault {
    /// What the client says of an event at `position`.
    pub(crate) fn of(position: i64, error: eventstore::Error) -> Self {
        use eventstore::Error;
        match error {
            Error::AccessDenied => {
                Self::Refused { position, reason: "name and password are wrong, or lack the right to write".to_owned() }
            }
            Error::ResourceDeleted => {
                Self::Refused { position, reason: "its stream was deleted for good (tombstoned)".to_owned() }
            }
            Error::Grpc { code, message } if is_final(code) => Self::Refused { position, reason: message },
            other => Self::Away(other.to_string()),
        }
    }
}

/// What the same request will meet again.
const fn is_final(code: tonic::Code) -> bool {
    matches!(code, tonic::Code::InvalidArgument | tonic::Code::FailedPrecondition | tonic::Code::OutOfRange)
}
