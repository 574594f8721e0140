//! A disk in memory for tests: it keeps a trace of what was asked, from which every state after a crash can be
//! made, and it fails where a test says so.

use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use super::super::disk::{DiskFile, FileStatus, Lock};

/// Which of the two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Which {
    Main,
    Log,
}

/// Something that was asked of the disk, or that the test wants to remember in between.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Write(Which, u64, Vec<u8>),
    SetLen(Which, u64),
    SyncData(Which),
    SyncAll(Which),
    /// A commit with this sequence number begins.
    Begin(u64),
    /// It was acknowledged.
    Acknowledged(u64),
}

/// How the call that fails fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Full,
    Failed,
    /// Some of the bytes are written, then the disk is full.
    Short,
}

/// One simulated file: its bytes and the time of its last change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Image {
    pub(super) bytes: Vec<u8>,
    pub(super) modified: i64,
    pub(super) inode: u64,
}

#[derive(Debug, Default)]
struct Disk {
    main: Image,
    log: Image,
    steps: Vec<Step>,
    /// Calls, counted.
    calls: u64,
    bytes_read: u64,
    fault: Option<(u64, Fault)>,
}

/// A simulated disk with the two files of a journal.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct SimulatedDisk(Arc<Mutex<Disk>>);

/// One of its files, opened.
#[derive(Debug)]
struct SimulatedFile {
    disk: SimulatedDisk,
    which: Which,
}

impl SimulatedDisk {
    pub(super) fn new(main: Image, log: Image) -> Self {
        Self(Arc::new(Mutex::new(Disk { main, log, ..Disk::default() })))
    }

    pub(in super::super) fn file(&self, which: Which) -> Box<dyn DiskFile> {
        Box::new(SimulatedFile { disk: self.clone(), which })
    }

    pub(super) fn note(&self, step: Step) {
        self.with(|disk| disk.steps.push(step));
    }

    pub(super) fn image(&self, which: Which) -> Image {
        self.with(|disk| disk.image(which).clone())
    }

    pub(super) fn take_steps(&self) -> Vec<Step> {
        self.with(|disk| std::mem::take(&mut disk.steps))
    }

    pub(super) fn calls(&self) -> u64 {
        self.with(|disk| disk.calls)
    }

    pub(in super::super) fn bytes_read(&self) -> u64 {
        self.with(|disk| disk.bytes_read)
    }

    /// The call with this number fails, counted from 0.
    pub(super) fn fail_at(&self, call: u64, fault: Fault) {
        self.with(|disk| disk.fault = Some((call, fault)));
    }

    fn with<T>(&self, f: impl FnOnce(&mut Disk) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Disk {
    fn image(&mut self, which: Which) -> &mut Image {
        match which {
            Which::Main => &mut self.main,
            Which::Log => &mut self.log,
        }
    }

    /// Whether the next call is the one that fails.
    fn fault(&mut self) -> Option<Fault> {
        self.calls += 1;
        let calls = self.calls;
        self.fault.take_if(|(at, _)| *at < calls).map(|(_, fault)| fault)
    }

    fn write(&mut self, which: Which, offset: u64, bytes: &[u8]) {
        let image = self.image(which);
        image.write(offset, bytes);
        image.modified += 1;
        self.steps.push(Step::Write(which, offset, bytes.to_vec()));
    }
}

impl Image {
    pub(super) fn write(&mut self, offset: u64, bytes: &[u8]) {
        let start = usize::try_from(offset).unwrap();
        let end = start + bytes.len();
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        self.bytes[start..end].copy_from_slice(bytes);
    }

    pub(super) fn set_len(&mut self, len: u64) {
        self.bytes.resize(usize::try_from(len).unwrap(), 0);
    }
}

impl Fault {
    fn error(self) -> io::Error {
        match self {
            Self::Full | Self::Short => io::ErrorKind::StorageFull.into(),
            Self::Failed => io::Error::from_raw_os_error(5),
        }
    }
}

impl DiskFile for SimulatedFile {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.disk.with(|disk| {
            if let Some(fault) = disk.fault() {
                return Err(fault.error());
            }
            disk.bytes_read += buffer.len() as u64;
            let bytes = &disk.image(self.which).bytes;
            let start = usize::try_from(offset).unwrap().min(bytes.len());
            let there = buffer.len().min(bytes.len() - start);
            buffer[..there].copy_from_slice(&bytes[start..start + there]);
            buffer[there..].fill(0);
            Ok(())
        })
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.disk.with(|disk| {
            let fault = disk.fault();
            match fault {
                None => disk.write(self.which, offset, bytes),
                Some(Fault::Short) => disk.write(self.which, offset, &bytes[..bytes.len() * 2 / 3]),
                Some(_) => {}
            }
            fault.map_or(Ok(()), |fault| Err(fault.error()))
        })
    }

    fn status(&self) -> io::Result<FileStatus> {
        self.disk.with(|disk| {
            let image = disk.image(self.which);
            let len = image.bytes.len() as u64;
            Ok(FileStatus { len, modified: (image.modified, 1), inode: image.inode })
        })
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.disk.with(|disk| {
            if let Some(fault) = disk.fault() {
                return Err(fault.error());
            }
            let image = disk.image(self.which);
            image.set_len(len);
            image.modified += 1;
            disk.steps.push(Step::SetLen(self.which, len));
            Ok(())
        })
    }

    fn preallocate(&self, bytes: Range<u64>) -> io::Result<()> {
        if self.status()?.len < bytes.end {
            return self.set_len(bytes.end);
        }
        self.disk.with(|disk| disk.fault().map_or(Ok(()), |fault| Err(fault.error())))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.disk.with(|disk| {
            if let Some(fault) = disk.fault() {
                return Err(fault.error());
            }
            disk.steps.push(Step::SyncData(self.which));
            Ok(())
        })
    }

    fn sync_all(&self) -> io::Result<()> {
        self.disk.with(|disk| {
            if let Some(fault) = disk.fault() {
                return Err(fault.error());
            }
            disk.steps.push(Step::SyncAll(self.which));
            Ok(())
        })
    }

    fn try_lock(&self, _lock: Lock) -> io::Result<bool> {
        Ok(true)
    }

    fn hold(&self, _hold: bool) -> io::Result<()> {
        Ok(())
    }

    fn is_held(&self) -> io::Result<bool> {
        Ok(false)
    }
}
