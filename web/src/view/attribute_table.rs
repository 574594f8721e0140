//! The attributes of the object on screen: read, and in edit mode added, changed and deleted.

pub mod datatype_choice;
pub mod editor;
pub mod row;
pub mod value_text;

use std::collections::BTreeSet;

use crate::view::dynamic::When;
use leptos::prelude::*;

use super::icon::Icon;
use crate::state::State;
pub use datatype_choice::{DATATYPES, DatatypeOptions};
use editor::{AttributeEditor, Editing};
use row::AttributeRow;

#[component]
pub fn AttributeTable() -> impl IntoView {
    let state = expect_context::<State>();
    let editing = RwSignal::new(None::<Editing>);
    let path = Memo::new(move |_| state.object.with(|object| object.path().cloned()));
    // An editor belongs to its object and to edit mode.
    Effect::new(move |_| {
        path.track();
        if !state.editing.get() || path.with(Option::is_none) {
            editing.set(None);
        }
    });
    Effect::new(move |before: Option<Option<_>>| {
        let now = path.get();
        if before.is_some_and(|before| before != now) {
            editing.set(None);
        }
        now
    });
    let names = Memo::new(move |_| names(state));
    let adding = Memo::new(move |_| editing.with(|editing| matches!(editing, Some(Editing::New))));
    view! {
        <section class="attributes" data-testid="attribute-table">
            <div class="section-bar">
                <h2>"Attributes " <span class="count">{move || names.with(Vec::len)}</span></h2>
                <When when=move || state.editing.get()>
                    <button
                        class="quiet"
                        data-testid="add-attribute"
                        on:click=move |_| editing.set(Some(Editing::New))
                    >
                        <Icon name="plus"/> "Attribute"
                    </button>
                </When>
            </div>
            <When when=move || adding.get()>
                <AttributeEditor name=None editing/>
            </When>
            <When when=move || names.with(Vec::is_empty) && !adding.get()>
                <p class="muted none">"No attributes."</p>
            </When>
            <div role="list">
                <For each=move || names.get() key=Clone::clone children=move |name| view! { <AttributeRow name editing/> }/>
            </div>
        </section>
    }
}

/// Of the attributes that the server told, and of those that are being written.
fn names(state: State) -> Vec<String> {
    state.object.with(|object| {
        let Some(info) = object.info() else { return Vec::new() };
        let mut names: BTreeSet<String> =
            info.attributes.iter().map(|attribute| attribute.name.clone()).collect();
        state.edits.with(|edits| {
            names.extend(edits.written(&info.path).map(|(name, _)| name.to_owned()));
        });
        names.into_iter().collect()
    })
}
