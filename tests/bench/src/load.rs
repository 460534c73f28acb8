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
}

impl Clients {
    /// Opens `count` connections.
    pub(crate) async fn connect(base: &Base, count: usize) -> Result<Self, Fault> {
        let connections = try_join_all((0..count).map(|_| Connection::open(base))).await?;
        Ok(Self { connections, next: AtomicUsize::new(0) })
    }

    /// Asks; answers with how long each request took.
    pub(crate) async fn run(&mut self, source: &dyn Source, extent: Extent) -> Result<Waits, Fault> {
        let Self { connections, next } = self;
        let turns = Turns::new(next, extent);
        let all = connections.iter_mut().map(|connection| drive(connection, source, &turns));
        Ok(Waits::new(try_join_all(all).await?.concat()))
    }
}

/// Whose turn it is, until the end.
struct Turns<'a> {
    next: &'a AtomicUsize,
    deadline: Option<Instant>,
    end: usize,
}

impl<'a> Turns<'a> {
    fn new(next: &'a AtomicUsize, extent: Extent) -> Self {
        match extent {
            Extent::Time(time) => Self { next, deadline: Some(Instant::now() + time), end: usize::MAX },
            Extent::Count(count) => Self { next, deadline: None, end: next.load(Ordering::Relaxed) + count },
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

async fn drive(connection: &mut Connection, source: &dyn Source, turns: &Turns<'_>) -> Result<Vec<Duration>, Fault> {
    let mut waits = Vec::new();
    while let Some(number) = turns.take() {
        let request = source.request(number);
        let asked = Instant::now();
        let body = connection.ask(&request).await?;
        waits.push(asked.elapsed());
        source.answered(body)?;
    }
    Ok(waits)
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
