//! Work that is done once per animation frame, however often it is asked for.

use std::cell::Cell;
use std::rc::{Rc, Weak};

use leptos::prelude::request_animation_frame;

/// Runs a closure in the next frame. Hidden tabs have no frames, so nothing is drawn or read there.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    asked: Rc<Cell<bool>>,
}

impl Frame {
    /// Does nothing if a frame is already asked for, or if `owner` is gone by then.
    pub fn ask<T: 'static>(&self, owner: &Rc<T>, paint: impl FnOnce(&Rc<T>) + 'static) {
        if self.asked.replace(true) {
            return;
        }
        let asked = Rc::clone(&self.asked);
        let owner: Weak<T> = Rc::downgrade(owner);
        request_animation_frame(move || {
            asked.set(false);
            if let Some(owner) = owner.upgrade() {
                paint(&owner);
            }
        });
    }
}
