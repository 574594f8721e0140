//! A slice as an image: a figure that is zoomed, panned and read out with pointer and keys.

pub mod looks;
pub mod map;
pub mod movement;
pub mod painter;
pub mod tile;
pub mod toolbar;

use std::rc::Rc;

use leptos::html::{Canvas, Figure};
use leptos::prelude::*;
use plotcore::{RangeMode, Scale};
use web_sys::{KeyboardEvent, PointerEvent, WheelEvent};

use super::element_size::observe_size;
use super::plot_frame::{pointer_place, press_of};
use super::refusal_note::RefusalNote;
use super::subject::Subject;
use super::surface::Surface;
use super::theme_change::on_theme_change;
use crate::address::Address;
use looks::Looks;
use map::{Map, Signals};
use toolbar::HeatmapToolbar;

pub(super) type MapHandle = StoredValue<Rc<Map>, LocalStorage>;

#[component]
pub fn Heatmap() -> impl IntoView {
    /// Longer images fill the window instead of having square elements.
    const MAX_EQUAL_ASPECT: f64 = 4.0;
    let subject = expect_context::<Subject>();
    let signals = Signals::create();
    let (columns, rows) = subject.extent();
    let aspect = columns.max(1) as f64 / rows.max(1) as f64;
    let equal = (1.0 / MAX_EQUAL_ASPECT..=MAX_EQUAL_ASPECT).contains(&aspect);
    let looks = Looks::in_address(expect_context::<Address>(), equal);
    let map: MapHandle = StoredValue::new_local(Map::new(subject.clone(), signals, looks));
    let figure = NodeRef::<Figure>::new();
    let (canvas, overlay) = (NodeRef::<Canvas>::new(), NodeRef::<Canvas>::new());
    Effect::new(move |_| {
        let elements = (figure.get(), canvas.get(), overlay.get());
        let (Some(figure), Some(canvas), Some(overlay)) = elements else { return };
        let (Some(canvas), Some(overlay)) = (Surface::new(&canvas), Surface::new(&overlay)) else {
            return;
        };
        let map = map.get_value();
        map.mount(canvas, overlay);
        observe_size(&figure, move |width, height| map.resize(width, height));
    });
    on_theme_change(move || map.with_value(Map::repaint));
    follow_subject(&subject, map);
    on_cleanup(move || {
        map.try_with_value(|map| map.stop());
    });
    view! {
        <HeatmapToolbar map/>
        <figure node_ref=figure class="plot" data-testid="heatmap" tabindex="0" role="figure"
            aria-label=format!("Heatmap of {}", subject.path)
            on:wheel=move |event| on_wheel(map, &event)
            on:pointerdown=move |event| on_pointer(map, &event)
            on:pointermove=move |event| on_pointer(map, &event)
            on:pointerup=move |event| on_pointer(map, &event)
            on:dblclick=move |_| map.with_value(Map::reset)
            on:keydown=move |event| on_key(map, &event)>
            <canvas node_ref=canvas aria-hidden="true"></canvas>
            <canvas node_ref=overlay class="overlay" aria-hidden="true"></canvas>
            <figcaption>{move || signals.description.get()}</figcaption>
            {move || signals.badge.get().map(|badge| view! { <span class="plot-badge" data-testid="plot-badge">{badge}</span> })}
            <div class="progress" class:is-busy=move || signals.busy.get()></div>
            {move || signals.refusal.get().map(|refusal| view! {
                <RefusalNote refusal on_retry=Callback::new(move |()| {
                    signals.refusal.set(None);
                    map.with_value(Map::repaint);
                })/>
            })}
        </figure>
        <output class="plot-readout" data-testid="plot-readout" aria-live="polite">{move || signals.readout.get()}</output>
    }
}

fn follow_subject(subject: &Subject, map: MapHandle) {
    let looks = map.with_value(|map| map.looks);
    let (slicing, shape) = (subject.slicing, subject.shape);
    Effect::watch(
        move || slicing.get(),
        move |slicing, before, _| {
            let axes_changed =
                before.is_some_and(|before| (before.x(), before.y()) != (slicing.x(), slicing.y()));
            map.with_value(|map| map.take_slice(axes_changed));
        },
        false,
    );
    Effect::watch(move || shape.get(), move |_, _, _| map.with_value(Map::take_shape), false);
    Effect::watch(
        move || (looks.colormap.get(), looks.scale.get(), looks.range.get(), looks.equal.get()),
        move |_, _, _| map.with_value(Map::take_looks),
        false,
    );
    subject.on_change(move |stale| map.with_value(|map| map.take_changes(&stale)));
}

fn on_wheel(map: MapHandle, event: &WheelEvent) {
    event.prevent_default();
    let factor = if event.delta_y() > 0.0 { 1.25 } else { 0.8 };
    map.with_value(|map| map.zoom(factor, pointer_place(event)));
}

fn on_pointer(map: MapHandle, event: &PointerEvent) {
    let Some((place, press)) = press_of(event) else { return };
    map.with_value(|map| {
        map.point_at(place.0, place.1);
        map.drag(place, press);
    });
}

fn on_key(map: MapHandle, event: &KeyboardEvent) {
    if event.alt_key() || event.ctrl_key() || event.meta_key() {
        return;
    }
    let step = if event.shift_key() { 10.0 } else { 1.0 };
    map.with_value(|map| {
        match event.key().as_str() {
            "ArrowLeft" => map.move_cursor(-step, 0.0),
            "ArrowRight" => map.move_cursor(step, 0.0),
            "ArrowUp" => map.move_cursor(0.0, -step),
            "ArrowDown" => map.move_cursor(0.0, step),
            "+" | "=" => map.zoom(0.5, None),
            "-" => map.zoom(2.0, None),
            "0" => map.reset(),
            "c" => map.looks.colormap.update(|colormap| *colormap = colormap.next()),
            "C" => map.looks.colormap.update(|colormap| colormap.reversed = !colormap.reversed),
            "l" | "L" => toggle_log(map.looks),
            "r" | "R" => next_range(map.looks),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    });
}

fn toggle_log(looks: Looks) {
    looks
        .scale
        .update(|scale| *scale = if *scale == Scale::Log { Scale::Linear } else { Scale::Log });
}

fn next_range(looks: Looks) {
    looks.range.update(|range| {
        *range =
            if *range == RangeMode::MinMax { RangeMode::PERCENTILE } else { RangeMode::MinMax };
    });
}
