//! HTTP/1.1 over a connection that stays open.
//!
//! As little of it as a measurement needs: the client shares the machine with the server, so it
//! should cost next to nothing.

use std::{str::FromStr, time::Instant};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use crate::Fault;

/// Where HTTP listens when nothing else is said.
const DEFAULT_PORT: u16 = 80;
/// Of an answer that was not expected, so much is shown.
const SHOWN_BYTES: usize = 300;

/// Where the server is.
#[derive(Clone, Debug)]
pub(crate) struct Base {
    authority: String,
}

impl FromStr for Base {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let authority = text.strip_prefix("http://").ok_or("expected http://HOST:PORT")?.trim_end_matches('/');
        let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let authority = if has_port { authority.to_owned() } else { format!("{authority}:{DEFAULT_PORT}") };
        Ok(Self { authority })
    }
}

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    method: &'static str,
    path: String,
    headers: String,
    body: Vec<u8>,
}

impl Request {
    /// A question without a body.
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self { method: "GET", path: path.into(), headers: String::new(), body: Vec::new() }
    }

    /// Something that is sent.
    pub(crate) fn post(path: impl Into<String>, content_type: &str, body: Vec<u8>) -> Self {
        Self::send("POST", path, content_type, body)
    }

    /// Something that is sent by another method.
    pub(crate) fn send(method: &'static str, path: impl Into<String>, content_type: &str, body: Vec<u8>) -> Self {
        let request = Self { method, path: path.into(), headers: String::new(), body };
        request.with_header("content-type", content_type)
    }

    /// The same with one header more.
    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push_str(name);
        self.headers.push_str(": ");
        self.headers.push_str(value);
        self.headers.push_str("\r\n");
        self
    }

    fn write_to(&self, authority: &str, out: &mut Vec<u8>) {
        let Self { method, path, headers, body } = self;
        let length = body.len();
        let head =
            format!("{method} {path} HTTP/1.1\r\nhost: {authority}\r\n{headers}content-length: {length}\r\n\r\n");
        out.clear();
        out.extend_from_slice(head.as_bytes());
        out.extend_from_slice(body);
    }
}

/// How long the body of an answer is.
#[derive(Clone, Copy, Debug)]
enum Length {
    Bytes(usize),
    Chunked,
}

struct Head {
    status: u16,
    length: Length,
}

/// A connection on which one request follows the other.
pub(crate) struct Connection {
    authority: String,
    stream: BufReader<TcpStream>,
    out: Vec<u8>,
    line: String,
    body: Vec<u8>,
    /// When the answer began.
    began: Instant,
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(base: &Base) -> Result<Self, Fault> {
        let stream = TcpStream::connect(&base.authority).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            authority: base.authority.clone(),
            stream: BufReader::new(stream),
            out: Vec::new(),
            line: String::new(),
            body: Vec::new(),
            began: Instant::now(),
        })
    }

    /// The body of the last answer.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    /// When the first byte of the last answer's body was there.
    pub(crate) const fn began(&self) -> Instant {
        self.began
    }

    /// Sends a request and reads the whole answer; anything but success is an error.
    pub(crate) async fn ask(&mut self, request: &Request) -> Result<&[u8], Fault> {
        let status = self.exchange(request).await?;
        if (200..300).contains(&status) {
            return Ok(&self.body);
        }
        let shown = String::from_utf8_lossy(&self.body[..self.body.len().min(SHOWN_BYTES)]);
        Err(format!("{} {} was answered with {status}: {shown}", request.method, request.path).into())
    }

    /// Sends a request and hands each piece of the answer's body to `take`, so that nothing of it is kept.
    pub(crate) async fn ask_by_pieces(&mut self, request: &Request, mut take: impl FnMut(&[u8])) -> Result<(), Fault> {
        let head = self.begin(request).await?;
        if !(200..300).contains(&head.status) || matches!(head.length, Length::Bytes(_)) {
            return Err(format!("{} {} was not answered by a stream", request.method, request.path).into());
        }
        loop {
            self.body.clear();
            let is_last = self.read_chunk().await?;
            take(&self.body);
            if is_last {
                return Ok(());
            }
        }
    }

    async fn begin(&mut self, request: &Request) -> Result<Head, Fault> {
        request.write_to(&self.authority, &mut self.out);
        self.stream.write_all(&self.out).await?;
        let head = self.read_head().await?;
        if !matches!(head.length, Length::Bytes(0)) {
            self.stream.fill_buf().await?;
        }
        self.began = Instant::now();
        self.body.clear();
        Ok(head)
    }

    async fn exchange(&mut self, request: &Request) -> Result<u16, Fault> {
        let head = self.begin(request).await?;
        match head.length {
            Length::Bytes(bytes) => self.read_bytes(bytes).await?,
            Length::Chunked => self.read_chunks().await?,
        }
        Ok(head.status)
    }

    async fn read_head(&mut self) -> Result<Head, Fault> {
        let status = status_of(self.read_line().await?)?;
        let mut length = Length::Bytes(0);
        loop {
            let line = self.read_line().await?;
            if line.is_empty() {
                return Ok(Head { status, length });
            }
            length = length_of(line)?.unwrap_or(length);
        }
    }

    async fn read_line(&mut self) -> Result<&str, Fault> {
        self.line.clear();
        if self.stream.read_line(&mut self.line).await? == 0 {
            return Err("the server closed the connection in the middle of an answer".into());
        }
        Ok(self.line.trim_end())
    }

    async fn read_bytes(&mut self, bytes: usize) -> Result<(), Fault> {
        let known = self.body.len();
        self.body.resize(known + bytes, 0);
        self.stream.read_exact(&mut self.body[known..]).await?;
        Ok(())
    }

    async fn read_chunks(&mut self) -> Result<(), Fault> {
        while !self.read_chunk().await? {}
        Ok(())
    }

    /// Adds a chunk to the body; answers whether it was the last and empty one.
    async fn read_chunk(&mut self) -> Result<bool, Fault> {
        let size = self.read_line().await?.split(';').next().unwrap_or_default().trim();
        let bytes = usize::from_str_radix(size, 16)?;
        self.read_bytes(bytes).await?;
        // The end of the line behind each chunk, the last one too.
        self.read_line().await?;
        Ok(bytes == 0)
    }
}

fn status_of(line: &str) -> Result<u16, Fault> {
    let status = line.split_whitespace().nth(1).and_then(|status| status.parse().ok());
    status.ok_or_else(|| format!("this is not HTTP: {line}").into())
}

/// What a header says about the length of the body, if it does.
fn length_of(line: &str) -> Result<Option<Length>, Fault> {
    let Some((name, value)) = line.split_once(':') else { return Ok(None) };
    let value = value.trim();
    if name.eq_ignore_ascii_case("content-length") {
        return Ok(Some(Length::Bytes(value.parse()?)));
    }
    let is_chunked = name.eq_ignore_ascii_case("transfer-encoding") && value.eq_ignore_ascii_case("chunked");
    Ok(is_chunked.then_some(Length::Chunked))
}
