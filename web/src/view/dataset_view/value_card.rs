//! One element: its value in full, and an editor in edit mode.

use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::cell_editor::{CellEditor, Entry};
use super::cell_text::entry_kind;
use super::newest_read::NewestRead;
use super::refusal_note::RefusalNote;
use super::subject::Subject;
use crate::refusal::Refusal;
use crate::slab::Slab;

#[derive(Clone, Copy)]
struct Shown {
    /// Exactly, as the file has it.
    text: RwSignal<Option<String>>,
    refusal: RwSignal<Option<Refusal>>,
    /// The text that is written and not acknowledged yet.
    unsaved: RwSignal<Option<String>>,
    write_error: RwSignal<Option<String>>,
    /// What the editor began with; `None` while it is closed.
    edited: RwSignal<Option<String>>,
    theirs: RwSignal<Option<String>>,
    flash: RwSignal<u8>,
}

impl Shown {
    fn create() -> Self {
        Self {
            text: RwSignal::new(None),
            refusal: RwSignal::new(None),
            unsaved: RwSignal::new(None),
            write_error: RwSignal::new(None),
            edited: RwSignal::new(None),
            theirs: RwSignal::new(None),
            flash: RwSignal::new(0),
        }
    }
}

#[component]
pub fn ValueCard() -> impl IntoView {
    let subject = expect_context::<Subject>();
    let shown = Shown::create();
    let reader = StoredValue::new_local(NewestRead::new(subject.actions, subject.path.clone()));
    let source = StoredValue::new(subject.clone());
    let read = move |foreign: bool| {
        let selection = source.with_value(|subject| {
            subject.slicing.with_untracked(|slicing| slicing.element(0, 0, 0))
        });
        reader.with_value(|reader: &Rc<NewestRead>| {
            reader.ask(selection, move |result| take(shown, result, foreign));
        });
    };
    Effect::watch(
        move || source.with_value(|subject| subject.slicing).get(),
        move |_, _, _| read(false),
        true,
    );
    subject.on_change(move |stale| read(!matches!(&stale, super::subject::Stale::Parts(parts) if parts.iter().all(|part| part.1))));
    on_cleanup(move || {
        reader.try_with_value(|reader| reader.stop());
    });
    let editing = subject.state.editing;
    let kind = entry_kind(&subject.datatype);
    let can_edit = move || editing.get() && kind.is_some() && shown.text.with(Option::is_some);
    let open = move |_: leptos::ev::MouseEvent| {
        if can_edit() {
            shown.write_error.set(None);
            shown.edited.set(shown.text.get_untracked());
        }
    };
    let on_commit = Callback::new(move |entry: Entry| write(shown, &source.get_value(), entry));
    let on_cancel = Callback::new(move |()| shown.edited.set(None));
    let editor = move |initial: String| {
        kind.map(|kind| view! {
        <div class="editor-place"><CellEditor kind initial theirs=shown.theirs on_commit on_cancel/></div>
    })
    };
    let text = move || shown.unsaved.get().or_else(|| shown.text.get()).unwrap_or_default();
    view! {
        <div class="value-card" data-testid="value-card">
            <p class="value-type">{subject.datatype.to_string()}</p>
            <div class="value-frame" hidden=move || shown.edited.with(Option::is_some)>
                <pre class="value-text" class:is-unsaved=move || shown.unsaved.with(Option::is_some)
                    class=("flash-a", move || shown.flash.get() == 1) class=("flash-b", move || shown.flash.get() == 2)
                    on:dblclick=open tabindex="0">{text}</pre>
                {move || can_edit().then(|| view! { <button type="button" data-testid="edit-value" on:click=open>"Edit"</button> })}
            </div>
            {move || shown.edited.get().and_then(editor)}
            {move || shown.write_error.get().map(|message| view! {
                <div class="cell-error" data-testid="cell-error" role="alert">{message}</div>
            })}
            {move || shown.refusal.get().map(|refusal| view! {
                <RefusalNote refusal on_retry=Callback::new(move |()| read(false))/>
            })}
        </div>
    }
}

fn take(shown: Shown, result: Result<Slab, Refusal>, foreign: bool) {
    match result {
        Ok(slab) => {
            let text = slab.text_at(0);
            let changed = shown
                .text
                .with_untracked(|known| known.as_ref().is_some_and(|known| *known != text));
            if changed && foreign {
                shown.flash.update(|flash| *flash = if *flash == 1 { 2 } else { 1 });
            }
            let edited = shown.edited.get_untracked();
            shown.theirs.set(edited.filter(|original| *original != text).map(|_| text.clone()));
            shown.refusal.set(None);
            shown.text.set(Some(text));
        }
        Err(refusal) => shown.refusal.set(Some(refusal)),
    }
}

fn write(shown: Shown, subject: &Subject, entry: Entry) {
    let original = shown.edited.get_untracked();
    shown.edited.set(None);
    if original.as_ref() == Some(&entry.text) && shown.theirs.with_untracked(Option::is_none) {
        return;
    }
    shown.theirs.set(None);
    shown.unsaved.set(Some(entry.text.clone()));
    let (actions, path) = (subject.actions, subject.path.clone());
    let selection = subject.slicing.with_untracked(|slicing| slicing.element(0, 0, 0));
    spawn_local(async move {
        match actions.write_elements(&path, selection, entry.json).await {
            Ok(()) => {
                shown.text.try_set(Some(entry.text));
            }
            Err(refusal) => {
                shown.write_error.try_set(Some(refusal.message));
            }
        }
        shown.unsaved.try_set(None);
    });
}
