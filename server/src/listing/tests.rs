//! The list of files without sessions: what is watched, and for how long.

use std::time::Duration;

use futures::FutureExt as _;

use super::*;
use crate::outbox::OutboxLimits;
use crate::watch::WatchLimits;

fn limits() -> WatchLimits {
    WatchLimits {
        by_polling: false,
        poll_every: Duration::from_secs(3600),
        gather: Duration::ZERO,
        max_folders: 10,
    }
}

#[tokio::test]
async fn whoever_watches_when_the_last_one_leaves_goes_on_watching() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::new(&[folder.path().to_owned()], false, false).unwrap();
    let listing = Listing::new(Arc::new(catalog), Watcher::new(limits()));
    let limits_of_outbox = OutboxLimits { max_event_bytes: 1000, max_answer_bytes: 1000 };
    let outbox = || Arc::new(Outbox::new(limits_of_outbox));
    listing.watch(1, outbox(), |_, _| {}).await.unwrap();
    tokio::task::yield_now().await;
    let (known, second, its_outbox) = (listing.known.lock().await, Arc::clone(&listing), outbox());
    let second = tokio::spawn(async move { second.watch(2, its_outbox, |_, _| {}).await });
    tokio::task::yield_now().await;
    // On this one thread, the task that looks for the first ends now, behind the second.
    listing.forget(1);
    tokio::task::yield_now().await;
    drop(known);
    second.await.unwrap().unwrap();
    while Arc::strong_count(&listing) > 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(listing.known.lock().await.held.len(), 1);
}

#[tokio::test]
async fn looking_at_the_files_is_no_change_of_them() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(folder.path().join("a.h5"), b"\x89HDF\r\n\x1a\n").unwrap();
    let catalog = Catalog::new(&[folder.path().to_owned()], false, false).unwrap();
    let watcher = Watcher::new(limits());
    let stir = Arc::new(Notify::new());
    let round = Round::new(Arc::clone(&watcher), Arc::clone(&stir), HashMap::new());
    let (files, round) = round.go(&catalog);
    assert_eq!((files.len(), round.is_new, round.by_clock), (1, true, false));
    let again = Round::new(Arc::clone(&watcher), Arc::clone(&stir), round.held);
    let (files, again) = again.go(&catalog);
    assert_eq!((files, again.is_new), (catalog.list(), false));
    // Notices come in order: after this one the others would have come, too.
    let opened = std::fs::File::open(other.path()).unwrap();
    let mut sight = watcher.sight(opened.as_fd(), Kind::Folder);
    std::fs::write(other.path().join("b"), "").unwrap();
    sight.stirred().await;
    assert!(stir.notified().now_or_never().is_none());
    std::fs::remove_file(folder.path().join("a.h5")).unwrap();
    stir.notified().await;
}
