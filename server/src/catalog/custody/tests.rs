//! One server, and one name, has a file at a time.

use super::*;

fn served() -> (tempfile::TempDir, Catalog) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.h5"), b"\x89HDF\r\n\x1a\n").unwrap();
    let catalog = Catalog::new(&[folder.path().to_owned()], false, false).unwrap();
    (folder, catalog)
}

#[test]
fn two_servers_never_have_one_file() {
    let (folder, catalog) = served();
    let other = Catalog::new(&[folder.path().to_owned()], false, false).unwrap();
    let held = catalog.take("a.h5", None).unwrap();
    assert_eq!(other.take("a.h5", None).unwrap_err().code, ErrorCode::FileLocked);
    let reader = Catalog::new(&[folder.path().to_owned()], false, true).unwrap();
    assert_eq!(reader.take("a.h5", None).unwrap_err().code, ErrorCode::FileLocked);
    drop(held);
    assert!(other.take("a.h5", None).is_ok());
    assert!(!folder.path().join("a.h5.log").exists(), "an empty log is removed");
}

#[test]
fn a_log_is_no_file_of_its_own() {
    let (folder, catalog) = served();
    let held = catalog.take("a.h5", None).unwrap();
    assert_eq!(catalog.take("a.h5.log", None).unwrap_err().code, ErrorCode::FileNotFound);
    assert_eq!(catalog.open("a.h5.log").unwrap_err().code, ErrorCode::FileNotFound);
    std::fs::write(folder.path().join("a.h5.log"), b"something").unwrap();
    drop(held);
    assert!(folder.path().join("a.h5.log").exists(), "a log that holds something stays");
    std::fs::write(folder.path().join("b.log"), b"\x89HDF\r\n\x1a\n").unwrap();
    assert!(catalog.open("b.log").is_ok(), "a file that is only called so is served");
}

#[test]
fn a_file_is_read_where_no_log_can_be_made() {
    let (folder, catalog) = served();
    std::fs::create_dir(folder.path().join("a.h5.log")).unwrap();
    let held = catalog.take("a.h5", None).unwrap();
    assert_eq!(held.access, Access::ReadOnly);
    assert!(held.read_only_because.as_ref().is_some_and(|because| because.contains("a.h5.log")));
    assert!(held.lend().unwrap().log.is_none());
}

#[test]
fn a_file_is_written_by_one_of_its_names_at_a_time() {
    let (folder, catalog) = served();
    std::os::unix::fs::symlink("a.h5", folder.path().join("link.h5")).unwrap();
    std::fs::hard_link(folder.path().join("a.h5"), folder.path().join("twin.h5")).unwrap();
    for (first, second) in [("a.h5", "link.h5"), ("twin.h5", "a.h5")] {
        let held = catalog.take(first, None).unwrap();
        let other = catalog.take(second, None).unwrap();
        assert_eq!((held.access, other.access), (Access::ReadWrite, Access::ReadOnly));
        let because = other.read_only_because.clone().unwrap();
        assert!(because.contains(first) && because.contains(second), "{because}");
        drop((held, other));
        assert_eq!(catalog.take(second, None).unwrap().access, Access::ReadWrite);
    }
}

#[test]
fn a_file_that_is_made_is_written_by_one_of_its_names_at_a_time() {
    let (folder, catalog) = served();
    std::fs::hard_link(folder.path().join("a.h5"), folder.path().join("twin.h5")).unwrap();
    let creation = Some(FileCreation::default());
    let held = catalog.take("a.h5", None).unwrap();
    let refused = catalog.take("twin.h5", creation).unwrap_err();
    assert!(refused.code == ErrorCode::ReadOnly && refused.message.contains("a.h5"), "{refused:?}");
    drop(held);
    let made = catalog.take("twin.h5", creation).unwrap();
    assert_eq!(catalog.take("a.h5", None).unwrap().access, Access::ReadOnly);
    drop(made);
    assert_eq!(catalog.take("a.h5", None).unwrap().access, Access::ReadWrite);
}

#[test]
fn a_log_is_beside_the_file_and_not_beside_a_link() {
    let (folder, catalog) = served();
    std::fs::create_dir(folder.path().join("runs")).unwrap();
    std::fs::rename(folder.path().join("a.h5"), folder.path().join("runs/1.h5")).unwrap();
    std::os::unix::fs::symlink("runs/1.h5", folder.path().join("latest.h5")).unwrap();
    let held = catalog.take("latest.h5", None).unwrap();
    assert!(folder.path().join("runs/1.h5.log").exists());
    drop(held);
    assert!(!folder.path().join("runs/1.h5.log").exists());
    // By a log that was left, a source is told by its own name, too.
    std::fs::write(folder.path().join("runs/1.h5.log"), b"something").unwrap();
    let source = catalog.source(&format!("{}latest.h5", crate::store::SERVED_AS)).unwrap();
    assert_eq!((&*source.name, source.has_log), ("runs/1.h5", true));
    assert_eq!(catalog.linked("b.h5", "latest.h5").as_deref(), Some("runs/1.h5"));
}
