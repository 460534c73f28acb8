//! Frames on a pipe: a length of four bytes, little-endian, then as many bytes of JSON.

use std::io::{self, Read, Write};

use serde::{Serialize, de::DeserializeOwned};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The longest frame. Requests and answers have a few kilobytes; a child that was taken over
/// cannot make the parent hold more than this.
const MAX_FRAME_BYTES: u32 = 1024 * 1024;

const HEADER_BYTES: usize = 4;

fn encode<T: Serialize>(message: &T) -> io::Result<Vec<u8>> {
    let mut frame = vec![0; HEADER_BYTES];
    serde_json::to_writer(&mut frame, message)?;
    let length = u32::try_from(frame.len() - HEADER_BYTES).ok().filter(|length| *length <= MAX_FRAME_BYTES);
    let length = length.ok_or_else(|| io::Error::other("a message is too long"))?;
    frame[..HEADER_BYTES].copy_from_slice(&length.to_le_bytes());
    Ok(frame)
}

fn body_of(header: [u8; HEADER_BYTES]) -> io::Result<Vec<u8>> {
    let length = u32::from_le_bytes(header);
    if length > MAX_FRAME_BYTES {
        return Err(io::Error::other("a message is too long"));
    }
    Ok(vec![0; length as usize])
}

/// Writes a message, in the child.
pub(super) fn write<T: Serialize>(pipe: &mut impl Write, message: &T) -> io::Result<()> {
    pipe.write_all(&encode(message)?)?;
    pipe.flush()
}

/// Reads a message, in the child; none at the pipe's end.
pub(super) fn read<T: DeserializeOwned>(pipe: &mut impl Read) -> io::Result<Option<T>> {
    let mut header = [0; HEADER_BYTES];
    match pipe.read_exact(&mut header) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let mut body = body_of(header)?;
    pipe.read_exact(&mut body)?;
    Ok(Some(serde_json::from_slice(&body)?))
}

/// Writes a message, in the parent.
pub(super) async fn send<T: Serialize>(pipe: &mut (impl AsyncWrite + Unpin), message: &T) -> io::Result<()> {
    pipe.write_all(&encode(message)?).await?;
    pipe.flush().await
}

/// Reads a message, in the parent.
pub(super) async fn receive<T: DeserializeOwned>(pipe: &mut (impl AsyncRead + Unpin)) -> io::Result<T> {
    let mut header = [0; HEADER_BYTES];
    pipe.read_exact(&mut header).await?;
    let mut body = body_of(header)?;
    pipe.read_exact(&mut body).await?;
    Ok(serde_json::from_slice(&body)?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_one_side_writes_the_other_reads() {
        let mut pipe = Vec::new();
        write(&mut pipe, &"a").unwrap();
        send(&mut pipe, &["b"]).await.unwrap();
        let mut reader = pipe.as_slice();
        assert_eq!(receive::<String>(&mut reader).await.unwrap(), "a");
        assert_eq!(read::<Vec<String>>(&mut reader).unwrap(), Some(vec!["b".to_owned()]));
        assert_eq!(read::<String>(&mut reader).unwrap(), None);
    }

    #[test]
    fn a_length_that_lies_is_refused() {
        let frame = [0xff, 0xff, 0xff, 0xff, b'1'];
        assert!(read::<u8>(&mut frame.as_slice()).is_err());
        assert!(read::<u8>(&mut [2, 0, 0, 0, b'1'].as_slice()).is_err());
    }
}
