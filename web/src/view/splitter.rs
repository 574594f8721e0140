//! The line between two panels: dragged, or moved with the arrow keys.

use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, KeyboardEvent, PointerEvent};

/// Which way the panel lies whose width is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Left,
    Right,
}

const NARROWEST_PX: f64 = 180.0;
const WIDEST_PX: f64 = 640.0;
const STEP_PX: f64 = 16.0;

#[component]
pub fn Splitter(
    side: Side,
    /// Of the panel, in pixels.
    width: RwSignal<f64>,
    label: &'static str,
) -> impl IntoView {
    let dragged_from = StoredValue::new(None::<(f64, f64)>);
    let towards = if side == Side::Left { 1.0 } else { -1.0 };
    let set = move |new: f64| width.set(new.clamp(NARROWEST_PX, WIDEST_PX));
    let capture =
        |event: &PointerEvent| event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let begin = move |event: PointerEvent| {
        event.prevent_default();
        if let Some(element) = capture(&event) {
            // Without the capture a fast pointer leaves the line behind; the drag then ends early.
            let _captured = element.set_pointer_capture(event.pointer_id());
        }
        dragged_from.set_value(Some((f64::from(event.client_x()), width.get_untracked())));
    };
    let drag = move |event: PointerEvent| {
        if let Some((from, before)) = dragged_from.get_value() {
            set(before + towards * (f64::from(event.client_x()) - from));
        }
    };
    let key = move |event: KeyboardEvent| {
        let step = match event.key().as_str() {
            "ArrowLeft" => -STEP_PX,
            "ArrowRight" => STEP_PX,
            _ => return,
        };
        event.prevent_default();
        set(width.get_untracked() + towards * step);
    };
    view! {
        <div
            class="splitter"
            role="separator"
            tabindex="0"
            aria-orientation="vertical"
            aria-label=label
            aria-valuemin=NARROWEST_PX.to_string()
            aria-valuemax=WIDEST_PX.to_string()
            aria-valuenow=move || width.get().to_string()
            on:pointerdown=begin
            on:pointermove=drag
            on:pointerup=move |_| dragged_from.set_value(None)
            on:pointercancel=move |_| dragged_from.set_value(None)
            on:keydown=key
        ></div>
    }
}
