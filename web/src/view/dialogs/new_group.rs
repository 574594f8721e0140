//! Asks for the name of a new group.

use hdf5_async_protocol::model::ObjectPath;
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::dataset_form::new_path;
use super::{Modal, RefusalLine};
use crate::actions::Actions;
use crate::state::State;
use crate::view::layout::Layout;

#[component]
pub fn NewGroup(
    /// Where the new one goes.
    group: ObjectPath,
) -> impl IntoView {
    let state = expect_context::<State>();
    let actions = expect_context::<Actions>();
    let layout = expect_context::<Layout>();
    let name = RwSignal::new(String::new());
    let refusal = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let title = format!("New group in {group}");
    let group = StoredValue::new(group);
    let path = Memo::new(move |_| {
        group.with_value(|group| state.tree.with(|tree| new_path(tree, group, &name.get())))
    });
    let message = Signal::derive(move || {
        let wrong = path.get().err().filter(|_| !name.with(String::is_empty));
        wrong.or_else(|| refusal.get())
    });
    let create = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Ok(path) = path.get_untracked() else { return };
        busy.set(true);
        spawn_local(async move {
            let answer = actions.create_group(path.clone()).await;
            busy.try_set(false);
            match answer {
                Ok(()) => {
                    layout.close_dialog();
                    actions.go_to(&path);
                }
                Err(answer) => {
                    refusal.try_set(Some(answer.message));
                }
            }
        });
    };
    let typed = move |event| {
        refusal.set(None);
        name.set(event_target_value(&event));
    };
    view! {
        <Modal title testid="new-group">
            <form on:submit=create>
                <label class="field">"Name"
                    <input name="name" autofocus autocomplete="off" spellcheck="false" on:input=typed/>
                </label>
                <p class="hint">"With “/” in it, missing groups on the way are made too."</p>
                <RefusalLine text=message/>
                <p class="dialog-actions">
                    <button type="button" on:click=move |_| layout.close_dialog()>"Cancel"</button>
                    <button type="submit" class="primary" disabled=move || busy.get() || path.with(Result::is_err)>
                        "Create group"
                    </button>
                </p>
            </form>
        </Modal>
    }
}
