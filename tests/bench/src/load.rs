//! Load: connections that each ask again as soon as they are answered.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use futures::future::try_join_all;

use crate::{
    Fault,
    http::{Base, Connection, Request},
};

/// What is asked, one request after the other.
pub(crate) trait Source: Send + Sync {
    /// The request of that number; each number is asked for once.
    fn request(&self, number: usize) -> Request;

    /// Hears the answer, after its time was taken.
    fn answered(&self, _body: &[u8]) -> Result<(), Fault> {
        Ok(())
    }
}

impl<F: Fn(usize) -> Request + Send + Sync> Source for F {
    fn request(&self, number: usize) -> Request {
        self(number)
    }
}

/// How long it goes on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Extent {
    /// No request is begun after this time.
    Time(Duration),
    /// So many requests.
    Count(usize),
}

/// Several connections to one server. Numbers of requests go on from one run to the next.
pub(crate) struct Clients {
    connections: Vec<Connection>,
    next: AtomicUsize,
    pause: Option<Duration>,
}

impl Clients {
    /// Opens `count` connections.
    pub(crate) async fn connect(base: &Base, count: usize) -> Result<Self, Fault> {
        let connections = try_join_all((0..count).map(|_| Connection::open(base))).await?;
        Ok(Self { connections, next: AtomicUsize::new(0), pause: None })
    }

    /// The same, but each connection rests after each answer.
    pub(crate) fn with_pause(self, pause: Duration) -> Self {
        Self { pause: Some(pause), ..self }
    }

    /// Asks; answers with how long each request took.
    pub(crate) async fn run(&mut self, source: &dyn Source, extent: Extent) -> Result<Waits, Fault> {
        Ok(self.run_and_watch(source, extent).await?.whole)
    }

    /// The same, and when each answer began.
    pub(crate) async fn run_and_watch(&mut self, source: &dyn Source, extent: Extent) -> Result<Watched, Fault> {
        let Self { connections, next, pause } = self;
        let turns = Turns { pause: *pause, ..Turns::new(next, extent) };
        let all = connections.iter_mut().map(|connection| drive(connection, source, &turns));
        let (first_byte, whole) = try_join_all(all).await?.concat().into_iter().unzip();
        Ok(Watched { first_byte: Waits::new(first_byte), whole: Waits::new(whole) })
    }
}

/// Whose turn it is, until the end.
struct Turns<'a> {
    next: &'a AtomicUsize,
    deadline: Option<Instant>,
    end: usize,
    pause: Option<Duration>,
}

impl<'a> Turns<'a> {
    fn new(next: &'a AtomicUsize, extent: Extent) -> Self {
        match extent {
            Extent::Time(time) => Self { next, deadline: Some(Instant::now() + time), end: usize::MAX, pause: None },
            Extent::Count(count) => {
                Self { next, deadline: None, end: next.load(Ordering::Relaxed) + count, pause: None }
            }
        }
    }

    fn take(&self) -> Option<usize> {
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return None;
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        (number < self.end).then_some(number)
    }
}

/// Until the first byte, and until the last.
type Wait = (Duration, Duration);

async fn drive(connection: &mut Connection, source: &dyn Source, turns: &Turns<'_>) -> Result<Vec<Wait>, Fault> {
    let mut waits = Vec::new();
    while let Some(number) = turns.take() {
        let request = source.request(number);
        let asked = Instant::now();
        connection.ask(&request).await?;
        waits.push((connection.began() - asked, asked.elapsed()));
        source.answered(connection.body())?;
        if let Some(pause) = turns.pause {
            tokio::time::sleep(pause).await;
        }
    }
    Ok(waits)
}

/// How long requests took.
pub(crate) struct Watched {
    /// Until the first byte of the answer's body.
    pub(crate) first_byte: Waits,
    /// Until all of it was there.
    pub(crate) whole: Waits,
}

/// How long things took.
#[derive(Clone, Debug)]
pub(crate) struct Waits {
    sorted: Vec<Duration>,
}

impl Waits {
    /// These times.
    pub(crate) fn new(mut waits: Vec<Duration>) -> Self {
        waits.sort_unstable();
        Self { sorted: waits }
    }

    /// All of these.
    pub(crate) fn together(all: Vec<Self>) -> Self {
        Self::new(all.into_iter().flat_map(|waits| waits.sorted).collect())
    }

    /// How many.
    pub(crate) fn count(&self) -> usize {
        self.sorted.len()
    }

    /// So many of a hundred took no longer than this.
    pub(crate) fn percentile_ms(&self, percent: usize) -> f64 {
        let place = self.sorted.len() * percent / 100;
        let wait = self.sorted.get(place.min(self.sorted.len().saturating_sub(1)));
        wait.map_or(0.0, |wait| milliseconds(*wait))
    }
}

/// A time in milliseconds.
pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
