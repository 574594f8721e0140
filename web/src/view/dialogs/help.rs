//! The keys that work, and where.

use leptos::prelude::*;

use super::Modal;
use crate::view::layout::Layout;

type Keys = &'static [(&'static [&'static str], &'static str)];

const ANYWHERE: Keys = &[
    (&["?"], "this list"),
    (&["E"], "edit mode"),
    (&["["], "show or hide the tree"),
    (&["]"], "show or hide the inspector"),
    (&["`"], "show or hide the events"),
    (&["Esc"], "close, then cancel"),
    (&["Alt + ←", "Alt + →"], "back, forward"),
];

const TREE: Keys = &[
    (&["↑", "↓"], "previous, next row"),
    (&["→"], "open, then first row inside"),
    (&["←"], "close, then the group above"),
    (&["Home", "End"], "first, last row"),
    (&["Page ↑", "Page ↓"], "one page up, down"),
    (&["Enter"], "show the object"),
    (&["a … z"], "go to the name that begins so"),
    (&["Del"], "delete, in edit mode"),
];

const TABLE: Keys = &[
    (&["↑", "↓", "←", "→"], "move; with Ctrl to the edge"),
    (&["Page ↑", "Page ↓"], "one page up, down"),
    (&["Home", "End"], "ends of the row; with Ctrl of the table"),
    (&["Shift"], "with any of these: select"),
    (&["Ctrl + C"], "copy the selection"),
    (&["Enter", "F2"], "edit the cell, in edit mode"),
];

const PLOT: Keys = &[
    (&["←", "→"], "move the data cursor; Shift: by ten"),
    (&["+", "−"], "zoom in, out"),
    (&["0"], "show all"),
    (&["L"], "logarithmic scale"),
    (&["G"], "grid of a line plot"),
    (&["C", "Shift + C"], "next colors, reversed"),
    (&["R"], "range of the colors"),
];

const SLICE: Keys = &[
    (&[",", "."], "previous, next"),
    (&["<", ">"], "first, last"),
    (&["F"], "follow a growing dataset"),
];

#[component]
pub fn Help() -> impl IntoView {
    let layout = expect_context::<Layout>();
    view! {
        <Modal title="Keys".to_owned() testid="help">
            <div class="help">
                <KeyList title="Anywhere" keys=ANYWHERE/>
                <KeyList title="In the tree" keys=TREE/>
                <KeyList title="In a table" keys=TABLE/>
                <KeyList title="In a plot" keys=PLOT/>
                <KeyList title="Slices" keys=SLICE/>
            </div>
            <p class="dialog-actions"><button autofocus on:click=move |_| layout.close_dialog()>"Close"</button></p>
        </Modal>
    }
}

#[component]
fn KeyList(title: &'static str, keys: Keys) -> impl IntoView {
    let line = |(keys, what): &(&'static [&'static str], &'static str)| {
        let keys = keys.iter().map(|key| view! { <kbd>{*key}</kbd> }).collect_view();
        view! { <dt>{keys}</dt><dd>{*what}</dd> }
    };
    view! { <section><h2>{title}</h2><dl class="keys">{keys.iter().map(line).collect_view()}</dl></section> }
}
