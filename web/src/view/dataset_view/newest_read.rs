//! One read at a time for a view: while one is under way the next wish waits, and a newer wish takes its place.

use std::cell::RefCell;
use std::rc::Rc;

use futures::future::{AbortHandle, abortable};
use hdf5_async_protocol::model::{ObjectPath, Selection};

use crate::actions::Actions;
use crate::refusal::Refusal;
use crate::slab::Slab;

type Done = Box<dyn FnOnce(Result<Slab, Refusal>)>;

struct Wish {
    selection: Selection,
    done: Done,
}

struct UnderWay {
    abort: AbortHandle,
    since_ms: f64,
}

/// Ends with the view: dropping it or [`NewestRead::stop`] cancels what is under way.
pub struct NewestRead {
    actions: Actions,
    path: ObjectPath,
    under_way: RefCell<Option<UnderWay>>,
    waiting: RefCell<Option<Wish>>,
}

impl std::fmt::Debug for NewestRead {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("NewestRead").field("path", &self.path).finish_non_exhaustive()
    }
}

impl NewestRead {
    pub fn new(actions: Actions, path: ObjectPath) -> Rc<Self> {
        Rc::new(Self { actions, path, under_way: RefCell::default(), waiting: RefCell::default() })
    }

    pub fn is_busy(&self) -> bool {
        self.under_way.borrow().is_some()
    }

    /// Reads `selection`, now or when the read under way is done, and hands the result to `done`.
    ///
    /// A read that takes longer than a person waits for something they have scrolled past is given up.
    pub fn ask(
        self: &Rc<Self>,
        selection: Selection,
        done: impl FnOnce(Result<Slab, Refusal>) + 'static,
    ) {
        const PATIENCE_MS: f64 = 1500.0;
        let wish = Wish { selection, done: Box::new(done) };
        let since_ms = self.under_way.borrow().as_ref().map(|read| read.since_ms);
        match since_ms {
            None => self.start(wish),
            Some(since_ms) if js_sys::Date::now() - since_ms > PATIENCE_MS => {
                self.stop();
                self.start(wish);
            }
            Some(_) => *self.waiting.borrow_mut() = Some(wish),
        }
    }

    /// Nothing that was asked for before is delivered any more.
    pub fn stop(&self) {
        self.waiting.borrow_mut().take();
        if let Some(read) = self.under_way.borrow_mut().take() {
            read.abort.abort();
        }
    }

    fn start(self: &Rc<Self>, wish: Wish) {
        let (actions, path) = (self.actions, self.path.clone());
        let selection = wish.selection;
        let (read, abort) = abortable(async move { actions.read(&path, &selection).await });
        *self.under_way.borrow_mut() = Some(UnderWay { abort, since_ms: js_sys::Date::now() });
        let weak = Rc::downgrade(self);
        leptos::task::spawn_local(async move {
            let Ok(result) = read.await else { return };
            let Some(this) = weak.upgrade() else { return };
            this.under_way.borrow_mut().take();
            (wish.done)(result);
            let next = this.waiting.borrow_mut().take();
            if let Some(next) = next
                && !this.is_busy()
            {
                this.start(next);
            }
        });
    }
}

impl Drop for NewestRead {
    fn drop(&mut self) {
        self.stop();
    }
}
