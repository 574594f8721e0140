//! The editor of one element: checks what is typed before it is sent, and never loses it to a change from
//! elsewhere.

use leptos::html::Textarea;
use leptos::prelude::*;
use plotcore::EntryKind;
use web_sys::{HtmlTextAreaElement, KeyboardEvent};

/// Where to go after a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advance {
    Stay,
    Down,
    Right,
    Left,
}

/// Text as typed, and the same as JSON.
#[derive(Clone, Debug)]
pub struct Entry {
    pub text: String,
    pub json: String,
    pub advance: Advance,
}

/// Enter and Tab commit, Esc cancels; Shift+Enter begins a new line where the element is text.
#[component]
pub fn CellEditor(
    kind: EntryKind,
    initial: String,
    /// The text of the element where it differs from what it was when the editor was opened.
    theirs: RwSignal<Option<String>>,
    /// Whether a keystroke began the editing: then the cursor stands behind it.
    #[prop(optional)]
    typed: bool,
    on_commit: Callback<Entry>,
    on_cancel: Callback<()>,
) -> impl IntoView {
    let field = NodeRef::<Textarea>::new();
    let problem = RwSignal::new(None::<String>);
    // The foreign text that the person has decided about.
    let decided = RwSignal::new(None::<String>);
    let untouched = initial.clone();
    // Removing the field takes the focus from it; that blur decides nothing any more.
    let closed = StoredValue::new(false);
    let is_closed = move || closed.try_get_value().unwrap_or(true);
    Effect::new(move |_| field.get().iter().for_each(|field| focus(field, typed)));
    let commit = move |advance: Advance| {
        let Some(field) = field.get_untracked() else { return };
        let text = field.value();
        match kind.parse(&text) {
            Ok(json) => {
                closed.set_value(true);
                on_commit.run(Entry { text: shown_text(kind, &text, &json), json, advance });
            }
            Err(error) => problem.set(Some(error.to_string())),
        }
    };
    let on_keydown = move |event: KeyboardEvent| {
        event.stop_propagation();
        let lines = matches!(kind, EntryKind::Text { .. });
        match event.key().as_str() {
            "Enter" if event.shift_key() && lines => {}
            "Enter" => {
                event.prevent_default();
                commit(Advance::Down);
            }
            "Tab" => {
                event.prevent_default();
                commit(if event.shift_key() { Advance::Left } else { Advance::Right });
            }
            "Escape" => {
                event.prevent_default();
                closed.set_value(true);
                on_cancel.run(());
            }
            _ => {}
        }
    };
    let on_blur = move |_| {
        if is_closed() {
            return;
        }
        let unchanged = field.get_untracked().is_none_or(|field| field.value() == untouched);
        // A decision about a foreign change is made with a click, which takes the focus away.
        if theirs.with_untracked(|theirs| *theirs == decided.get_untracked()) {
            if unchanged && !typed { on_cancel.run(()) } else { commit(Advance::Stay) }
        }
    };
    let conflict = move || theirs.get().filter(|theirs| decided.get().as_ref() != Some(theirs));
    view! {
        <textarea node_ref=field class="cell-editor" data-testid="cell-editor" rows="1" spellcheck="false"
            aria-label="New value" aria-invalid=move || problem.with(Option::is_some).to_string()
            prop:value=initial title=kind.allowed()
            on:keydown=on_keydown on:input=move |_| problem.set(None) on:blur=on_blur></textarea>
        {move || problem.get().map(|problem| view! {
            <div class="cell-error" data-testid="cell-error" role="alert">{problem}</div>
        })}
        {move || conflict().map(|text| view! { <Conflict text decided on_cancel/> })}
    }
}

/// Somebody else changed the element while its editor is open.
#[component]
fn Conflict(
    text: String,
    decided: RwSignal<Option<String>>,
    on_cancel: Callback<()>,
) -> impl IntoView {
    let keep = text.clone();
    // The buttons leave the focus in the editor.
    view! {
        <div class="cell-conflict" data-testid="cell-conflict" role="alert">
            <span>"Changed to "<b>{text}</b>" meanwhile"</span>
            <button type="button" on:mousedown=|event| event.prevent_default()
                on:click=move |_| decided.set(Some(keep.clone()))>"Keep mine"</button>
            <button type="button" on:mousedown=|event| event.prevent_default()
                on:click=move |_| on_cancel.run(())>"Take theirs"</button>
        </div>
    }
}

/// Selects the old text, or puts the cursor behind what was typed.
fn focus(field: &HtmlTextAreaElement, typed: bool) {
    field.focus().ok();
    if typed {
        let end = u32::try_from(field.value().encode_utf16().count()).unwrap_or(0);
        field.set_selection_range(end, end).ok();
    } else {
        field.select();
    }
}

/// What the cell shows until the element is read back: numbers as they are written, not as they are typed.
fn shown_text(kind: EntryKind, text: &str, json: &str) -> String {
    match kind {
        EntryKind::Text { .. } => text.to_owned(),
        EntryKind::Float { .. } => json.trim_matches('"').trim_end_matches(".0").to_owned(),
        _ => json.to_owned(),
    }
}
