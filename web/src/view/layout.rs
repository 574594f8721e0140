//! Which panels and dialogs are open and how wide they are; remembered by this browser.

use hdf5_async_protocol::model::{ObjectKind, ObjectPath};
use leptos::prelude::*;

/// Given by context.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    pub tree_open: RwSignal<bool>,
    pub inspector_open: RwSignal<bool>,
    pub drawer_open: RwSignal<bool>,
    /// Pixels.
    pub tree_width: RwSignal<f64>,
    /// Pixels.
    pub inspector_width: RwSignal<f64>,
    /// Too narrow for three panels: the inspector is a tab of the view.
    pub narrow: RwSignal<bool>,
    /// In a narrow window: the inspector's tab is chosen.
    pub inspector_tab: RwSignal<bool>,
    pub dialog: RwSignal<Option<Dialog>>,
}

/// One at a time.
#[derive(Clone, Debug, PartialEq)]
pub enum Dialog {
    Help,
    /// In the group at this path.
    NewGroup(ObjectPath),
    /// In the group at this path.
    NewDataset(ObjectPath),
    Delete {
        path: ObjectPath,
        kind: Option<ObjectKind>,
    },
}

const NARROW_BELOW_PX: f64 = 900.0;

impl Layout {
    pub fn from_window() -> Self {
        let layout = Self {
            tree_open: remembered("tree_open", true),
            inspector_open: remembered("inspector_open", true),
            drawer_open: remembered("drawer_open", false),
            tree_width: remembered("tree_width", 280.0),
            inspector_width: remembered("inspector_width", 320.0),
            narrow: RwSignal::new(is_narrow()),
            inspector_tab: RwSignal::new(false),
            dialog: RwSignal::new(None),
        };
        let resizing = window_event_listener(leptos::ev::resize, move |_| {
            if layout.narrow.get_untracked() != is_narrow() {
                layout.narrow.set(is_narrow());
            }
        });
        on_cleanup(move || resizing.remove());
        layout
    }

    /// In a narrow window the inspector takes the place of the view.
    pub fn toggle_inspector(self) {
        let shown =
            if self.narrow.get_untracked() { self.inspector_tab } else { self.inspector_open };
        shown.update(|shown| *shown = !*shown);
    }

    pub fn ask(self, dialog: Dialog) {
        self.dialog.set(Some(dialog));
    }

    pub fn close_dialog(self) {
        self.dialog.set(None);
    }
}

fn is_narrow() -> bool {
    let width = window().inner_width().ok().and_then(|width| width.as_f64());
    width.is_some_and(|width| width <= NARROW_BELOW_PX)
}

/// A browser may forbid storage; then nothing is remembered.
pub fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

/// A signal whose value this browser keeps under `name`.
fn remembered<T>(name: &'static str, default: T) -> RwSignal<T>
where
    T: Copy + PartialEq + std::fmt::Display + std::str::FromStr + Send + Sync + 'static,
{
    let known = storage().and_then(|storage| storage.get_item(name).ok().flatten());
    let signal = RwSignal::new(known.and_then(|text| text.parse().ok()).unwrap_or(default));
    Effect::new(move |before: Option<T>| {
        let value = signal.get();
        if before.is_some_and(|before| before != value)
            && let Some(storage) = storage()
        {
            let _full = storage.set_item(name, &value.to_string());
        }
        value
    });
    signal
}
