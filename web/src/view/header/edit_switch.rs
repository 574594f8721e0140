//! Editing is a mode: off at first, and not there at all where nothing can be changed.

use leptos::prelude::*;

use crate::state::State;
use crate::view::icon::Icon;

#[component]
pub fn EditSwitch() -> impl IntoView {
    let state = expect_context::<State>();
    let toggle = move |_| state.edit_mode.update(|on| *on = !*on);
    view! {
        <Show when=move || !state.read_only.get()>
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
        </Show>
    }
}
