//! The stand-in for EventStoreDB: its streams, its rules for appends, and its faults.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::StreamExt;
use tokio::{
    io::{DuplexStream, copy_bidirectional, duplex},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};
use tonic::{
    Request, Response, Status, Streaming,
    body::BoxBody,
    codec::ProstCodec,
    codegen::{BoxFuture, Context, Poll, Service, http},
    server::{Grpc, NamedService},
};

use crate::protocol::{
    AppendContent, AppendOptions, AppendReq, AppendResp, AppendResult, CurrentRevision, Empty, ExpectedRevision,
    Position, ProposedMessage, ReadContent, ReadEvent, ReadFrom, ReadReq, ReadResp, RecordedEvent, StreamIdentifier,
    StreamNotFound, Success, SuccessPosition, Uuid, WrongCurrent, WrongExpected, WrongExpectedVersion,
};

/// What a server takes in one append unless it was told otherwise.
const MAX_APPEND_BYTES: usize = 1024 * 1024;
const PIPE_BYTES: usize = 64 * 1024;

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// The connection is cut before anything was written.
    CutBefore,
    /// Everything was written, and the connection is cut before the answer.
    CutAfter,
    /// It takes so long.
    Slow(Duration),
    /// The server answers that it cannot at the moment.
    Unavailable,
}

/// An event of the stand-in.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub id: uuid::Uuid,
    pub stream: String,
    pub kind: String,
    pub content_type: String,
    pub metadata: Vec<u8>,
    pub data: Vec<u8>,
}

impl Event {
    /// Something that others wrote.
    pub fn foreign(stream: &str) -> Self {
        Self {
            id: uuid::Uuid::new_v4(),
            stream: stream.to_owned(),
            kind: "foreign-thing".to_owned(),
            content_type: "application/json".to_owned(),
            metadata: Vec::new(),
            data: b"{}".to_vec(),
        }
    }
}

/// All events, in the order of `$all`.
#[derive(Default)]
pub struct Store {
    pub all: Vec<Event>,
}

impl Store {
    pub fn stream(&self, name: &str) -> Vec<&Event> {
        self.all.iter().filter(|event| event.stream == name).collect()
    }

    /// Appends as the server's documentation says: what is there already by the same ids, right after the
    /// expected revision, is acknowledged again; everything else at a revision that is not the last is refused.
    fn append(&mut self, stream: &str, expected: ExpectedRevision, events: Vec<Event>) -> Result<u64, Option<u64>> {
        let there: Vec<uuid::Uuid> = self.stream(stream).iter().map(|event| event.id).collect();
        let current = (there.len() as u64).checked_sub(1);
        let begin = match expected {
            ExpectedRevision::Revision(revision) => revision as usize + 1,
            ExpectedRevision::NoStream(_) => 0,
            ExpectedRevision::Any(_) | ExpectedRevision::StreamExists(_) => panic!("the mirror names a revision"),
        };
        if begin < there.len() {
            let ids = events.iter().map(|event| event.id);
            let repeated = there.get(begin..begin + events.len()).is_some_and(|ours| ids.eq(ours.iter().copied()));
            return if repeated { Ok((begin + events.len() - 1) as u64) } else { Err(current) };
        }
        if begin > there.len() {
            return Err(current);
        }
        let last = begin + events.len() - 1;
        self.all.extend(events);
        Ok(last as u64)
    }
}

type Plan = Box<dyn FnMut() -> Fault + Send>;

/// The stand-in, and what is done to it.
pub struct Server {
    store: Arc<Mutex<Store>>,
    plan: Arc<Mutex<Plan>>,
    pub faults: Arc<AtomicU64>,
    cut: watch::Sender<u64>,
    is_down: AtomicBool,
    pub port: u16,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Server {
    pub async fn start() -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let server = Arc::new(Self {
            store: Arc::default(),
            plan: Arc::new(Mutex::new(Box::new(|| Fault::None))),
            faults: Arc::default(),
            cut: watch::Sender::new(0),
            is_down: AtomicBool::new(false),
            port,
            tasks: Mutex::default(),
        });
        let accepting = tokio::spawn(accept(server.clone(), listener));
        server.tasks.lock().expect("no panic").push(accepting);
        server
    }

    pub fn address(&self) -> String {
        format!("esdb://admin:changeit@127.0.0.1:{}?tls=false&discoveryInterval=1&maxDiscoverAttempts=3", self.port)
    }

    pub fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().expect("no panic")
    }

    /// From now on requests meet what `plan` says, one after the other.
    pub fn meets(&self, plan: impl FnMut() -> Fault + Send + 'static) {
        *self.plan.lock().expect("no panic") = Box::new(plan);
    }

    fn next_fault(&self) -> Fault {
        let fault = (self.plan.lock().expect("no panic"))();
        if fault != Fault::None {
            self.faults.fetch_add(1, Ordering::Relaxed);
        }
        fault
    }

    /// Every connection ends in the middle of what it is doing.
    pub fn cut(&self) {
        self.cut.send_modify(|cuts| *cuts += 1);
    }

    /// Nobody is let in until this is called with `false`.
    pub fn goes_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::Relaxed);
        if is_down {
            self.cut();
        }
    }

    /// Ends it; its tasks hold it otherwise.
    pub fn end(&self) {
        self.tasks.lock().expect("no panic").drain(..).for_each(|task| task.abort());
    }

    async fn append(self: Arc<Self>, request: Request<Streaming<AppendReq>>) -> Result<Response<AppendResp>, Status> {
        assert!(request.metadata().get("authorization").is_some(), "name and password are sent");
        let fault = self.next_fault();
        let mut messages = request.into_inner();
        let options = match messages.message().await?.and_then(|message| message.content) {
            Some(AppendContent::Options(options)) => options,
            other => return Err(Status::invalid_argument(format!("options come first, not {other:?}"))),
        };
        match fault {
            Fault::CutBefore => self.break_off().await,
            Fault::Unavailable => return Err(Status::unavailable("the stand-in is busy")),
            Fault::Slow(time) => tokio::time::sleep(time).await,
            Fault::None | Fault::CutAfter => {}
        }
        let (stream, expected) = target(options)?;
        let mut events = Vec::new();
        while let Some(message) = messages.message().await? {
            let Some(AppendContent::ProposedMessage(proposed)) = message.content else {
                return Err(Status::invalid_argument("only events follow the options"));
            };
            events.push(proposed_event(&stream, proposed));
        }
        let bytes: usize = events.iter().map(|event| event.data.len() + event.metadata.len()).sum();
        if bytes > MAX_APPEND_BYTES {
            return Err(Status::invalid_argument(format!("Maximum Append Size of {MAX_APPEND_BYTES} Exceeded.")));
        }
        let outcome = self.store().append(&stream, expected, events);
        if fault == Fault::CutAfter {
            self.break_off().await;
        }
        Ok(Response::new(AppendResp { result: Some(answer(outcome, expected)) }))
    }

    async fn read(
        self: Arc<Self>,
        request: Request<ReadReq>,
    ) -> Result<Response<futures::stream::BoxStream<'static, Result<ReadResp, Status>>>, Status> {
        match self.next_fault() {
            Fault::CutBefore | Fault::CutAfter => self.break_off().await,
            Fault::Unavailable => return Err(Status::unavailable("the stand-in is busy")),
            Fault::Slow(time) => tokio::time::sleep(time).await,
            Fault::None => {}
        }
        let options = request.into_inner().options.ok_or_else(|| Status::invalid_argument("no options"))?;
        let stream = options.stream.ok_or_else(|| Status::invalid_argument("only single streams are read"))?;
        let identifier = stream.stream_identifier.unwrap_or_default();
        let name = String::from_utf8(identifier.stream_name.clone()).expect("a name");
        let from = match stream.revision {
            Some(ReadFrom::Revision(revision)) => revision as usize,
            _ => 0,
        };
        assert_eq!(options.read_direction, 0, "the mirror reads forwards");
        let store = self.store();
        let events = store.stream(&name);
        let contents: Vec<_> = if events.is_empty() {
            vec![ReadContent::StreamNotFound(StreamNotFound { stream_identifier: Some(identifier) })]
        } else {
            let numbered = events.iter().enumerate().skip(from).take(options.count as usize);
            numbered.map(|(revision, event)| ReadContent::Event(read_event(revision as u64, event))).collect()
        };
        drop(store);
        let answers = contents.into_iter().map(|content| Ok(ReadResp { content: Some(content) }));
        Ok(Response::new(futures::stream::iter(answers.collect::<Vec<_>>()).boxed()))
    }

    async fn break_off(&self) {
        self.cut();
        std::future::pending::<()>().await;
    }
}

fn target(options: AppendOptions) -> Result<(String, ExpectedRevision), Status> {
    let name = options.stream_identifier.ok_or_else(|| Status::invalid_argument("no stream"))?.stream_name;
    let expected = options.expected_stream_revision.ok_or_else(|| Status::invalid_argument("no revision"))?;
    Ok((String::from_utf8(name).expect("a name"), expected))
}

fn proposed_event(stream: &str, proposed: ProposedMessage) -> Event {
    let field = |name: &str| proposed.metadata.get(name).cloned().unwrap_or_default();
    Event {
        id: proposed.id.as_ref().expect("an id").read(),
        stream: stream.to_owned(),
        kind: field("type"),
        content_type: field("content-type"),
        metadata: proposed.custom_metadata.clone(),
        data: proposed.data.clone(),
    }
}

fn read_event(revision: u64, event: &Event) -> ReadEvent {
    let metadata = [("type", &event.kind), ("content-type", &event.content_type)];
    let recorded = RecordedEvent {
        id: Some(Uuid::of(event.id)),
        stream_identifier: Some(StreamIdentifier { stream_name: event.stream.clone().into_bytes() }),
        stream_revision: revision,
        prepare_position: 0,
        commit_position: 0,
        metadata: metadata.into_iter().map(|(key, value)| (key.to_owned(), value.clone())).collect::<HashMap<_, _>>(),
        custom_metadata: event.metadata.clone(),
        data: event.data.clone(),
    };
    ReadEvent { event: Some(recorded), no_position: Some(Empty {}) }
}

fn answer(outcome: Result<u64, Option<u64>>, expected: ExpectedRevision) -> AppendResult {
    match outcome {
        Ok(last) => AppendResult::Success(Success {
            current_revision: Some(CurrentRevision::Revision(last)),
            position: Some(SuccessPosition::Position(Position { commit_position: last, prepare_position: last })),
        }),
        Err(current) => AppendResult::WrongExpectedVersion(WrongExpectedVersion {
            current: Some(current.map_or(WrongCurrent::NoStream(Empty {}), WrongCurrent::Revision)),
            expected: Some(match expected {
                ExpectedRevision::Revision(revision) => WrongExpected::Revision(revision),
                _ => WrongExpected::NoStream(Empty {}),
            }),
        }),
    }
}

/// Takes connections and passes their bytes on until they are cut.
async fn accept(server: Arc<Server>, listener: TcpListener) {
    let (inward, incoming) = futures::channel::mpsc::unbounded::<DuplexStream>();
    let streams = StreamsService(server.clone());
    let serving = tonic::transport::Server::builder()
        .add_service(streams)
        .serve_with_incoming(incoming.map(Ok::<_, std::io::Error>));
    server.tasks.lock().expect("no panic").push(tokio::spawn(async move { drop(serving.await) }));
    while let Ok((connection, _)) = listener.accept().await {
        if server.is_down.load(Ordering::Relaxed) {
            continue;
        }
        let (outer, inner) = duplex(PIPE_BYTES);
        if inward.unbounded_send(inner).is_err() {
            return;
        }
        tokio::spawn(pass_on(connection, outer, server.cut.subscribe()));
    }
}

async fn pass_on(mut connection: TcpStream, mut outer: DuplexStream, mut cut: watch::Receiver<u64>) {
    tokio::select! {
        _ = copy_bidirectional(&mut connection, &mut outer) => {}
        _ = cut.changed() => {}
    }
}

/// The service as gRPC routes it.
#[derive(Clone)]
struct StreamsService(Arc<Server>);

impl NamedService for StreamsService {
    const NAME: &'static str = "event_store.client.streams.Streams";
}

impl Service<http::Request<BoxBody>> for StreamsService {
    type Response = http::Response<BoxBody>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<BoxBody>) -> Self::Future {
        let server = self.0.clone();
        Box::pin(async move {
            Ok(match request.uri().path() {
                "/event_store.client.streams.Streams/Append" => {
                    let append = tower::service_fn(move |request| server.clone().append(request));
                    Grpc::new(ProstCodec::<AppendResp, AppendReq>::default()).client_streaming(append, request).await
                }
                "/event_store.client.streams.Streams/Read" => {
                    let read = tower::service_fn(move |request| server.clone().read(request));
                    Grpc::new(ProstCodec::<ReadResp, ReadReq>::default()).server_streaming(read, request).await
                }
                _ => Status::unimplemented("the stand-in does not know that").into_http(),
            })
        })
    }
}
