//! One line through a dataset: a figure that is zoomed, panned and read out with pointer and keys.

pub mod line;
pub mod movement;
pub mod painter;
pub mod series;

use std::rc::Rc;

use leptos::html::{Canvas, Figure};
use leptos::prelude::*;
use plotcore::Scale;
use web_sys::{KeyboardEvent, PointerEvent, WheelEvent};

use super::element_size::observe_size;
use super::plot_frame::{pointer_place, press_of};
use super::refusal_note::RefusalNote;
use super::subject::Subject;
use super::surface::Surface;
use super::theme_change::on_theme_change;
use line::{Line, Signals};

type LineHandle = StoredValue<Rc<Line>, LocalStorage>;

#[component]
pub fn LinePlot() -> impl IntoView {
    let subject = expect_context::<Subject>();
    let signals = Signals::create();
    let line: LineHandle = StoredValue::new_local(Line::new(subject.clone(), signals));
    let figure = NodeRef::<Figure>::new();
    let (canvas, overlay) = (NodeRef::<Canvas>::new(), NodeRef::<Canvas>::new());
    Effect::new(move |_| {
        let elements = (figure.get(), canvas.get(), overlay.get());
        let (Some(figure), Some(canvas), Some(overlay)) = elements else { return };
        let (Some(canvas), Some(overlay)) = (Surface::new(&canvas), Surface::new(&overlay)) else {
            return;
        };
        let line = line.get_value();
        line.mount(canvas, overlay);
        observe_size(&figure, move |width, height| line.resize(width, height));
    });
    on_theme_change(move || line.with_value(Line::repaint));
    follow_subject(&subject, line);
    on_cleanup(move || {
        line.try_with_value(|line| line.stop());
    });
    view! {
        <LineToolbar line signals/>
        <figure node_ref=figure class="plot" data-testid="line-plot" tabindex="0" role="figure"
            aria-label=format!("Line plot of {}", subject.path)
            on:wheel=move |event| on_wheel(line, &event)
            on:pointerdown=move |event| on_pointer(line, &event)
            on:pointermove=move |event| on_pointer(line, &event)
            on:pointerup=move |event| on_pointer(line, &event)
            on:dblclick=move |_| line.with_value(Line::reset)
            on:keydown=move |event| on_key(line, &event)>
            <canvas node_ref=canvas aria-hidden="true"></canvas>
            <canvas node_ref=overlay class="overlay" aria-hidden="true"></canvas>
            <figcaption>{move || signals.description.get()}</figcaption>
            {move || signals.badge.get().map(|badge| view! { <span class="plot-badge" data-testid="plot-badge">{badge}</span> })}
            <div class="progress" class:is-busy=move || signals.busy.get()></div>
            {move || signals.refusal.get().map(|refusal| view! {
                <RefusalNote refusal on_retry=Callback::new(move |()| {
                    signals.refusal.set(None);
                    line.with_value(Line::repaint);
                })/>
            })}
        </figure>
        <output class="plot-readout" data-testid="plot-readout" aria-live="polite">{move || signals.readout.get()}</output>
    }
}

fn follow_subject(subject: &Subject, line: LineHandle) {
    let signals = line.with_value(|line| line.signals);
    let (slicing, shape) = (subject.slicing, subject.shape);
    Effect::watch(move || slicing.get(), move |_, _, _| line.with_value(Line::take_slice), false);
    Effect::watch(move || shape.get(), move |_, _, _| line.with_value(Line::take_shape), false);
    Effect::watch(
        move || signals.scale.get(),
        move |_, _, _| line.with_value(Line::take_scale),
        false,
    );
    Effect::watch(move || signals.grid.get(), move |_, _, _| line.with_value(Line::repaint), false);
    subject.on_change(move |stale| line.with_value(|line| line.take_changes(&stale)));
}

#[component]
fn LineToolbar(line: LineHandle, signals: Signals) -> impl IntoView {
    view! {
        <div class="view-toolbar">
            <button type="button" data-testid="log-y" aria-pressed=move || (signals.scale.get() == Scale::Log).to_string()
                title="Logarithmic values (L)" on:click=move |_| toggle_log(signals)>"Log Y"</button>
            <button type="button" aria-pressed=move || signals.grid.get().to_string()
                title="Grid lines (G)" on:click=move |_| signals.grid.update(|grid| *grid = !*grid)>"Grid"</button>
            <button type="button" aria-label="Zoom in" title="Zoom in (+)" on:click=move |_| line.with_value(|line| line.zoom(0.5, None, false))>"+"</button>
            <button type="button" aria-label="Zoom out" title="Zoom out (-)" on:click=move |_| line.with_value(|line| line.zoom(2.0, None, false))>"\u{2212}"</button>
            <button type="button" data-testid="plot-reset" title="Show everything (0, double click)" on:click=move |_| line.with_value(Line::reset)>"Reset"</button>
        </div>
    }
}

fn toggle_log(signals: Signals) {
    signals
        .scale
        .update(|scale| *scale = if *scale == Scale::Log { Scale::Linear } else { Scale::Log });
}

fn on_wheel(line: LineHandle, event: &WheelEvent) {
    event.prevent_default();
    let factor = if event.delta_y() > 0.0 { 1.25 } else { 0.8 };
    line.with_value(|line| line.zoom(factor, pointer_place(event), event.alt_key()));
}

fn on_pointer(line: LineHandle, event: &PointerEvent) {
    let Some((place, press)) = press_of(event) else { return };
    line.with_value(|line| {
        line.point_at(place.0, place.1);
        line.drag(place, press);
    });
}

fn on_key(line: LineHandle, event: &KeyboardEvent) {
    if event.alt_key() || event.ctrl_key() || event.meta_key() {
        return;
    }
    let steps = if event.shift_key() { 10.0 } else { 1.0 };
    line.with_value(|line| {
        match event.key().as_str() {
            "ArrowLeft" => line.move_cursor(-steps),
            "ArrowRight" => line.move_cursor(steps),
            "Home" => line.move_cursor(f64::MIN),
            "End" => line.move_cursor(f64::MAX),
            "+" | "=" => line.zoom(0.5, None, false),
            "-" => line.zoom(2.0, None, false),
            "ArrowUp" => line.zoom(0.8, None, true),
            "ArrowDown" => line.zoom(1.25, None, true),
            "0" => line.reset(),
            "l" | "L" => toggle_log(line.signals),
            "g" | "G" => line.signals.grid.update(|grid| *grid = !*grid),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    });
}
