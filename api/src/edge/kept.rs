//! Long lists that are asked for at every visit, kept while what they were drawn from stands still.
//!
//! A list of all albums or of all memories is made of thousands of rows, and most visits find it as the last one left
//! it. So the answer is kept as it was sent, with where the read models stood that it was drawn from; to ask for that
//! is all that it costs as long as they stand there. What is kept is one person's answer to one question: who may see
//! what is among the things that it was drawn from, and whether somebody may ask at all was decided before.
//!
//! While something moves all the time, those who ask for the same thing meanwhile wait for one answer, which is as new
//! as their question.

use std::{
    convert::Infallible,
    num::NonZeroUsize,
    sync::Arc,
    time::{Duration, Instant},
};

use albumen_projections::runtime::Standing;
use axum::{
    body::{Body, Bytes},
    extract::FromRequestParts,
    http::{HeaderValue, Method, StatusCode, header, request::Parts},
    response::Response,
};
use lru::LruCache;
use parking_lot::Mutex;
use serde::Serialize;
use uuid::Uuid;

use super::{ApiError, compression, etag};

/// All answers together have so many bytes: the longest lists of a large library once, or the lists of a hundred
/// visitors as they are mostly sent, compressed.
const MOST_BYTES: usize = 8 * 1024 * 1024;
/// So many answers at most, however short they are.
const MOST_ANSWERS: NonZeroUsize = NonZeroUsize::new(1_024).expect("not zero");
/// Nobody comes back for what nobody has asked for in this time.
const LONGEST_UNUSED: Duration = Duration::from_secs(600);

/// How a client takes an answer. An extractor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taking {
    is_compressed: bool,
    /// Whether the answer gets a tag.
    is_tagged: bool,
    /// Tags of what the client has.
    known: Option<HeaderValue>,
}

impl<S: Sync> FromRequestParts<S> for Taking {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self {
            is_compressed: compression::accepts_gzip(&parts.headers),
            is_tagged: parts.method == Method::GET,
            known: parts.headers.get(header::IF_NONE_MATCH).cloned(),
        })
    }
}

/// Who asks for what.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Question {
    user: Uuid,
    link: Option<Uuid>,
    what: String,
    is_compressed: bool,
}

impl Question {
    /// `user`, or who came by a `link` of theirs, asks for `what`, which names all that the answer depends on besides
    /// the read models.
    #[must_use]
    pub const fn of(user: Uuid, link: Option<Uuid>, what: String, taking: &Taking) -> Self {
        Self { user, link, what, is_compressed: taking.is_compressed }
    }
}

/// An answer as it is sent.
#[derive(Clone, Debug)]
struct Kept {
    drawn_from: Standing,
    body: Bytes,
    is_compressed: bool,
    tag: Option<HeaderValue>,
}

/// The place of an answer: whoever makes it holds it.
type Place = Arc<tokio::sync::Mutex<Option<Kept>>>;

struct Entry {
    place: Place,
    bytes: usize,
    used: Instant,
}

struct Shelf {
    entries: LruCache<Question, Entry>,
    bytes: usize,
}

/// The answers that are kept, within bounds.
pub struct KeptAnswers(Mutex<Shelf>);

impl Default for KeptAnswers {
    fn default() -> Self {
        Self(Mutex::new(Shelf { entries: LruCache::new(MOST_ANSWERS), bytes: 0 }))
    }
}

impl KeptAnswers {
    /// The JSON of what `making` makes, or made before, where the read models that it is drawn from stand as they did
    /// then.
    ///
    /// # Errors
    /// What `making` and `standing` say.
    pub async fn answer<T: Serialize, S: Future<Output = Result<Standing, ApiError>>>(
        &self,
        question: Question,
        taking: &Taking,
        standing: impl Fn() -> S,
        making: impl Future<Output = Result<T, ApiError>>,
    ) -> Result<Response, ApiError> {
        Ok(self.or_made(question, standing, making).await?.response(taking))
    }

    async fn or_made<T: Serialize, S: Future<Output = Result<Standing, ApiError>>>(
        &self,
        question: Question,
        standing: impl Fn() -> S,
        making: impl Future<Output = Result<T, ApiError>>,
    ) -> Result<Kept, ApiError> {
        let asked_at = standing().await?;
        let place = self.place(&question);
        let (mut answer, drawn_from) = match place.try_lock() {
            Ok(answer) => (answer, asked_at.clone()),
            // Somebody is making it. Should that be too old, the next one is as new as it can be.
            Err(_) => (place.lock().await, standing().await?),
        };
        if let Some(kept) = answer.as_ref().filter(|kept| kept.drawn_from.covers(&asked_at)) {
            return Ok(kept.clone());
        }
        *answer = None;
        let made = Kept::of(making.await?, drawn_from, question.is_compressed).await?;
        if self.note(&question, &place, made.body.len()) {
            *answer = Some(made.clone());
        }
        Ok(made)
    }

    fn place(&self, question: &Question) -> Place {
        let mut shelf = self.0.lock();
        if let Some(entry) = shelf.entries.get_mut(question) {
            entry.used = Instant::now();
            return entry.place.clone();
        }
        let place = Place::default();
        shelf.put(question.clone(), Entry { place: place.clone(), bytes: 0, used: Instant::now() });
        place
    }

    /// Makes room for an answer; whether there is any.
    fn note(&self, question: &Question, place: &Place, bytes: usize) -> bool {
        let mut shelf = self.0.lock();
        if bytes > MOST_BYTES {
            shelf.take(question);
            return false;
        }
        shelf.put(question.clone(), Entry { place: place.clone(), bytes, used: Instant::now() });
        // The one that was put in just now comes last.
        while shelf.bytes > MOST_BYTES || shelf.has_unused() {
            shelf.drop_oldest();
        }
        true
    }
}

impl Shelf {
    fn put(&mut self, question: Question, entry: Entry) {
        self.bytes += entry.bytes;
        // What had that place, or the oldest where there are too many.
        if let Some((_, old)) = self.entries.push(question, entry) {
            self.bytes -= old.bytes;
        }
    }

    fn take(&mut self, question: &Question) {
        if let Some(old) = self.entries.pop(question) {
            self.bytes -= old.bytes;
        }
    }

    fn has_unused(&self) -> bool {
        self.entries.peek_lru().is_some_and(|(_, entry)| entry.used.elapsed() > LONGEST_UNUSED)
    }

    fn drop_oldest(&mut self) {
        if let Some((_, old)) = self.entries.pop_lru() {
            self.bytes -= old.bytes;
        }
    }
}

impl Kept {
    async fn of<T: Serialize>(made: T, drawn_from: Standing, is_compressed: bool) -> Result<Self, ApiError> {
        let text = serde_json::to_vec(&made).map_err(ApiError::internal_outside_handlers)?;
        drop(made);
        // Without the room that was left for more.
        let text = Bytes::from(text.into_boxed_slice());
        let length = text.len() as u64;
        let tag = (length <= etag::MAX_BYTES).then(|| HeaderValue::from_str(&etag::tag_of(&text)).ok()).flatten();
        let compressed = match length {
            _ if !is_compressed || length < compression::MIN_BYTES => None,
            ..=compression::MAX_WHOLE_BYTES => compression::gzip(&text),
            // What takes longer keeps no thread from others.
            _ => {
                let text = text.clone();
                let compressing = tokio::task::spawn_blocking(move || compression::gzip(&text));
                compressing.await.map_err(ApiError::internal_outside_handlers)?
            }
        };
        let is_compressed = compressed.is_some();
        let body = compressed.map_or(text, |compressed| Bytes::copy_from_slice(&compressed));
        Ok(Self { drawn_from, body, is_compressed, tag })
    }

    fn response(self, taking: &Taking) -> Response {
        let mut response = Response::new(Body::empty());
        let tag = self.tag.filter(|_| taking.is_tagged);
        let is_known = matches!((&tag, &taking.known), (Some(tag), Some(known)) if is_among(known, tag));
        if let Some(tag) = tag {
            response.headers_mut().insert(header::ETAG, tag);
        }
        if is_known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if self.is_compressed {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
        }
        *response.body_mut() = self.body.into();
        response
    }
}

fn is_among(known: &HeaderValue, tag: &HeaderValue) -> bool {
    tag.to_str().is_ok_and(|tag| etag::names(known, tag))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

    use chrono::DateTime;
    use futures::future::join_all;

    use super::*;

    fn question(what: &str) -> Question {
        Question { user: Uuid::nil(), link: None, what: what.to_owned(), is_compressed: false }
    }

    /// Answers whose read model stands at a place of the test's choice.
    #[derive(Default)]
    struct Desk {
        answers: KeptAnswers,
        position: AtomicI64,
        made: AtomicUsize,
    }

    impl Desk {
        async fn ask(&self, question: Question, length: usize) -> Kept {
            let standing = || async {
                let place = ("library".to_owned(), self.position.load(Ordering::SeqCst), DateTime::UNIX_EPOCH);
                Ok::<_, ApiError>([place].into_iter().collect::<Standing>())
            };
            let making = async {
                tokio::task::yield_now().await;
                let number = self.made.fetch_add(1, Ordering::SeqCst);
                Ok(format!("{number}{}", " ".repeat(length)))
            };
            let answer = self.answers.or_made(question, standing, making).await;
            answer.unwrap_or_else(|error| panic!("{}", error.message()))
        }

        fn bytes(&self) -> usize {
            self.answers.0.lock().bytes
        }
    }

    #[tokio::test]
    async fn an_answer_is_made_again_when_something_has_moved() {
        let desk = Desk::default();
        let first = desk.ask(question("a"), 0).await.body;
        assert_eq!(desk.ask(question("a"), 0).await.body, first);
        desk.position.store(1, Ordering::SeqCst);
        let second = desk.ask(question("a"), 0).await.body;
        assert_ne!(second, first);
        assert_eq!(desk.ask(question("a"), 0).await.body, second);
    }

    #[tokio::test]
    async fn nobody_is_answered_what_another_asked() {
        let desk = Desk::default();
        let other_user = Question { user: Uuid::from_u128(1), ..question("a") };
        let by_link = Question { link: Some(Uuid::nil()), ..question("a") };
        let compressed = Question { is_compressed: true, ..question("a") };
        let questions = [question("a"), question("b"), other_user, by_link, compressed];
        for asked in questions.iter().chain(&questions) {
            desk.ask(asked.clone(), 0).await;
        }
        assert_eq!(desk.made.load(Ordering::SeqCst), questions.len());
    }

    #[tokio::test]
    async fn those_who_ask_meanwhile_wait_for_one_answer() {
        let desk = Desk::default();
        let answers = join_all((0..8).map(|_| desk.ask(question("a"), 0))).await;
        assert_eq!(desk.made.load(Ordering::SeqCst), 1);
        assert!(answers.iter().all(|answer| answer.body == answers[0].body));
    }

    #[tokio::test]
    async fn there_are_bounds_to_what_is_kept() {
        let desk = Desk::default();
        for number in 0..20 {
            desk.ask(question(&number.to_string()), MOST_BYTES / 8).await;
            assert!(desk.bytes() <= MOST_BYTES, "{}", desk.bytes());
        }
        assert!(desk.bytes() > MOST_BYTES / 2);
        // What is too long for all the room is answered and not kept, and costs nobody else a place.
        let before = desk.bytes();
        desk.ask(question("long"), MOST_BYTES).await;
        desk.ask(question("long"), MOST_BYTES).await;
        assert_eq!((desk.made.load(Ordering::SeqCst), desk.bytes()), (22, before));
        for number in 0..2 * MOST_ANSWERS.get() {
            desk.ask(question(&format!("short {number}")), 0).await;
        }
        assert_eq!(desk.answers.0.lock().entries.len(), MOST_ANSWERS.get());
        let sum: usize = desk.answers.0.lock().entries.iter().map(|(_, entry)| entry.bytes).sum();
        assert_eq!(desk.bytes(), sum);
    }

    #[tokio::test]
    async fn it_is_sent_as_clients_take_it() {
        let long = "Grüße ".repeat(1_000);
        let taking = |is_compressed, known: Option<HeaderValue>| Taking { is_compressed, is_tagged: true, known };
        let standing: Standing = std::iter::empty().collect();
        let kept = async |is_compressed| {
            let kept = Kept::of(&long, standing.clone(), is_compressed).await;
            kept.unwrap_or_else(|error| panic!("{}", error.message()))
        };
        let plain = kept(false).await.response(&taking(false, None));
        let tag = plain.headers()[header::ETAG].clone();
        assert_eq!(plain.headers()[header::CONTENT_TYPE], "application/json");
        assert!(!plain.headers().contains_key(header::CONTENT_ENCODING));
        let body = axum::body::to_bytes(plain.into_body(), usize::MAX).await.expect("a body");
        assert_eq!(serde_json::from_slice::<String>(&body).expect("a text"), long);
        let compressed = kept(true).await.response(&taking(true, None));
        assert_eq!(
            (&compressed.headers()[header::CONTENT_ENCODING], &compressed.headers()[header::ETAG]),
            (&"gzip".parse().expect("a value"), &tag)
        );
        let packed = axum::body::to_bytes(compressed.into_body(), usize::MAX).await.expect("a body");
        let mut read = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(packed.as_ref()), &mut read).expect("is gzip");
        assert_eq!(read, body);
        let known = kept(true).await.response(&taking(true, Some(tag)));
        assert_eq!(
            (known.status(), known.headers().contains_key(header::CONTENT_TYPE)),
            (StatusCode::NOT_MODIFIED, false)
        );
    }
}
