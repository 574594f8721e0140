//! Left: the groups and datasets of the file, listed as they are opened.

pub mod keyboard;
pub mod row;
pub mod toolbar;

use crate::view::dynamic::When;
use hdf5_async_protocol::model::ObjectPath;
use leptos::html;
use leptos::prelude::*;

use super::virtual_rows::{Scrolling, VirtualRows};
use crate::actions::Actions;
use crate::address::Address;
use crate::state::State;
use row::TreeRow;
use toolbar::TreeToolbar;

const ROW_PX: f64 = 28.0;

/// What the tree's parts share.
#[derive(Clone, Copy, Debug)]
struct TreeFocus {
    /// The row that the keyboard is at; not always the object on screen.
    active: RwSignal<ObjectPath>,
    scrolling: Scrolling,
}

#[component]
pub fn ObjectTree() -> impl IntoView {
    let state = expect_context::<State>();
    let actions = expect_context::<Actions>();
    let address = expect_context::<Address>();
    let scrolling = Scrolling::new(ROW_PX);
    let focus = TreeFocus { active: RwSignal::new(ObjectPath::root()), scrolling };
    provide_context(focus);
    follow_address(address, state, focus);

    let n_rows = Signal::derive(move || state.tree.with(crate::state::Tree::n_rows));
    let type_ahead = StoredValue::new(keyboard::TypeAhead::default());
    let on_key = move |event: web_sys::KeyboardEvent| {
        keyboard::on_key(&event, state, actions, focus, type_ahead);
    };
    let active_row = move || {
        let active = focus.active.get();
        state.tree.with(|tree| tree.row_of(&active)).map(|index| format!("tree-row-{index}"))
    };
    view! {
        <nav class="tree-panel" aria-label="Objects">
            <TreeToolbar/>
            <FilterBox/>
            <VirtualRows
                scrolling
                n_rows
                row=move |index| view! { <TreeRow index/> }
                attr:class="virtual-rows tree"
                attr:role="tree"
                attr:tabindex="0"
                attr:aria-label="Groups and datasets"
                attr:data-testid="tree"
                attr:aria-activedescendant=active_row
                on:keydown=on_key
            />
        </nav>
    }
}

/// The object on screen becomes the active row, and comes into sight once it is listed.
fn follow_address(address: Address, state: State, focus: TreeFocus) {
    let to_reveal = RwSignal::new(None::<ObjectPath>);
    Effect::new(move |_| {
        let path = address.path();
        focus.active.set(path.clone());
        to_reveal.set(Some(path));
    });
    Effect::new(move |_| {
        let Some(path) = to_reveal.get() else { return };
        if let Some(row) = state.tree.with(|tree| tree.row_of(&path)) {
            to_reveal.set(None);
            request_animation_frame(move || focus.scrolling.reveal(row));
        }
    });
}

#[component]
fn FilterBox() -> impl IntoView {
    let state = expect_context::<State>();
    let input = NodeRef::<html::Input>::new();
    let filtering = Memo::new(move |_| state.tree.with(|tree| !tree.filter().is_empty()));
    let n_found = move || state.tree.with(|tree| tree.n_rows().saturating_sub(1));
    let set = move |text: &str| state.tree.update(|tree| tree.set_filter(text));
    let clear = move || {
        set("");
        if let Some(input) = input.get_untracked() {
            input.set_value("");
        }
    };
    view! {
        <div class="tree-filter">
            <input
                node_ref=input
                type="search"
                placeholder="Filter listed objects"
                aria-label="Filter the listed objects by name or path"
                data-testid="tree-filter"
                autocomplete="off"
                spellcheck="false"
                on:input=move |event| set(&event_target_value(&event))
                on:keydown=move |event| if event.key() == "Escape" { clear() }
            />
            <When when=move || filtering.get()>
                <span class="tree-filter-count" role="status">{n_found} " rows"</span>
            </When>
        </div>
    }
}
