//! The driver under the library: what it opens, what it refuses, and that its files are ordinary ones.

use std::sync::Arc;

use hdf5_async_protocol::model::{FileCreation, FileFormat};

use super::super::file::{self, Opening};
use super::super::locked;
use super::trial::Memory;
use super::{Medium, PlainFile, give};

fn created(name: &str) -> Arc<Memory> {
    let memory = Arc::new(Memory::default());
    locked(|| {
        let given = give(name, Arc::<Memory>::clone(&memory)).unwrap();
        file::close(file::create(given.name(), &FileCreation::default()).unwrap()).unwrap();
    });
    memory
}

#[test]
fn a_file_of_the_driver_is_an_ordinary_file() {
    let memory = created("/f.h5");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f.h5");
    std::fs::write(&path, memory.bytes()).unwrap();
    // With the library's own driver.
    let opened = hdf5::File::open(&path).unwrap();
    assert_eq!(opened.member_names().unwrap(), Vec::<String>::new());
}

#[test]
fn only_what_was_given_is_opened() {
    let memory = created("/f.h5");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("real.h5");
    std::fs::write(&path, memory.bytes()).unwrap();
    locked(|| {
        let real = std::ffi::CString::new(path.to_str().unwrap()).unwrap();
        assert!(file::open(&real, Opening::ReadOnly).is_err(), "it is there, but was not given");
        let given = give("/f.h5", Arc::<Memory>::clone(&memory)).unwrap();
        file::close(file::open(given.name(), Opening::ReadOnly).unwrap()).unwrap();
        let name = given.name().to_owned();
        drop(given);
        assert!(file::open(&name, Opening::ReadOnly).is_err(), "it was taken back");
    });
}

#[test]
fn what_is_given_for_reading_is_not_opened_for_writing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f.h5");
    std::fs::write(&path, created("/f.h5").bytes()).unwrap();
    let medium = Arc::new(PlainFile::read_only(std::fs::File::open(&path).unwrap()));
    locked(|| {
        let given = give("/f.h5", medium).unwrap();
        assert!(file::open(given.name(), Opening::ReadWrite(FileFormat::default())).is_err());
        assert!(file::create(given.name(), &FileCreation::default()).is_err());
        file::close(file::open(given.name(), Opening::ReadOnly).unwrap()).unwrap();
    });
    assert!(std::fs::metadata(&path).unwrap().len() > 0);
}

/// A medium of which every operation panics.
#[derive(Debug)]
struct Broken;

impl Medium for Broken {
    fn len(&self) -> std::io::Result<u64> {
        panic!("broken")
    }

    fn is_writable(&self) -> bool {
        true
    }

    fn read(&self, _: u64, _: &mut [u8]) -> std::io::Result<()> {
        panic!("broken")
    }

    fn write(&self, _: u64, _: &[u8]) -> std::io::Result<()> {
        panic!("broken")
    }

    fn set_len(&self, _: u64) -> std::io::Result<()> {
        panic!("broken")
    }
}

#[test]
fn a_panic_below_the_library_is_a_failed_call() {
    locked(|| {
        let given = give("/broken.h5", Arc::new(Broken)).unwrap();
        assert!(file::open(given.name(), Opening::ReadOnly).is_err());
    });
    created("/whole.h5");
}
