//! Files that the library asks for while a command is carried out, such as the sources of a virtual dataset: lent
//! until the command is done, and only to be read.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::{CStr, CString};
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use super::Medium;

/// Whoever can open other files for the library.
pub trait Lender: std::fmt::Debug {
    /// `name` is the one that stands in the file, put behind the folder of the file's own served name.
    fn lend(&self, name: &str) -> Lent;
}

/// What a lender says of a name.
#[derive(Debug)]
pub enum Lent {
    File(Arc<dyn Medium>),
    Missing,
    /// Why it is not opened.
    Refused(String),
}

/// What is to be known of the files that were asked for during a command.
#[derive(Debug, Default)]
pub(crate) struct Loans {
    /// One for which no other file of that name was found either.
    pub(crate) refusal: Option<Refusal>,
    /// A file that was changed while it was read, so that what was read is of no moment.
    pub(crate) torn: Option<String>,
}

/// A file that was asked for and must not be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) name: String,
    pub(crate) reason: String,
}

#[derive(Debug, Default)]
struct Desk {
    lender: Option<Rc<dyn Lender>>,
    /// A command is under way.
    open: bool,
    /// `None` for what is not there.
    lent: HashMap<CString, Option<Arc<dyn Medium>>>,
    refusals: Vec<Refusal>,
}

thread_local! {
    /// As the files that were given, of this thread's worker.
    static DESK: RefCell<Desk> = RefCell::default();
}

/// Asks `lender` for what this thread's files need.
pub fn set_lender(lender: Rc<dyn Lender>) {
    DESK.with_borrow_mut(|desk| desk.lender = Some(lender));
}

/// Lets the library ask for files during `command`.
pub(crate) fn during<T>(command: impl FnOnce() -> T) -> (T, Loans) {
    DESK.with_borrow_mut(|desk| desk.open = true);
    let done = command();
    let loans = DESK.with_borrow_mut(|desk| {
        desk.open = false;
        let lent = std::mem::take(&mut desk.lent);
        let found: Vec<&CString> =
            lent.iter().filter(|(_, medium)| medium.is_some()).map(|(name, _)| name).collect();
        let refusals = std::mem::take(&mut desk.refusals);
        let refusal = refusals.into_iter().find(|refusal| {
            let leaf = Path::new(&refusal.name).file_name();
            !found.iter().any(|name| Path::new(&*name.to_string_lossy()).file_name() == leaf)
        });
        let is_torn = |medium: &Option<Arc<dyn Medium>>| {
            medium.as_ref().is_some_and(|medium| !medium.is_whole().unwrap_or(false))
        };
        let torn = lent.iter().find(|(_, medium)| is_torn(medium));
        Loans { refusal, torn: torn.map(|(name, _)| name.to_string_lossy().into_owned()) }
    });
    (done, loans)
}

/// Keeps the library from other files during `call`, a part of a command.
pub(crate) fn without_lending<T>(call: impl FnOnce() -> T) -> T {
    let open = DESK.with_borrow_mut(|desk| std::mem::take(&mut desk.open));
    let done = call();
    DESK.with_borrow_mut(|desk| desk.open = open);
    done
}

/// The file that the library asks for as `name`, if it may have it.
pub(super) fn find(name: &CStr) -> Option<Arc<dyn Medium>> {
    let (lender, known) = DESK.with_borrow(|desk| {
        let lender = desk.lender.clone().filter(|_| desk.open);
        (lender, desk.lent.get(name).filter(|_| desk.open).cloned())
    });
    if let Some(known) = known {
        return known;
    }
    let answer = lender?.lend(&name.to_string_lossy());
    DESK.with_borrow_mut(|desk| {
        let medium: Option<Arc<dyn Medium>> = match answer {
            Lent::File(medium) => Some(Arc::new(ReadOnly { medium })),
            Lent::Missing => None,
            Lent::Refused(reason) => {
                let name = name.to_string_lossy().into_owned();
                desk.refusals.push(Refusal { name, reason });
                None
            }
        };
        desk.lent.insert(name.to_owned(), medium.clone());
        medium
    })
}

/// The library opens the sources of a virtual dataset as it has opened the file with it, also for writing, and then
/// writes its superblock when it lets go of them. None of it reaches the file: elements are never written through
/// (`mapping::check_writable`).
#[derive(Debug)]
struct ReadOnly {
    medium: Arc<dyn Medium>,
}

impl Medium for ReadOnly {
    fn len(&self) -> io::Result<u64> {
        self.medium.len()
    }

    fn is_writable(&self) -> bool {
        true
    }

    fn read(&self, at: u64, bytes: &mut [u8]) -> io::Result<()> {
        self.medium.read(at, bytes)
    }

    fn write(&self, _at: u64, _bytes: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn set_len(&self, _len: u64) -> io::Result<()> {
        Ok(())
    }

    fn is_whole(&self) -> io::Result<bool> {
        self.medium.is_whole()
    }
}
