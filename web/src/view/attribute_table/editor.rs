//! The editor of one attribute. What is typed stays until it is saved or given up, whatever comes meanwhile.

use crate::view::dynamic::When;
use hdf5_async_protocol::model::{AttributeInfo, Datatype};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::datatype_choice::DatatypeOptions;
use super::value_text::{Target, shown, to_json};
use crate::actions::Actions;
use crate::state::State;

/// At most one editor is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Editing {
    New,
    /// The attribute of this name.
    Known(String),
}

/// What the person has filled in so far.
#[derive(Clone, Copy)]
struct Draft {
    name: RwSignal<String>,
    text: RwSignal<String>,
    /// Empty: the attribute's own datatype, or for a new one that of the value.
    datatype: RwSignal<String>,
    refusal: RwSignal<Option<String>>,
    saving: RwSignal<bool>,
    /// The number of the last change that the person has seen.
    seen: RwSignal<u32>,
}

#[component]
pub fn AttributeEditor(
    /// Of an attribute that is there; `None` makes a new one.
    name: Option<String>,
    editing: RwSignal<Option<Editing>>,
) -> impl IntoView {
    let state = expect_context::<State>();
    let actions = expect_context::<Actions>();
    let is_new = name.is_none();
    let known = name.as_deref().and_then(|name| known(state, name));
    let draft = Draft {
        name: RwSignal::new(name.unwrap_or_default()),
        text: RwSignal::new(known.as_ref().map(text_of).unwrap_or_default()),
        datatype: RwSignal::new(String::new()),
        refusal: RwSignal::new(None),
        saving: RwSignal::new(false),
        seen: RwSignal::new(0),
    };
    draft.seen.set(change_number(state, &draft.name.get_untracked()));
    let save = move || save(state, actions, draft, editing);
    let cancel = move || editing.set(None);
    let on_key = move |event: web_sys::KeyboardEvent| match event.key().as_str() {
        "Escape" => {
            event.stop_propagation();
            cancel();
        }
        "Enter" if !event.shift_key() => {
            event.prevent_default();
            save();
        }
        _ => {}
    };
    let first = NodeRef::<html::Input>::new();
    let value = NodeRef::<html::Textarea>::new();
    focus_first(first, value, is_new);
    let keep = if is_new { "as the value says" } else { "unchanged" };
    view! {
        <form
            class="attribute-editor"
            class:saving=draft.saving
            data-testid="attribute-editor"
            on:submit=move |event| { event.prevent_default(); save(); }
            on:keydown=on_key
        >
            <When when=move || is_new>
                <label>"Name" <input node_ref=first name="name" autocomplete="off" spellcheck="false" bind:value=draft.name/></label>
            </When>
            <label>"Value" <textarea node_ref=value name="value" rows="2" spellcheck="false" bind:value=draft.text></textarea></label>
            <label>"Datatype"
                <select name="datatype" on:change=move |event| draft.datatype.set(event_target_value(&event))>
                    <option value="">{keep}</option>
                    <DatatypeOptions/>
                </select>
            </label>
            <Meanwhile draft/>
            <When when=move || draft.refusal.with(Option::is_some)>
                <p class="refusal" role="alert" data-testid="attribute-refusal">{move || draft.refusal.get()}</p>
            </When>
            <p class="editor-actions">
                <button type="submit" class="primary" data-testid="save-attribute">"Save"</button>
                <button type="button" on:click=move |_| cancel()>"Cancel"</button>
                <span class="muted">"Text, a number, or JSON"</span>
            </p>
        </form>
    }
}

fn focus_first(first: NodeRef<html::Input>, value: NodeRef<html::Textarea>, is_new: bool) {
    Effect::new(move |_| {
        // An element that cannot take the focus is no reason to fail: the person clicks.
        let _focused = if is_new {
            first.get().map(|input| input.focus())
        } else {
            value.get().map(|area| {
                area.select();
                area.focus()
            })
        };
    });
}

/// Somebody else changed the attribute while the editor is open.
#[component]
fn Meanwhile(draft: Draft) -> impl IntoView {
    let state = expect_context::<State>();
    let change = Memo::new(move |_| {
        let name = draft.name.get();
        let change = state.attribute_changes.with(|changes| changes.get(&name).cloned())?;
        (change.number > draft.seen.get() && !change.by_me).then_some(change)
    });
    let theirs = move || {
        let name = draft.name.get();
        state.object.with(|object| {
            let attribute =
                object.info()?.attributes.iter().find(|attribute| attribute.name == name)?;
            Some(text_of(attribute))
        })
    };
    let text = move || {
        let by = change.get().map(|change| change.by).unwrap_or_default();
        match theirs() {
            Some(value) => format!("Changed to {value} by {by} meanwhile."),
            None => format!("Deleted by {by} meanwhile."),
        }
    };
    let keep = move |_| draft.seen.set(change_number(state, &draft.name.get_untracked()));
    let take = move |event| {
        draft.text.set(untrack(theirs).unwrap_or_default());
        keep(event);
    };
    view! {
        <When when=move || change.get().is_some()>
            <div class="bar warn" role="status" data-testid="changed-meanwhile">
                <span>{text}</span>
                <button type="button" class="link" on:click=keep>"Keep mine"</button>
                <button type="button" class="link" on:click=take>"Take theirs"</button>
            </div>
        </When>
    }
}

/// The editor gives way to the new value at once, and comes back with the reason if it is refused.
fn save(state: State, actions: Actions, draft: Draft, editing: RwSignal<Option<Editing>>) {
    let name = draft.name.get_untracked();
    let Some(path) = state.object.with_untracked(|object| object.path().cloned()) else { return };
    let was = editing.get_untracked();
    let known = untrack(|| known(state, &name));
    if name.is_empty() {
        draft.refusal.set(Some("An attribute needs a name.".to_owned()));
        return;
    }
    if was == Some(Editing::New) && known.is_some() {
        draft.refusal.set(Some(format!("There is an attribute {name:?} already.")));
        return;
    }
    let datatype: Option<Datatype> = draft.datatype.with_untracked(|text| text.parse().ok());
    let target = match (&known, &datatype) {
        (Some(known), None) => Target::of_known(&known.datatype, known.shape.as_deref()),
        _ => Target::of_new(datatype.as_ref()),
    };
    let json = match draft.text.with_untracked(|text| to_json(text, &target)) {
        Ok(json) => json,
        Err(message) => return draft.refusal.set(Some(message)),
    };
    // Named outright: otherwise a value that does not fit would change the datatype.
    let datatype = datatype.or_else(|| known.map(|known| known.datatype));
    draft.refusal.set(None);
    draft.saving.set(true);
    spawn_local(async move {
        let answer = actions.write_attribute(&path, &name, json, datatype).await;
        // The person may be elsewhere by now: then nothing is closed, and a refusal is a notice.
        let still_here = draft.saving.try_set(false).is_none();
        match answer {
            Ok(()) if still_here && editing.get_untracked() == was => editing.set(None),
            Ok(()) => {}
            Err(refusal) if still_here => draft.refusal.set(Some(refusal.message)),
            Err(refusal) => {
                state.report_failure(format!(
                    "The attribute {name:?} was not written. {}",
                    refusal.message
                ));
            }
        }
    });
}

fn known(state: State, name: &str) -> Option<AttributeInfo> {
    state.object.with_untracked(|object| {
        object.info()?.attributes.iter().find(|attribute| attribute.name == name).cloned()
    })
}

fn change_number(state: State, name: &str) -> u32 {
    state
        .attribute_changes
        .with_untracked(|changes| changes.get(name).map_or(0, |change| change.number))
}

fn text_of(attribute: &AttributeInfo) -> String {
    attribute.value.as_ref().map(|value| shown(value.get())).unwrap_or_default()
}
