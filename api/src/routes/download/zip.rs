//! Writes an archive while it is sent. What an entry's bytes add up to is told after them, and whatever is too large
//! for the old form is written in the newer one (zip64), entry by entry, so that programs which unpack an archive
//! while it arrives read it to its end.
//!
//! No library does: those at hand announce the newer form for every entry and then tell its length in the old one.

use std::io;

use chrono::{DateTime, Datelike as _, Timelike as _, Utc};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

const LOCAL_HEADER: u32 = 0x0403_4b50;
const DESCRIPTOR: u32 = 0x0807_4b50;
const CENTRAL_HEADER: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const END64: u32 = 0x0606_4b50;
const END64_LOCATOR: u32 = 0x0706_4b50;
/// The extra field of the newer form.
const EXTRA64: u16 = 1;
/// What a reader has to know: data descriptors, and the newer form.
const VERSION: u16 = 20;
const VERSION64: u16 = 45;
/// Made on a system with Unix permissions, by this version of the format.
const MADE_BY: u16 = (3 << 8) | VERSION64;
/// The length is told after the bytes (bit 3), and names are UTF-8 (bit 11).
const FLAGS: u16 = (1 << 3) | (1 << 11);
/// Not compressed.
const STORED: u16 = 0;
/// A plain file, to be read by all and written by its owner.
const ATTRIBUTES: u32 = 0o100_644 << 16;

/// What the old form holds at most; the greatest values themselves mean "see the newer form".
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Of lengths and places.
    pub bytes: u64,
    /// Of entries.
    pub entries: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: u64::from(u32::MAX), entries: u64::from(u16::MAX) }
    }
}

/// An archive that is being written.
pub struct ZipStream<W> {
    to: W,
    limits: Limits,
    position: u64,
    entries: u64,
    /// What stands at the end: some hundred bytes for each entry.
    directory: Bytes,
}

/// An entry whose bytes are being written.
pub struct Entry<'a, W> {
    archive: &'a mut ZipStream<W>,
    name: String,
    modified: (u16, u16),
    offset: u64,
    is_large: bool,
    length: u64,
    crc: crc32fast::Hasher,
}

impl<W: AsyncWrite + Unpin> ZipStream<W> {
    /// Begins an archive.
    pub fn new(to: W, limits: Limits) -> Self {
        Self { to, limits, position: 0, entries: 0, directory: Bytes::default() }
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.to.write_all(bytes).await?;
        self.position += bytes.len() as u64;
        Ok(())
    }

    /// Begins an entry that is to have so many bytes.
    ///
    /// # Errors
    /// Nobody reads any more, or the name is too long.
    pub async fn begin(&mut self, name: String, modified: DateTime<Utc>, length: u64) -> io::Result<Entry<'_, W>> {
        let (modified, is_large) = (dos_time(modified), length >= self.limits.bytes);
        let mut header = Bytes::default();
        header.u32(LOCAL_HEADER).u16(version(is_large)).u16(FLAGS).u16(STORED).u16(modified.0).u16(modified.1).u32(0);
        // The length is told after the bytes; that it takes the newer form then, is told here.
        let unknown = if is_large { u32::MAX } else { 0 };
        header.u32(unknown).u32(unknown).u16(length_of(&name)?).u16(if is_large { 20 } else { 0 });
        header.bytes(name.as_bytes());
        if is_large {
            header.u16(EXTRA64).u16(16).u64(0).u64(0);
        }
        let offset = self.position;
        self.write(&header.0).await?;
        Ok(Entry { archive: self, name, modified, offset, is_large, length: 0, crc: crc32fast::Hasher::new() })
    }

    /// Writes the directory, without which nothing is an archive.
    ///
    /// # Errors
    /// Nobody reads any more.
    pub async fn finish(mut self) -> io::Result<()> {
        let start = self.position;
        let directory = std::mem::take(&mut self.directory).0;
        self.write(&directory).await?;
        let end = self.end(start);
        self.write(&end.0).await?;
        self.to.shutdown().await
    }

    /// What tells where the directory is.
    fn end(&self, start: u64) -> Bytes {
        let (length, mut end) = (self.position - start, Bytes::default());
        let is_large = self.entries >= self.limits.entries || self.position >= self.limits.bytes;
        if is_large {
            end.u32(END64).u64(44).u16(MADE_BY).u16(VERSION64).u32(0).u32(0);
            end.u64(self.entries).u64(self.entries).u64(length).u64(start);
            end.u32(END64_LOCATOR).u32(0).u64(self.position).u32(1);
        }
        let short = |value: u64| u32::try_from(value).ok().filter(|_| !is_large).unwrap_or(u32::MAX);
        let count = u16::try_from(self.entries).ok().filter(|_| !is_large).unwrap_or(u16::MAX);
        end.u32(END).u16(0).u16(0).u16(count).u16(count).u32(short(length)).u32(short(start)).u16(0);
        end
    }
}

impl<W: AsyncWrite + Unpin> Entry<'_, W> {
    /// Writes some of its bytes.
    ///
    /// # Errors
    /// Nobody reads any more.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.crc.update(bytes);
        self.length += bytes.len() as u64;
        self.archive.write(bytes).await
    }

    /// Tells what its bytes add up to.
    ///
    /// # Errors
    /// Nobody reads any more, or it became larger than its form holds.
    pub async fn finish(self) -> io::Result<()> {
        let (crc, limits) = (self.crc.finalize(), self.archive.limits);
        if !self.is_large && self.length >= limits.bytes {
            return Err(io::Error::other("a file grew while it was packed"));
        }
        let mut descriptor = Bytes::default();
        descriptor.u32(DESCRIPTOR).u32(crc);
        if self.is_large {
            descriptor.u64(self.length).u64(self.length);
        } else {
            let length = short(self.length);
            descriptor.u32(length).u32(length);
        }
        self.archive.write(&descriptor.0).await?;

        // In the directory each value that is too large for its place stands in the field of the newer form.
        let is_far = self.offset >= limits.bytes;
        let mut extra = Bytes::default();
        if self.is_large {
            extra.u64(self.length).u64(self.length);
        }
        if is_far {
            extra.u64(self.offset);
        }
        let length = if self.is_large { u32::MAX } else { short(self.length) };
        let offset = if is_far { u32::MAX } else { short(self.offset) };
        let extra_length = u16::try_from(extra.0.len()).map_err(io::Error::other)?;
        let directory = &mut self.archive.directory;
        directory.u32(CENTRAL_HEADER).u16(MADE_BY).u16(version(self.is_large || is_far)).u16(FLAGS).u16(STORED);
        directory.u16(self.modified.0).u16(self.modified.1).u32(crc).u32(length).u32(length);
        directory.u16(length_of(&self.name)?).u16(if extra_length == 0 { 0 } else { extra_length + 4 });
        directory.u16(0).u16(0).u16(0).u32(ATTRIBUTES).u32(offset).bytes(self.name.as_bytes());
        if extra_length > 0 {
            directory.u16(EXTRA64).u16(extra_length).bytes(&extra.0);
        }
        self.archive.entries += 1;
        Ok(())
    }
}

const fn version(is_large: bool) -> u16 {
    if is_large { VERSION64 } else { VERSION }
}

fn length_of(name: &str) -> io::Result<u16> {
    u16::try_from(name.len()).map_err(io::Error::other)
}

/// A value that was seen to fit.
fn short(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// Time and day. Archives know no years before 1980 and none after 2107, and every other second.
fn dos_time(time: DateTime<Utc>) -> (u16, u16) {
    let year = time.year().clamp(1980, 2107) - 1980;
    let clock = (time.hour() << 11) | (time.minute() << 5) | (time.second() / 2);
    let day = (year.unsigned_abs() << 9) | (time.month() << 5) | time.day();
    (clock as u16, day as u16)
}

/// Bytes in the order of archives.
#[derive(Default)]
struct Bytes(Vec<u8>);

impl Bytes {
    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    fn u16(&mut self, value: u16) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    fn u32(&mut self, value: u32) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    fn u64(&mut self, value: u64) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone as _;

    use super::*;

    async fn archive(limits: Limits, files: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let mut written = Vec::new();
        let mut zip = ZipStream::new(&mut written, limits);
        for (name, bytes) in files {
            let length = bytes.len() as u64;
            let mut entry = zip.begin((*name).to_owned(), DateTime::UNIX_EPOCH, length).await.expect("begins");
            for part in bytes.chunks(7) {
                entry.write(part).await.expect("writes");
            }
            entry.finish().await.expect("ends");
        }
        zip.finish().await.expect("ends");
        written
    }

    fn files() -> Vec<(&'static str, Vec<u8>)> {
        vec![("a.jpg", vec![1; 10]), ("large.mp4", vec![2; 100]), ("ölig 🏖.jpg", vec![3; 20])]
    }

    #[tokio::test]
    async fn every_form_is_read_by_its_directory() {
        let large = Limits { bytes: 50, entries: 2 };
        for limits in [Limits::default(), large, Limits { entries: 3, ..Limits::default() }] {
            let packed = archive(limits, &files()).await;
            let read = async_zip::base::read::mem::ZipFileReader::new(packed).await.expect("an archive");
            for (index, (name, bytes)) in files().into_iter().enumerate() {
                let mut unpacked = Vec::new();
                let mut entry = read.reader_with_entry(index).await.expect("an entry");
                assert_eq!(entry.entry().filename().as_str().expect("is text"), name);
                entry.read_to_end_checked(&mut unpacked).await.expect("its bytes");
                assert_eq!(unpacked, bytes, "{name} with {limits:?}");
            }
        }
    }

    #[tokio::test]
    async fn the_length_of_a_large_entry_is_told_in_the_form_that_it_announces() {
        let packed = archive(Limits { bytes: 50, entries: 9 }, &files()).await;
        let (mut at, mut lengths) = (0, Vec::new());
        for (name, bytes) in files() {
            let field = |offset: usize, length: usize| packed[at + offset..at + offset + length].to_vec();
            let extra = usize::from(u16::from_le_bytes([field(28, 1)[0], field(29, 1)[0]]));
            at += 30 + name.len() + extra + bytes.len();
            let width = if extra > 0 { 8 } else { 4 };
            assert_eq!(packed[at..at + 4], DESCRIPTOR.to_le_bytes());
            let mut told = [0; 8];
            told[..width].copy_from_slice(&packed[at + 8..at + 8 + width]);
            lengths.push((extra > 0, u64::from_le_bytes(told)));
            at += 8 + 2 * width;
        }
        assert_eq!(lengths, [(false, 10), (true, 100), (false, 20)]);
        assert_eq!(packed[at..at + 4], CENTRAL_HEADER.to_le_bytes());
    }

    #[tokio::test]
    async fn a_file_that_grows_beyond_its_form_breaks_the_archive_off() {
        let mut written = Vec::new();
        let mut zip = ZipStream::new(&mut written, Limits { bytes: 50, entries: 9 });
        let mut entry = zip.begin("a".into(), DateTime::UNIX_EPOCH, 10).await.expect("begins");
        entry.write(&[0; 60]).await.expect("writes");
        assert!(entry.finish().await.is_err());
    }

    #[test]
    fn times_are_those_that_archives_know() {
        let time = |year| Utc.with_ymd_and_hms(year, 2, 3, 4, 5, 7).single().expect("a time");
        assert_eq!(dos_time(time(2024)), ((4 << 11) | (5 << 5) | 3, (44 << 9) | (2 << 5) | 3));
        assert_eq!(dos_time(time(1969)).1 >> 9, 0);
        assert_eq!(dos_time(time(2200)).1 >> 9, 127);
    }
}
