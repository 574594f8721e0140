//! Keeps the state equal to the server: takes events in once per frame of the screen, and asks for what events
//! do not say.

mod questions;

use hdf5_async_protocol::message::{Event, reply};
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::actions::Actions;
use crate::address::{Address, Place};
use crate::clock::now_ms;
use crate::connection::{Audience, Connection};
use crate::connection_status::ConnectionStatus;
use crate::state::batch::Batch;
use crate::state::{State, apply};
use questions::Asking;

#[derive(Clone, Copy, Debug)]
pub struct Mirror {
    state: State,
    address: Address,
    actions: Actions,
    batch: StoredValue<Batch>,
    frame_asked: StoredValue<bool>,
    asking: Asking,
}

impl Mirror {
    pub fn new(state: State, address: Address, actions: Actions) -> Self {
        Self {
            state,
            address,
            actions,
            batch: StoredValue::new(Batch::default()),
            frame_asked: StoredValue::new(false),
            asking: Asking::new(actions, state),
        }
    }

    /// Follows the address: watches its file, asks for its object.
    pub fn follow(self, connection: Connection) {
        Effect::new(move |before: Option<Place>| {
            let place = self.address.place();
            let same_file = before.as_ref().is_some_and(|before| before.file == place.file);
            if let Some(file) = &place.file {
                if !same_file {
                    self.show_file(file, &connection);
                }
                self.show_object(&place);
            }
            place
        });
        let state = self.state;
        let address = self.address;
        Effect::new(move |_| {
            let only = state.files.with(|files| match files.as_deref() {
                Some([only]) => Some(only.name.clone()),
                _ => None,
            });
            if let Some(file) = only
                && address.place_untracked().file.is_none()
            {
                let path = hdf5_async_protocol::model::ObjectPath::root();
                address.replace(Place::in_file(&file, path));
            }
        });
    }

    fn show_file(self, file: &str, connection: &Connection) {
        self.batch.set_value(Batch::default());
        apply::file_chosen(self.state);
        connection.watch(file);
    }

    fn show_object(self, place: &Place) {
        apply::object_chosen(self.state, place.path.clone());
        self.state.tree.update(|tree| tree.open_above(&place.path));
        let mut above = Some(place.path.clone());
        while let Some(path) = above {
            above = path.parent();
            if above.is_none() || path != place.path {
                self.actions.begin_group(&path);
            }
        }
        spawn_local(self.actions.describe_shown());
    }

    /// One frame later, or when the tab is seen again: what arrived until then is taken in at once.
    fn ask_for_frame(self) {
        let asked = self.frame_asked.try_update_value(|asked| std::mem::replace(asked, true));
        if asked == Some(false) {
            request_animation_frame(move || self.take_in());
        }
    }

    fn take_in(self) {
        self.frame_asked.set_value(false);
        let batch = self.batch.try_update_value(std::mem::take).unwrap_or_default();
        if !batch.is_empty() {
            let mut questions = apply::batch(self.state, batch, now_ms());
            let place = self.address.place_untracked();
            if let (Some(path), Some(file)) = (questions.follow.take(), &place.file) {
                self.address.replace(Place::in_file(file, path));
            }
            self.asking.ask(questions);
        }
    }
}

impl Audience for Mirror {
    fn status(&self, status: ConnectionStatus) {
        self.state.connection.set(status);
    }

    fn greeted(&self, hello: reply::Hello) {
        apply::greeted(self.state, hello);
        spawn_local(self.actions.load_files());
    }

    fn event(&self, event: Event) {
        self.batch.update_value(|batch| batch.push(event));
        self.ask_for_frame();
    }

    fn files_changed(&self) {
        spawn_local(self.actions.load_files());
    }

    fn resync(&self) {
        self.batch.update_value(Batch::resync);
        self.ask_for_frame();
    }
}
