use std::{os::unix::fs::symlink, time::Duration};

use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::{super::Unconfirmed, *};

fn store() -> (tempfile::TempDir, LocalStore) {
    let root = tempfile::tempdir().expect("a scratch folder");
    let store = LocalStore::new(root.path());
    (root, store)
}

fn path(text: &str) -> MediaPath {
    MediaPath::parse(text).expect("it can be parsed")
}

/// Every file under the root, relative.
fn files(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a listing") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(root).expect("it lies below").to_str().expect("UTF-8").to_owned());
            }
        }
    }
    found.sort();
    found
}

#[tokio::test]
async fn an_upload_appears_when_it_is_finished() {
    let (root, store) = store();
    let target = path("upload/u/aa/bb/x.jpg");
    let mut upload = store.begin(&target).await.expect("the store takes a file");
    upload.write(Bytes::from_static(b"hel")).await.expect("room");
    upload.write(Bytes::from_static(b"lo")).await.expect("room");
    assert!(!store.exists(&target).await.expect("an answer"));
    let modified_at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let stat = upload.finish(Some(modified_at)).await.expect("it is finished");
    assert_eq!((stat.size_bytes, stat.modified_at), (5, modified_at));
    assert_eq!(store.stat(&target).await.expect("it is there"), stat);
    assert_eq!(store.read(&target, 5).await.expect("it can be read").0, "hello");
    assert!(matches!(store.read(&target, 4).await, Err(StoreError::TooLarge { size_bytes: 5, .. })));
    assert_eq!(files(root.path()), ["upload/u/aa/bb/x.jpg"]);
    assert_eq!(store.list(&path("upload/u/aa/bb")).await.expect("a listing"), std::slice::from_ref(&target));
    assert!(store.delete(&target).await.expect("an answer"));
    assert!(!store.delete(&target).await.expect("an answer"));
    assert!(matches!(store.open(&target).await, Err(StoreError::NotFound(_))));
}

#[tokio::test]
async fn a_long_upload_is_written_as_it_comes() {
    let (root, store) = store();
    let mut upload = store.begin(&path("upload/x")).await.expect("the store takes a file");
    for round in 0..40_u8 {
        upload.write(Bytes::from(vec![round; 50_000])).await.expect("room");
    }
    let partial = files(root.path());
    assert_eq!(partial.len(), 1);
    assert!(partial[0].starts_with("upload/.partial/"), "{partial:?}");
    let written = fs::metadata(root.path().join(&partial[0])).expect("it runs and ends").len();
    assert!(written >= 2_000_000 - WRITE_BUFFER_BYTES as u64, "{written} bytes");
    upload.finish(None).await.expect("it is finished");
    let (mut file, stat) = store.open(&path("upload/x")).await.expect("it can be read");
    assert_eq!(stat.size_bytes, 2_000_000);
    let mut byte = [0];
    file.seek(io::SeekFrom::Start(1_999_999)).await.expect("it succeeds");
    file.read_exact(&mut byte).await.expect("it succeeds");
    assert_eq!(byte, [39]);
}

#[tokio::test]
async fn an_empty_upload_is_an_empty_file() {
    let (_root, store) = store();
    let stat = store
        .begin(&path("upload/e"))
        .await
        .expect("the store takes a file")
        .finish(None)
        .await
        .expect("it is finished");
    assert_eq!(stat.size_bytes, 0);
}

#[tokio::test]
async fn an_upload_that_is_cut_off_leaves_nothing() {
    let (root, store) = store();
    for abort in [true, false] {
        let mut upload = store.begin(&path("upload/x")).await.expect("the store takes a file");
        upload.write(Bytes::from(vec![0; WRITE_BUFFER_BYTES * 2])).await.expect("room");
        assert_eq!(files(root.path()).len(), 1);
        if abort {
            upload.abort().await;
        } else {
            drop(upload);
        }
        assert_eq!(files(root.path()), [""; 0]);
    }
}

#[tokio::test]
async fn a_finish_that_nobody_waits_for_leaves_nothing() {
    let (root, store) = store();
    let mut upload = store.begin(&path("upload/u/aa/bb/x")).await.expect("the store takes a file");
    upload.write(Bytes::from_static(b"x")).await.expect("room");
    let mut finish = upload.finish(None);
    // One poll starts the last step on its thread; then the caller is gone.
    assert!(futures::poll!(&mut finish).is_pending());
    drop(finish);
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(10)).await;
        if root.path().join("upload/u/aa/bb").exists() && files(root.path()).is_empty() {
            return;
        }
    }
    panic!("left behind: {:?}", files(root.path()));
}

#[tokio::test]
async fn scratch_goes_with_the_work_or_with_the_next_sweep() {
    let (root, store) = store();
    let scratch = store.scratch().await.expect("a folder");
    fs::write(scratch.path().join("film.mp4"), "x").expect("it is written");
    assert!(files(root.path())[0].starts_with("upload/.partial/"));
    drop(scratch);
    assert_eq!(files(root.path()), [""; 0]);
    let left = store.scratch().await.expect("a folder").keep();
    fs::write(left.join("film.mp4"), "x").expect("it is written");
    assert_eq!(store.sweep_partial().await.expect("it succeeds"), 1);
    assert!(!left.exists());
}

#[tokio::test]
async fn what_a_crash_left_is_swept() {
    let (root, store) = store();
    store
        .begin(&path("upload/kept"))
        .await
        .expect("the store takes a file")
        .finish(None)
        .await
        .expect("it is finished");
    fs::write(root.path().join("upload/.partial/left"), "x").expect("it runs and ends");
    assert_eq!(store.sweep_partial().await.expect("it succeeds"), 1);
    assert_eq!(store.sweep_partial().await.expect("it succeeds"), 0);
    assert_eq!(files(root.path()), ["upload/kept"]);
}

#[tokio::test]
async fn links_and_other_oddities_are_refused() {
    let (root, store) = store();
    let outside = tempfile::tempdir().expect("a scratch folder");
    fs::write(outside.path().join("secret"), "s").expect("it runs and ends");
    fs::create_dir_all(root.path().join("upload/u/aa")).expect("it runs and ends");
    symlink(outside.path(), root.path().join("upload/u/aa/bb")).expect("it runs and ends");
    symlink(outside.path().join("secret"), root.path().join("upload/u/secret")).expect("it runs and ends");
    nix::unistd::mkfifo(&root.path().join("upload/u/pipe"), nix::sys::stat::Mode::S_IRWXU).expect("it runs and ends");
    for text in ["upload/u/aa/bb/secret", "upload/u/secret", "upload/u/pipe", "upload/u/aa"] {
        let path = path(text);
        assert!(matches!(store.open(&path).await, Err(StoreError::NotPlain(_))), "{text}");
        assert!(matches!(store.stat(&path).await, Err(StoreError::NotPlain(_))), "{text}");
    }
    let mut upload = store.begin(&path("upload/u/aa/bb/new")).await.expect("the store takes a file");
    upload.write(Bytes::from_static(b"x")).await.expect("room");
    assert!(matches!(upload.finish(None).await, Err(StoreError::NotPlain(_))));
    assert!(matches!(store.delete(&path("upload/u/aa/bb/secret")).await, Err(StoreError::NotPlain(_))));
    assert_eq!(files(outside.path()), ["secret"]);
}

#[tokio::test]
async fn a_top_folder_may_lie_on_another_disk() {
    let (root, store) = store();
    let elsewhere = tempfile::tempdir().expect("a scratch folder");
    symlink(elsewhere.path(), root.path().join("upload")).expect("it runs and ends");
    let target = path("upload/u/aa/x");
    store.begin(&target).await.expect("the store takes a file").finish(None).await.expect("it is finished");
    assert!(store.exists(&target).await.expect("an answer"));
    assert_eq!(files(elsewhere.path()), ["u/aa/x"]);
}

#[tokio::test]
async fn many_uploads_at_once_are_all_there() {
    let (root, store) = store();
    let upload = |index: usize| {
        let store = store.clone();
        async move {
            let target = path(&format!("upload/u/{:02x}/{:02x}/{index}", index % 4, index % 8));
            let mut upload = store.begin(&target).await.expect("the store takes a file");
            upload.write(Bytes::from(index.to_string())).await.expect("room");
            upload.finish(None).await.expect("it is finished");
        }
    };
    futures::future::join_all((0..64).map(upload)).await;
    assert_eq!(files(root.path()).len(), 64);
}

#[tokio::test]
async fn announced_files_are_known_until_it_is_clear_what_they_are() {
    let (root, store) = store();
    let [kept, discarded, unclear] = ["upload/k", "profile/d", "upload/u"].map(path);
    for target in [&kept, &discarded, &unclear] {
        assert!(store.unconfirmed().await.expect("a list").is_empty());
        let file = Unconfirmed::write(&store, target, Bytes::from_static(b"x")).await.expect("room");
        assert_eq!(store.unconfirmed().await.expect("a list"), std::slice::from_ref(target));
        match target.as_str() {
            "upload/k" => file.keep().await,
            "profile/d" => file.discard().await,
            _ => drop(file),
        }
    }
    assert_eq!(store.unconfirmed().await.expect("a list"), std::slice::from_ref(&unclear));
    assert_eq!(files(root.path()).iter().filter(|file| !file.contains('.')).count(), 2);
    assert!(!store.exists(&discarded).await.expect("an answer"));
}
