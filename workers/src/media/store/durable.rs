//! Folders that survive a crash, at the cost of few flushes.
//!
//! A new file is durable when its bytes are flushed and so is every folder on the way to it that
//! gained a name. Uploads that wait at the same time for one folder share its flush.

use std::{
    collections::{HashMap, HashSet},
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use parking_lot::Mutex;

use crate::media::layout::sync_folder;

/// How many folders are remembered as durable: one user's tree has 65,792. When more are known,
/// all are forgotten, which costs some needless flushes and nothing else.
const MAX_REMEMBERED_FOLDERS: usize = 200_000;

/// Keeps folders durable under one root.
#[derive(Debug)]
pub(super) struct DurableFolders {
    root: PathBuf,
    /// Relative folders whose own entry in their parent was flushed since we started.
    remembered: Mutex<HashSet<PathBuf>>,
    flushes: Mutex<HashMap<PathBuf, Arc<FolderFlush>>>,
}

/// The flushes of one folder: one that runs, and one that gathers those who came meanwhile.
#[derive(Debug, Default)]
struct FolderFlush {
    running: Mutex<()>,
    gathering: Mutex<Option<Arc<Round>>>,
}

/// One flush and its outcome, for all who wait for it.
#[derive(Debug, Default)]
struct Round {
    outcome: Mutex<Option<Result<(), io::ErrorKind>>>,
}

impl DurableFolders {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root, remembered: Mutex::default(), flushes: Mutex::default() }
    }

    /// Makes `folder` (relative) with all above it, and their names durable.
    pub(super) fn ensure(&self, folder: &Path) -> io::Result<()> {
        let unsure: Vec<&Path> = {
            let remembered = self.remembered.lock();
            let is_unsure = |part: &&Path| !part.as_os_str().is_empty() && !remembered.contains(*part);
            folder.ancestors().take_while(is_unsure).collect()
        };
        if unsure.is_empty() {
            return Ok(());
        }
        fs::create_dir_all(self.root.join(folder))?;
        // It may have been there already without having been flushed: a crash can have come
        // between, or another upload be about to.
        for part in unsure.into_iter().rev() {
            self.flush(part.parent().unwrap_or(Path::new("")))?;
            self.remember(part);
        }
        Ok(())
    }

    /// Flushes the names in `folder` (relative): all that happened to it before the call is
    /// durable after it.
    pub(super) fn flush(&self, folder: &Path) -> io::Result<()> {
        let flush = self.flushes.lock().entry(folder.to_owned()).or_default().clone();
        let outcome = flush.join(|| sync_folder(&self.root.join(folder)));
        drop(flush);
        self.forget_idle(folder);
        outcome
    }

    fn remember(&self, folder: &Path) {
        let mut remembered = self.remembered.lock();
        if remembered.len() >= MAX_REMEMBERED_FOLDERS {
            remembered.clear();
        }
        remembered.insert(folder.to_owned());
    }

    fn forget_idle(&self, folder: &Path) {
        let mut flushes = self.flushes.lock();
        // One count is the map's own.
        if flushes.get(folder).is_some_and(|flush| Arc::strong_count(flush) == 1) {
            flushes.remove(folder);
        }
    }
}

impl FolderFlush {
    /// Waits for a flush that begins after this call, leading it when nobody else does.
    fn join(&self, flush: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        let round = self.gathering.lock().get_or_insert_default().clone();
        let mut outcome = round.outcome.lock();
        if outcome.is_none() {
            // While an earlier flush runs, others join this round.
            let running = self.running.lock();
            // From here on newcomers need a round of their own: theirs may happen after our flush.
            *self.gathering.lock() = None;
            let result = flush();
            drop(running);
            *outcome = Some(result.as_ref().map_err(io::Error::kind).copied());
            return result;
        }
        outcome.unwrap_or(Ok(())).map_err(io::Error::from)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::{
        sync::{
            Barrier,
            atomic::{AtomicUsize, Ordering},
        },
        time::Duration,
    };

    use super::*;

    #[test]
    fn folders_are_made_and_remembered() {
        let root = tempfile::tempdir().unwrap();
        let folders = DurableFolders::new(root.path().to_owned());
        folders.ensure(Path::new("upload/u/aa/bb")).unwrap();
        assert!(root.path().join("upload/u/aa/bb").is_dir());
        assert_eq!(folders.remembered.lock().len(), 4);
        folders.ensure(Path::new("upload/u/aa/cc")).unwrap();
        assert_eq!(folders.remembered.lock().len(), 5);
        assert!(folders.flushes.lock().is_empty());
    }

    #[test]
    fn those_who_come_during_a_flush_share_the_next() {
        const JOINERS: usize = 8;
        let flush = FolderFlush::default();
        let flushed = AtomicUsize::new(0);
        let started = Barrier::new(2);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                flush.join(|| {
                    started.wait();
                    std::thread::sleep(Duration::from_millis(200));
                    flushed.fetch_add(1, Ordering::SeqCst);
                    Ok(())
                })
            });
            started.wait();
            for _ in 0..JOINERS {
                scope.spawn(|| {
                    let before = flushed.load(Ordering::SeqCst);
                    flush
                        .join(|| {
                            flushed.fetch_add(1, Ordering::SeqCst);
                            Ok(())
                        })
                        .unwrap();
                    // The running flush began before this one came: it must not count for it.
                    assert!(before == 0 && flushed.load(Ordering::SeqCst) >= 2);
                });
            }
        });
        assert_eq!(flushed.load(Ordering::SeqCst), 2, "{JOINERS} share one flush");
    }

    #[test]
    fn all_who_share_a_flush_learn_of_its_failure() {
        let flush = FolderFlush::default();
        let result = flush.join(|| Err(io::Error::from(io::ErrorKind::StorageFull)));
        assert_eq!(result.unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
