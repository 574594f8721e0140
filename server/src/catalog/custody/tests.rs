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
