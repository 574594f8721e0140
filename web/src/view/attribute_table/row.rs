//! One attribute: its name, its value, what it is; in edit mode a way to change it.

use crate::view::dynamic::{When, text};
use hdf5_async_protocol::model::AttributeInfo;
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::editor::{AttributeEditor, Editing};
use super::value_text::shown;
use crate::actions::Actions;
use crate::refusal::Refusal;
use crate::state::{PendingAttribute, State};
use crate::view::icon::Icon;
use crate::words;

#[component]
pub fn AttributeRow(name: String, editing: RwSignal<Option<Editing>>) -> impl IntoView {
    let state = expect_context::<State>();
    let actions = expect_context::<Actions>();
    let name = StoredValue::new(name);
    let attribute = Memo::new(move |_| name.with_value(|name| attribute(state, name)));
    let pending = Memo::new(move |_| name.with_value(|name| pending(state, name)));
    let is_edited = Memo::new(move |_| {
        name.with_value(|name| {
            editing
                .with(|editing| matches!(editing, Some(Editing::Known(edited)) if edited == name))
        })
    });
    let class = text(move || {
        let leaving = pending.get() == Some(PendingAttribute::Deleted);
        let leaving = if leaving { " leaving" } else { "" };
        format!("attribute{leaving}{}", name.with_value(|name| flash(state, name)))
    });
    let edit = move |_| editing.set(Some(Editing::Known(name.get_value())));
    let delete = move |_| spawn_local(delete(state, actions, name.get_value()));
    let is_editable = move || {
        state.editing.get()
            && attribute.with(|known| {
                known.as_ref().is_some_and(|known| known.datatype.wire_size().is_some())
            })
    };
    view! {
        <div class=class role="listitem" data-testid="attribute-row" data-name=name.get_value()>
            <div class="attribute-line">
                <span class="attribute-name" title=name.get_value()>{name.get_value()}</span>
                <span class="attribute-type">{move || attribute.with(|known| known.as_ref().map(type_text))}</span>
                <When when=move || state.editing.get()>
                    <span class="attribute-buttons">
                        <When when=is_editable>
                            <button class="quiet icon-only" title="Edit" aria-label="Edit" data-testid="edit-attribute" on:click=edit>
                                <Icon name="pencil"/>
                            </button>
                        </When>
                        <button class="quiet icon-only" title="Delete" aria-label="Delete" data-testid="delete-attribute" on:click=delete>
                            <Icon name="trash"/>
                        </button>
                    </span>
                </When>
            </div>
            <Value attribute pending/>
            <When when=move || is_edited.get()>
                <AttributeEditor name=Some(name.get_value()) editing/>
            </When>
        </div>
    }
}

/// The fade of a row that somebody else changed.
fn flash(state: State, name: &str) -> &'static str {
    let change = state.attribute_changes.with(|changes| changes.get(name).cloned());
    match change {
        Some(change) if !change.by_me && change.number % 2 == 0 => " flash-even",
        Some(change) if !change.by_me => " flash-odd",
        _ => "",
    }
}

async fn delete(state: State, actions: Actions, name: String) {
    let Some(path) = state.object.with_untracked(|object| object.path().cloned()) else { return };
    if let Err(refusal) = actions.delete_attribute(&path, &name).await {
        state
            .report_failure(format!("The attribute {name:?} was not deleted. {}", refusal.message));
    }
}

/// The value: what is being written, what the server told, or a way to ask for it.
#[component]
fn Value(
    attribute: Memo<Option<AttributeInfo>>,
    pending: Memo<Option<PendingAttribute>>,
) -> impl IntoView {
    let told = Memo::new(move |_| {
        attribute.with(|known| known.as_ref()?.value.as_ref().map(|value| shown(value.get())))
    });
    let text = move || match pending.get() {
        Some(PendingAttribute::Written(json)) => Some(shown(&json)),
        _ => told.get(),
    };
    let is_pending = move || matches!(pending.get(), Some(PendingAttribute::Written(_)));
    view! {
        <When when=move || text().is_some() fallback=move || view! { <AskedValue attribute/> }>
            <div class="attribute-value" class:pending=is_pending data-testid="attribute-value">{text}</div>
        </When>
    }
}

/// A value too large to come unasked.
#[component]
fn AskedValue(attribute: Memo<Option<AttributeInfo>>) -> impl IntoView {
    let state = expect_context::<State>();
    let actions = expect_context::<Actions>();
    let answer = RwSignal::new(None::<Result<String, Refusal>>);
    let ask = move |_| {
        let Some(name) =
            attribute.with_untracked(|known| known.as_ref().map(|known| known.name.clone()))
        else {
            return;
        };
        let Some(path) = state.object.with_untracked(|object| object.path().cloned()) else {
            return;
        };
        spawn_local(async move {
            let slab = actions.read_attribute(&path, &name).await;
            answer.try_set(Some(slab.map(|slab| beginning(&slab))));
        });
    };
    let readable = move || {
        attribute.with(|known| {
            known
                .as_ref()
                .is_some_and(|known| known.datatype.wire_size().is_some() && known.shape.is_some())
        })
    };
    move || {
        match answer.get() {
        Some(Ok(text)) => view! { <div class="attribute-value" data-testid="attribute-value">{text}</div> }.into_any(),
        Some(Err(refusal)) => view! {
            <div class="refusal" role="alert">{refusal.message} <button class="link" on:click=ask>"Retry"</button></div>
        }
        .into_any(),
        None if readable() => view! { <button class="link" on:click=ask>"Read the value"</button> }.into_any(),
        None => view! { <div class="attribute-value muted">{move || attribute.with(|known| known.as_ref().map(unreadable))}</div> }.into_any(),
    }
    }
}

/// The first elements of a large value, on one line each.
fn beginning(slab: &crate::slab::Slab) -> String {
    const MOST: usize = 2000;
    let shown = slab.len().min(MOST);
    let mut text = (0..shown).map(|index| slab.text_at(index)).collect::<Vec<_>>().join("\n");
    if slab.len() > shown {
        text.push_str("\n… ");
        text.push_str(&words::count((slab.len() - shown) as u64));
        text.push_str(" more");
    }
    text
}

fn unreadable(attribute: &AttributeInfo) -> String {
    match attribute.shape {
        None => "null dataspace".to_owned(),
        Some(_) => format!("values of datatype {} are not shown", attribute.datatype),
    }
}

fn type_text(attribute: &AttributeInfo) -> String {
    let datatype = words::datatype_short(&attribute.datatype);
    match attribute.shape.as_deref() {
        None | Some([]) => datatype,
        Some(shape) => format!("{datatype} {}", words::shape(shape)),
    }
}

fn attribute(state: State, name: &str) -> Option<AttributeInfo> {
    state.object.with(|object| {
        object.info()?.attributes.iter().find(|attribute| attribute.name == name).cloned()
    })
}

fn pending(state: State, name: &str) -> Option<PendingAttribute> {
    let path = state.object.with(|object| object.path().cloned())?;
    state.edits.with(|edits| edits.attribute(&path, name).cloned())
}
