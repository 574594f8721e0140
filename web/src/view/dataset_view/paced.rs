//! Changes handed on at most ten times a second: the first at once, those that follow together.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::set_timeout;

use super::subject::Stale;

const INTERVAL: Duration = Duration::from_millis(100);

#[derive(Debug, Default)]
enum Waiting {
    /// The next change is handed on at once.
    #[default]
    No,
    /// Until the interval is over, with what has come meanwhile.
    Yes(Option<Stale>),
}

pub struct Paced {
    tell: Box<dyn Fn(Stale)>,
    waiting: RefCell<Waiting>,
}

impl std::fmt::Debug for Paced {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Paced").field("waiting", &self.waiting).finish_non_exhaustive()
    }
}

impl Paced {
    pub fn new(tell: impl Fn(Stale) + 'static) -> Rc<Self> {
        Rc::new(Self { tell: Box::new(tell), waiting: RefCell::default() })
    }

    pub fn tell(self: &Rc<Self>, stale: Stale) {
        let mut waiting = self.waiting.borrow_mut();
        if let Waiting::Yes(held) = &mut *waiting {
            *held = Some(match held.take() {
                Some(known) => known.and(stale),
                None => stale,
            });
            return;
        }
        *waiting = Waiting::Yes(None);
        drop(waiting);
        (self.tell)(stale);
        self.wait();
    }

    fn wait(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        let on_time = move || {
            let Some(this) = weak.upgrade() else { return };
            let waited = std::mem::take(&mut *this.waiting.borrow_mut());
            if let Waiting::Yes(Some(stale)) = waited {
                this.tell(stale);
            }
        };
        set_timeout(on_time, INTERVAL);
    }
}
