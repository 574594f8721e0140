//! The address bar as state: which file, which object, and how the view looks at it.
//!
//! Going to another object makes an entry in the browser's history; a view's own parameters (slider, zoom)
//! only replace the current one.

mod url;

use std::time::Duration;

use hdf5_async_protocol::model::ObjectPath;
use leptos::leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle};
use leptos::prelude::*;
use wasm_bindgen::JsValue;

pub use url::{Parameters, Place};

/// Browsers refuse more than about 100 history changes in 30 seconds.
const REPLACE_AFTER: Duration = Duration::from_millis(300);

/// Given by context.
#[derive(Clone, Copy, Debug)]
pub struct Address {
    place: RwSignal<Place>,
    parameters: RwSignal<Parameters>,
    pending: StoredValue<Option<TimeoutHandle>>,
}

impl Address {
    /// Reads the address bar and follows the back and forward buttons.
    pub fn from_window() -> Self {
        let (place, parameters) = read_window();
        let address = Self {
            place: RwSignal::new(place),
            parameters: RwSignal::new(parameters),
            pending: StoredValue::new(None),
        };
        let following = window_event_listener(leptos::ev::popstate, move |_| {
            let (place, parameters) = read_window();
            address.parameters.set(parameters);
            if address.place.with_untracked(|known| *known != place) {
                address.place.set(place);
            }
        });
        on_cleanup(move || following.remove());
        address
    }

    /// The file and object shown; reactive.
    pub fn place(self) -> Place {
        self.place.get()
    }

    pub fn place_untracked(self) -> Place {
        self.place.get_untracked()
    }

    /// The name of the file shown; reactive.
    pub fn file(self) -> Option<String> {
        self.place.with(|place| place.file.clone())
    }

    /// The object shown; reactive.
    pub fn path(self) -> ObjectPath {
        self.place.with(|place| place.path.clone())
    }

    /// Shows another object; a new entry in the history, without view parameters.
    pub fn go_to(self, place: Place) {
        if self.place.with_untracked(|known| *known == place) {
            return;
        }
        self.forget_pending();
        self.parameters.update(Parameters::keep_only_embed);
        self.place.set(place);
        self.write(Write::Push);
    }

    /// As [`Self::go_to`], in place of the current entry.
    pub fn replace(self, place: Place) {
        self.place.set(place);
        self.write(Write::Replace);
    }

    /// A parameter of the view, such as `v` or `sel`; reactive.
    pub fn view_param(self, name: &str) -> Option<String> {
        self.parameters.with(|parameters| parameters.get(name).map(str::to_owned))
    }

    /// Sets or, with `None`, removes a parameter of the view in the current entry of the history.
    pub fn replace_view_param(self, name: &str, value: Option<&str>) {
        if self.parameters.with_untracked(|parameters| parameters.get(name) == value) {
            return;
        }
        self.parameters.update(|parameters| parameters.set(name, value));
        self.forget_pending();
        let write = move || self.write(Write::Replace);
        self.pending.set_value(set_timeout_with_handle(write, REPLACE_AFTER).ok());
    }

    /// The address of `place`, for links.
    pub fn href(place: &Place) -> String {
        place.to_url(&Parameters::default())
    }

    fn forget_pending(self) {
        self.pending.update_value(|pending| {
            if let Some(handle) = pending.take() {
                handle.clear();
            }
        });
    }

    fn write(self, how: Write) {
        let url = self
            .place
            .with_untracked(|place| self.parameters.with_untracked(|known| place.to_url(known)));
        let Ok(history) = window().history() else { return };
        let written = match how {
            Write::Push => history.push_state_with_url(&JsValue::NULL, "", Some(&url)),
            Write::Replace => history.replace_state_with_url(&JsValue::NULL, "", Some(&url)),
        };
        if let Err(error) = written {
            leptos::logging::warn!("the address bar could not be changed: {error:?}");
        }
    }
}

#[derive(Clone, Copy)]
enum Write {
    Push,
    Replace,
}

fn read_window() -> (Place, Parameters) {
    let location = window().location();
    let path = location.pathname().unwrap_or_default();
    let query = location.search().unwrap_or_default();
    (Place::parse(&path), Parameters::parse(&query))
}
