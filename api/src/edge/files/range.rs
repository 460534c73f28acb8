//! `Range: bytes=…` with one range. Several ranges at once are answered with the whole file, as
//! the standard allows.

/// Positions of the first and the last byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ByteRange {
    pub first: u64,
    pub last: u64,
}

impl ByteRange {
    pub fn length(self) -> u64 {
        self.last - self.first + 1
    }
}

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Whole,
    Part(ByteRange),
    /// The range begins behind the end.
    Nothing,
}

pub(super) fn wanted_of(header: &str, length: u64) -> Wanted {
    let Some(range) = header.trim().strip_prefix("bytes=") else {
        return Wanted::Whole;
    };
    match range.trim().split_once('-') {
        Some(("", suffix)) => suffix_of(suffix, length),
        Some((first, last)) => between(first, last, length),
        None => Wanted::Whole,
    }
}

fn suffix_of(count: &str, length: u64) -> Wanted {
    match position(count) {
        None => Wanted::Whole,
        Some(0) => Wanted::Nothing,
        Some(_) if length == 0 => Wanted::Nothing,
        Some(count) => part(length.saturating_sub(count), length - 1),
    }
}

fn between(first: &str, last: &str, length: u64) -> Wanted {
    let Some(first) = position(first) else {
        return Wanted::Whole;
    };
    let last = if last.trim().is_empty() { Some(u64::MAX) } else { position(last) };
    match last {
        None => Wanted::Whole,
        Some(last) if last < first => Wanted::Whole,
        Some(_) if first >= length => Wanted::Nothing,
        Some(last) => part(first, last.min(length - 1)),
    }
}

fn part(first: u64, last: u64) -> Wanted {
    Wanted::Part(ByteRange { first, last })
}

/// Digits alone; `str::parse` also takes a sign.
fn position(text: &str) -> Option<u64> {
    let text = text.trim();
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_digits.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn understands_one_range() {
        let cases = [
            ("bytes=0-0", 10, part(0, 0)),
            ("bytes=0-", 10, part(0, 9)),
            ("bytes=3-5", 10, part(3, 5)),
            ("bytes=3-500", 10, part(3, 9)),
            ("bytes=9-99999999999999999999999", 10, part(9, 9)),
            ("bytes=-4", 10, part(6, 9)),
            ("bytes=-40", 10, part(0, 9)),
            ("bytes=10-", 10, Wanted::Nothing),
            ("bytes=99999999999999999999999-", 10, Wanted::Nothing),
            ("bytes=-0", 10, Wanted::Nothing),
            ("bytes=0-", 0, Wanted::Nothing),
            ("bytes=-1", 0, Wanted::Nothing),
            ("bytes=5-3", 10, Wanted::Whole),
            ("bytes=0-1,4-5", 10, Wanted::Whole),
            ("bytes=+1-2", 10, Wanted::Whole),
            ("bytes=a-b", 10, Wanted::Whole),
            ("bytes=-", 10, Wanted::Whole),
            ("bytes=", 10, Wanted::Whole),
            ("seconds=1-2", 10, Wanted::Whole),
        ];
        for (header, length, expected) in cases {
            assert_eq!(wanted_of(header, length), expected, "{header} of {length}");
        }
    }
}
