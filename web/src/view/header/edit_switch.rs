//! Editing is a mode: off at first, and not there at all where nothing can be changed.

use crate::view::dynamic::When;
use leptos::prelude::*;

use crate::address::Address;
use crate::state::State;
use crate::view::icon::Icon;

#[component]
pub fn EditSwitch() -> impl IntoView {
    let state = expect_context::<State>();
    let address = expect_context::<Address>();
    let can_edit = move || address.file().is_some() && !state.read_only.get();
    let toggle = move |_| state.edit_mode.update(|on| *on = !*on);
    view! {
        <When when=can_edit>
            <button
                class="switch"
                role="switch"
                data-testid="edit-switch"
                title="Edit mode (E)"
                aria-checked=move || state.edit_mode.get().to_string()
                on:click=toggle
            >
                <Icon name="pencil"/>
                <span>"Edit"</span>
                <span class="switch-track" aria-hidden="true"></span>
            </button>
        </When>
    }
}
