//! Keeps requests that are carried out side by side in the order in which they came, where it matters.
//!
//! A request learns only from the file's answer that its path leaves it, when later ones may already have been
//! answered. It then waits until all that came before it are either answered or handed to the other file. One that
//! begins or ends the watching of the list of files waits for those before it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

#[derive(Debug, Default)]
pub struct Turns {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    unfinished: BTreeSet<u64>,
}

/// The place of one request; dropping it lets the next one go.
#[derive(Debug)]
pub struct Turn {
    turns: Arc<Turns>,
    number: u64,
}

impl Turns {
    /// Takes a place behind all others.
    pub fn take(self: &Arc<Self>) -> Turn {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let number = state.next;
        state.next += 1;
        state.unfinished.insert(number);
        Turn { turns: Arc::clone(self), number }
    }
}

impl Turn {
    /// Waits until nobody is before this one.
    pub async fn come(&self) {
        loop {
            let changed = self.turns.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let first = {
                let state = self.turns.state.lock().unwrap_or_else(PoisonError::into_inner);
                state.unfinished.first().copied()
            };
            if first == Some(self.number) {
                return;
            }
            changed.await;
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.turns.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.unfinished.remove(&self.number);
        drop(state);
        self.turns.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn a_turn_comes_when_all_before_it_are_over() {
        let turns = Arc::new(Turns::default());
        let (first, second, third) = (turns.take(), turns.take(), turns.take());
        first.come().await;
        drop(second);
        let mut waiting = Box::pin(third.come());
        assert!((&mut waiting).now_or_never().is_none());
        drop(first);
        waiting.await;
    }
}
