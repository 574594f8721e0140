//! Above the tree: what can be made or deleted there, in edit mode.

use crate::view::dynamic::When;
use hdf5_async_protocol::model::{ObjectKind, ObjectPath};
use leptos::prelude::*;

use super::TreeFocus;
use crate::state::State;
use crate::view::icon::Icon;
use crate::view::layout::{Dialog, Layout};

#[component]
pub fn TreeToolbar() -> impl IntoView {
    let state = expect_context::<State>();
    let layout = expect_context::<Layout>();
    let focus = expect_context::<TreeFocus>();
    let active = focus.active;
    let group = move || group_of(state, &active.get_untracked());
    let new_group = move |_| layout.ask(Dialog::NewGroup(group()));
    let new_dataset = move |_| layout.ask(Dialog::NewDataset(group()));
    let is_root = move || active.with(ObjectPath::is_root);
    let delete = move |_| ask_to_delete(state, layout, active.get_untracked());
    view! {
        <div class="tree-toolbar">
            <h2>"Objects"</h2>
            <When when=move || state.editing.get()>
                <button class="quiet" data-testid="new-group-button" title="New group" on:click=new_group>
                    <Icon name="plus"/> "Group"
                </button>
                <button class="quiet" data-testid="new-dataset-button" title="New dataset" on:click=new_dataset>
                    <Icon name="plus"/> "Dataset"
                </button>
                <button
                    class="quiet icon-only"
                    data-testid="delete-button"
                    title="Delete (Del)"
                    aria-label="Delete"
                    disabled=is_root
                    on:click=delete
                >
                    <Icon name="trash"/>
                </button>
            </When>
        </div>
    }
}

pub(super) fn ask_to_delete(state: State, layout: Layout, path: ObjectPath) {
    let kind = state.tree.with_untracked(|tree| tree.child(&path).and_then(|child| child.kind));
    layout.ask(Dialog::Delete { path, kind });
}

/// The group at `path`, or the one that holds what is there.
fn group_of(state: State, path: &ObjectPath) -> ObjectPath {
    let kind = state.tree.with_untracked(|tree| tree.child(path).and_then(|child| child.kind));
    if kind == Some(ObjectKind::Group) {
        return path.clone();
    }
    path.parent().unwrap_or_else(ObjectPath::root)
}
