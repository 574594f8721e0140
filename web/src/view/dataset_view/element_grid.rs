//! A table of any size: the rows and columns in the window, read as they come into view.

pub mod cell_pool;
pub mod clipboard;
pub mod cursor;
pub mod editing;
pub mod edits;
pub mod elements;
pub mod flashes;
pub mod grid;
pub mod reading;
pub mod viewport;

use std::rc::Rc;

use leptos::html::{Div, Input};
use leptos::prelude::*;
use plotcore::Notation;
use web_sys::{KeyboardEvent, PointerEvent, WheelEvent};

use super::cell_editor::{Advance, CellEditor, Entry};
use super::cell_text::{entry_kind, is_number};
use super::element_size::observe_size;
use super::refusal_note::RefusalNote;
use super::subject::Subject;
use cursor::{Cursor, HeldKeys};
use edits::{CellError, EditedCell};
use grid::{Grid, Signals};

type GridHandle = StoredValue<Rc<Grid>, LocalStorage>;

#[component]
pub fn ElementGrid() -> impl IntoView {
    let subject = expect_context::<Subject>();
    let signals = Signals::create();
    let grid: GridHandle = StoredValue::new_local(Grid::new(subject.clone(), signals));
    let (scrolled, area) = (NodeRef::<Div>::new(), NodeRef::<Div>::new());
    let (header, body) = (NodeRef::<Div>::new(), NodeRef::<Div>::new());
    Effect::new(move |_| {
        let elements = (scrolled.get(), area.get(), header.get(), body.get());
        let (Some(scrolled), Some(area), Some(header), Some(body)) = elements else { return };
        let grid = grid.get_value();
        grid.mount(scrolled.clone().into(), area.into(), header.into(), body.into());
        observe_size(&scrolled, move |width, height| grid.resize(width, height));
    });
    follow_subject(&subject, grid);
    on_cleanup(move || {
        grid.try_with_value(|grid| grid.stop());
    });
    let datatype = subject.datatype.clone();
    let shape = subject.shape;
    let counts = Memo::new(move |_| {
        shape.track();
        subject.slicing.track();
        grid.with_value(|grid| grid.counts())
    });
    let class = if is_number(&datatype) { "element-grid holds-numbers" } else { "element-grid" };
    view! {
        <GridToolbar grid signals/>
        <div class="grid-frame">
            <div node_ref=scrolled class=class data-testid="element-grid" role="grid" tabindex="0"
                aria-label=format!("Elements of {}", subject.path)
                aria-rowcount=move || counts.get().0 + 1 aria-colcount=move || counts.get().1 + 1
                aria-multiselectable="true" aria-busy=move || signals.busy.get().to_string()
                on:scroll=move |_| grid.with_value(Grid::on_scroll)
                on:wheel=move |event| on_wheel(grid, &event)
                on:keydown=move |event| on_key(grid, &event)
                on:pointerdown=move |event| on_pointer(grid, &event, true)
                on:pointermove=move |event| on_pointer(grid, &event, false)
                on:dblclick=move |_| begin_edit(grid, None)>
                <div node_ref=area class="grid-area" role="presentation">
                    <div class="grid-window" role="presentation">
                        <div class="grid-header" role="row" aria-rowindex="1">
                            <div class="grid-corner" role="columnheader" aria-colindex="1">"#"</div>
                            <div node_ref=header class="grid-headings" role="presentation"></div>
                        </div>
                        <div node_ref=body class="grid-body" role="rowgroup"></div>
                    </div>
                </div>
            </div>
            <OpenEditor grid signals scrolled/>
            <div class="progress" class:is-busy=move || signals.busy.get()></div>
            {move || counts.with(|(rows, columns)| rows * columns == 0).then(|| view! {
                <p class="empty-note">"This dataset has no elements: its shape is " {shape_text(&shape.get())} "."</p>
            })}
            {move || signals.refusal.get().map(|refusal| view! {
                <RefusalNote refusal on_retry=Callback::new(move |()| {
                    signals.refusal.set(None);
                    grid.with_value(Grid::repaint);
                })/>
            })}
        </div>
    }
}

/// Reads again what changes, and starts anew where the slice does.
fn follow_subject(subject: &Subject, grid: GridHandle) {
    let (slicing, shape, signals) =
        (subject.slicing, subject.shape, grid.with_value(|grid| grid.signals));
    Effect::watch(move || slicing.get(), move |_, _, _| grid.with_value(Grid::take_slice), false);
    Effect::watch(
        move || shape.get(),
        move |_, _, _| {
            signals.refusal.set(None);
            grid.with_value(|grid| {
                grid.take_shape();
                grid.repaint();
            });
        },
        false,
    );
    Effect::watch(
        move || (signals.notation.get(), signals.cursor.get()),
        move |_, _, _| grid.with_value(Grid::repaint),
        false,
    );
    let follow = subject.follow;
    Effect::watch(move || follow.get(), move |_, _, _| grid.with_value(Grid::take_follow), false);
    subject.on_change(move |stale| grid.with_value(|grid| grid.take_changes(&stale)));
}

#[component]
fn GridToolbar(grid: GridHandle, signals: Signals) -> impl IntoView {
    let row = NodeRef::<Input>::new();
    let go = move |_| {
        let typed = row.get_untracked().and_then(|input| input.value().trim().parse::<u64>().ok());
        if let Some(typed) = typed {
            grid.with_value(|grid| {
                let column = signals.cursor.get_untracked().column;
                signals.cursor.set(Cursor::at(typed, column).held(grid.bounds()));
                grid.reveal(signals.cursor.get_untracked().row, column);
            });
        }
    };
    let place = move || {
        let cursor = signals.cursor.get();
        let range = cursor.range();
        match range.rows * range.columns {
            1 => format!("row {}, column {}", cursor.row, cursor.column),
            _ => format!("{} \u{d7} {} cells selected", range.rows, range.columns),
        }
    };
    view! {
        <div class="view-toolbar">
            <label>"Go to row " <input node_ref=row class="go-to-row" data-testid="go-to-row" type="number" min="0" on:change=go/></label>
            <label>"Numbers "
                <select data-testid="notation" on:change=move |event| {
                    signals.notation.set(Notation::from_name(&event_target_value(&event)).unwrap_or_default());
                }>
                    {Notation::ALL.map(|notation| view! { <option value=notation.name()>{notation.name()}</option> })}
                </select>
            </label>
            <output class="readout" data-testid="grid-place">{place}</output>
            {move || signals.notice.get().map(|notice| view! { <span class="notice" role="status">{notice}</span> })}
        </div>
    }
}

/// The editor over its cell, or the message of a refused edit beside it.
#[component]
fn OpenEditor(grid: GridHandle, signals: Signals, scrolled: NodeRef<Div>) -> impl IntoView {
    let kind = grid.with_value(|grid| entry_kind(&grid.subject.datatype));
    let style = move || {
        let (left, top, width) = signals.place.get();
        format!("left: {left}px; top: {top}px; --cell-width: {width}px")
    };
    let focus_grid = move || {
        if let Some(grid) = scrolled.get_untracked() {
            grid.focus().ok();
        }
    };
    let on_commit = Callback::new(move |entry: Entry| {
        if entry.advance != Advance::Stay {
            focus_grid();
        }
        grid.with_value(|grid| {
            grid.commit(entry.text, entry.json);
            let key = match entry.advance {
                Advance::Stay => return,
                Advance::Down => "ArrowDown",
                Advance::Right => "ArrowRight",
                Advance::Left => "ArrowLeft",
            };
            move_cursor(grid, key, HeldKeys::default());
        });
    });
    let on_cancel = Callback::new(move |()| {
        grid.with_value(Grid::end_edit);
        focus_grid();
    });
    let editor = move |cell: EditedCell| {
        let typed = cell.initial != cell.original;
        let kind = kind?;
        Some(view! {
            <div class="editor-place" style=style>
                <CellEditor kind initial=cell.initial theirs=signals.theirs typed on_commit on_cancel/>
            </div>
        })
    };
    let error = move |error: CellError| {
        view! {
            <div class="editor-place" style=style>
                <div class="cell-error" data-testid="cell-error" role="alert">
                    {error.message}
                    <button type="button" class="quiet" aria-label="Dismiss" on:click=move |_| signals.cell_error.set(None)>"\u{d7}"</button>
                </div>
            </div>
        }
    };
    view! {
        {move || signals.edited.get().and_then(editor)}
        {move || signals.cell_error.get().map(error)}
    }
}

fn shape_text(shape: &[u64]) -> String {
    let dims: Vec<String> = shape.iter().map(u64::to_string).collect();
    dims.join(" \u{d7} ")
}

fn on_wheel(grid: GridHandle, event: &WheelEvent) {
    // Lines and pages, where the browser counts in them.
    let unit = match event.delta_mode() {
        WheelEvent::DOM_DELTA_LINE => viewport::ROW_PIXELS,
        WheelEvent::DOM_DELTA_PAGE => 600.0,
        _ => 1.0,
    };
    let (x, y) = (event.delta_x() * unit, event.delta_y() * unit);
    let (x, y) = if event.shift_key() && x == 0.0 { (y, 0.0) } else { (x, y) };
    if !event.ctrl_key() && grid.with_value(|grid| grid.on_wheel(x, y)) {
        event.prevent_default();
    }
}

fn on_pointer(grid: GridHandle, event: &PointerEvent, pressed: bool) {
    if event.buttons() != 1 {
        return;
    }
    let Some(target) = event.current_target() else { return };
    let Some(element) = wasm_bindgen::JsCast::dyn_ref::<web_sys::Element>(&target) else { return };
    let rect = element.get_bounding_client_rect();
    let x = f64::from(event.client_x()) - rect.left();
    let y = f64::from(event.client_y()) - rect.top();
    // The scroll bars belong to the element too.
    if pressed
        && (x >= f64::from(element.client_width()) || y >= f64::from(element.client_height()))
    {
        return;
    }
    grid.with_value(|grid| {
        let (row, column) = grid.cell_at(x, y);
        let cursor = grid.signals.cursor;
        let extend = !pressed || event.shift_key();
        let known = cursor.get_untracked();
        let moved = if extend { known.extended_to(row, column) } else { Cursor::at(row, column) };
        if moved != known {
            cursor.set(moved);
            grid.reveal(row, column);
        }
    });
}

fn begin_edit(grid: GridHandle, typed: Option<String>) {
    grid.with_value(|grid| {
        let possible = entry_kind(&grid.subject.datatype).is_some();
        if possible && grid.subject.state.editing.get_untracked() {
            grid.begin_edit(typed);
        }
    });
}

fn move_cursor(grid: &Rc<Grid>, key: &str, held: HeldKeys) -> bool {
    let cursor = grid.signals.cursor;
    let Some(moved) = cursor.get_untracked().after_key(key, held, grid.bounds()) else {
        return false;
    };
    cursor.set(moved);
    grid.reveal(moved.row, moved.column);
    true
}

fn on_key(grid: GridHandle, event: &KeyboardEvent) {
    let (key, control) = (event.key(), event.ctrl_key() || event.meta_key());
    if event.alt_key() {
        return;
    }
    let taken = grid.with_value(|grid| match (key.as_str(), control) {
        ("c" | "C", true) => {
            grid.copy();
            true
        }
        ("a" | "A", true) => {
            grid.signals.cursor.set(Cursor::everything(grid.bounds()));
            true
        }
        ("g" | "G", true) => focus_row_box(),
        ("Escape", _) => {
            let cursor = grid.signals.cursor.get_untracked();
            grid.signals.cursor.set(Cursor::at(cursor.row, cursor.column));
            grid.signals.cell_error.set(None);
            false
        }
        (key, jump) => move_cursor(grid, key, HeldKeys { jump, extend: event.shift_key() }),
    });
    let editing = grid.with_value(|grid| grid.subject.state.editing.get_untracked());
    let typed = !control && key.chars().count() == 1;
    if taken {
        event.prevent_default();
        event.stop_propagation();
    } else if editing && (typed || key == "Enter" || key == "F2") {
        event.prevent_default();
        // Letters are text here, not the page's shortcuts.
        event.stop_propagation();
        begin_edit(grid, typed.then_some(key));
    }
}

fn focus_row_box() -> bool {
    let field = document().query_selector(".go-to-row").ok().flatten();
    let field = field
        .and_then(|field| wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlInputElement>(field).ok());
    field.is_some_and(|field| {
        field.select();
        field.focus().is_ok()
    })
}
