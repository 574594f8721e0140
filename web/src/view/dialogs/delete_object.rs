//! Asks before a link is removed, and says what goes with it.

use hdf5_async_protocol::model::{ObjectKind, ObjectPath};
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::{Modal, RefusalLine};
use crate::actions::Actions;
use crate::actions::Below;
use crate::view::layout::Layout;
use crate::words;

#[component]
pub fn DeleteObject(path: ObjectPath, kind: Option<ObjectKind>) -> impl IntoView {
    let actions = expect_context::<Actions>();
    let layout = expect_context::<Layout>();
    let refusal = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let below = RwSignal::new(None::<Below>);
    let kind_word = match kind {
        Some(ObjectKind::Group) => "group",
        Some(ObjectKind::Dataset) => "dataset",
        Some(ObjectKind::NamedDatatype) => "named datatype",
        None => "link",
    };
    if kind == Some(ObjectKind::Group) {
        let path = path.clone();
        spawn_local(async move {
            let counted = actions.count_below(&path).await;
            below.try_set(Some(counted));
        });
    }
    let damage = move || match (kind, below.get()) {
        (Some(ObjectKind::Group), None) => "Counting what lies below …".to_owned(),
        (Some(ObjectKind::Group), Some(below)) => below_text(below),
        _ => String::new(),
    };
    let shown_path = path.to_string();
    let path = StoredValue::new(path);
    let delete = move |_| {
        busy.set(true);
        spawn_local(async move {
            let answer = actions.delete(path.get_value()).await;
            busy.try_set(false);
            match answer {
                Ok(()) => layout.close_dialog(),
                Err(answer) => {
                    refusal.try_set(Some(answer.message));
                }
            }
        });
    };
    view! {
        <Modal title=format!("Delete this {kind_word}?") testid="delete-object">
            <p class="mono delete-path">{shown_path}</p>
            <p role="status">{damage}</p>
            <p class="hint">
                "It cannot be brought back. An object that other hard links lead to stays there. "
                "The file does not become smaller until it is repacked."
            </p>
            <RefusalLine text=refusal/>
            <p class="dialog-actions">
                <button autofocus on:click=move |_| layout.close_dialog()>"Cancel"</button>
                <button class="danger" data-testid="confirm-delete" disabled=busy on:click=delete>"Delete"</button>
            </p>
        </Modal>
    }
}

fn below_text(below: Below) -> String {
    let parts = [
        (below.groups, "group", "groups"),
        (below.datasets, "dataset", "datasets"),
        (below.others, "other link", "other links"),
    ];
    let counted: Vec<String> = parts
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, many)| words::counted(number, one, many))
        .collect();
    if counted.is_empty() {
        return "It is empty.".to_owned();
    }
    let most = if below.at_least { "at least " } else { "" };
    format!("With it go {most}{}.", counted.join(", "))
}
