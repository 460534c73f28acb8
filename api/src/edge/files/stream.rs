//! A part of a file in chunks, each read when the client has taken the one before: a slow client
//! holds one chunk in memory, however large the file.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;
use futures::Stream;
use futures::stream;

/// Large enough that a hop to a blocking thread is small beside the copying.
const CHUNK_BYTES: u64 = 256 * 1024;

struct Position {
    file: Arc<File>,
    offset: u64,
    left: u64,
}

pub(super) fn chunks_of(
    file: File,
    offset: u64,
    length: u64,
) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    let start = Position { file: Arc::new(file), offset, left: length };
    stream::try_unfold(start, next_chunk)
}

async fn next_chunk(position: Position) -> io::Result<Option<(Bytes, Position)>> {
    if position.left == 0 {
        return Ok(None);
    }
    let Position { file, offset, left } = position;
    let size = left.min(CHUNK_BYTES);
    let reader = Arc::clone(&file);
    let read = tokio::task::spawn_blocking(move || read_at(&reader, offset, size as usize)).await;
    let chunk = read.map_err(io::Error::other)??;
    Ok(Some((chunk, Position { file, offset: offset + size, left: left - size })))
}

fn read_at(file: &File, offset: u64, size: usize) -> io::Result<Bytes> {
    let mut chunk = vec![0; size];
    file.read_exact_at(&mut chunk, offset)?;
    Ok(Bytes::from(chunk))
}
