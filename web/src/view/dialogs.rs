//! The dialogs of the page, one at a time.

pub mod dataset_form;
pub mod delete_object;
pub mod help;
pub mod new_dataset;
pub mod new_group;

use leptos::html;
use leptos::prelude::*;

use super::layout::{Dialog, Layout};
use crate::state::State;
use delete_object::DeleteObject;
use help::Help;
use new_dataset::NewDatasetDialog;
use new_group::NewGroup;

#[component]
pub fn Dialogs() -> impl IntoView {
    let layout = expect_context::<Layout>();
    let state = expect_context::<State>();
    // What can be refused only because editing was switched off is not asked any more.
    Effect::new(move |_| {
        if !state.editing.get()
            && !matches!(layout.dialog.get_untracked(), None | Some(Dialog::Help))
        {
            layout.close_dialog();
        }
    });
    move || match layout.dialog.get() {
        None => ().into_any(),
        Some(Dialog::Help) => view! { <Help/> }.into_any(),
        Some(Dialog::NewGroup(group)) => view! { <NewGroup group/> }.into_any(),
        Some(Dialog::NewDataset(group)) => view! { <NewDatasetDialog group/> }.into_any(),
        Some(Dialog::Delete { path, kind }) => view! { <DeleteObject path kind/> }.into_any(),
    }
}

/// A window over the page; Escape closes it.
#[component]
fn Modal(title: String, testid: &'static str, children: Children) -> impl IntoView {
    let layout = expect_context::<Layout>();
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        if let Some(dialog) = dialog.get()
            && !dialog.open()
            && let Err(error) = dialog.show_modal()
        {
            leptos::logging::warn!("a dialog could not be shown: {error:?}");
        }
    });
    view! {
        <dialog node_ref=dialog class="modal" data-testid=testid aria-label=title.clone() on:close=move |_| layout.close_dialog()>
            <h1>{title.clone()}</h1>
            {children()}
        </dialog>
    }
}

/// Why a dialog's wish was not granted, or why it cannot be.
#[component]
fn RefusalLine(#[prop(into)] text: Signal<Option<String>>) -> impl IntoView {
    view! {
        <p class="refusal" role="alert" data-testid="dialog-refusal" class:empty=move || text.with(Option::is_none)>
            {move || text.get()}
        </p>
    }
}
