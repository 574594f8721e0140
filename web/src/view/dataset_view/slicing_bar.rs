//! Which axes the view shows, and an index along every other one.

use leptos::prelude::*;
use web_sys::KeyboardEvent;

use super::slicing::Slicing;
use super::subject::Subject;

/// Nothing where there is nothing to choose.
#[component]
pub fn SlicingBar() -> impl IntoView {
    let subject = expect_context::<Subject>();
    let rank = subject.rank();
    let (slicing, view, shape) = (subject.slicing, subject.view, subject.shape);
    let follow = subject.follow;
    let axes = Memo::new(move |_| view.get().axes(rank));
    let sliced = Memo::new(move |_| slicing.with(|slicing| slicing.sliced(axes.get())));
    let maps = move || axes.get() == 2 || (axes.get() == 1 && rank > 1);
    let sliders = move || {
        sliced
            .get()
            .into_iter()
            .map(|axis| view! { <AxisSlider axis slicing shape follow/> })
            .collect_view()
    };
    let map = move || {
        maps().then(|| {
            view! {
                {(axes.get() == 2).then(|| view! { <AxisChoice is_y=true slicing shape/> })}
                <AxisChoice is_y=false slicing shape/>
            }
        })
    };
    let some = move || maps() || !sliced.with(Vec::is_empty);
    view! {
        <div class="slicing-bar" hidden=move || !some() role="group" aria-label="Slice">{map}{sliders}</div>
    }
}

#[component]
fn AxisChoice(is_y: bool, slicing: RwSignal<Slicing>, shape: Memo<Vec<u64>>) -> impl IntoView {
    let chosen = move || slicing.with(|slicing| if is_y { slicing.y() } else { slicing.x() });
    let name = if is_y { "y" } else { "x" };
    let choose = move |event| {
        if let Ok(axis) = event_target_value(&event).parse() {
            slicing.update(
                |slicing| if is_y { slicing.show_as_y(axis) } else { slicing.show_as_x(axis) },
            );
        }
    };
    let options = move || {
        let option = |(axis, length): (usize, &u64)| {
            view! {
                <option value=axis.to_string() selected=move || chosen() == axis>{format!("D{axis} ({length})")}</option>
            }
        };
        shape.with(|shape| shape.iter().enumerate().map(option).collect_view())
    };
    view! {
        <label class="axis-choice">{name} " "
            <select data-testid=format!("axis-{name}") prop:value=move || chosen().to_string() on:change=choose>{options}</select>
        </label>
    }
}

#[component]
fn AxisSlider(
    axis: usize,
    slicing: RwSignal<Slicing>,
    shape: Memo<Vec<u64>>,
    follow: RwSignal<bool>,
) -> impl IntoView {
    let last = move || shape.with(|shape| shape.get(axis).copied().unwrap_or(0)).saturating_sub(1);
    let index = move || slicing.with(|slicing| slicing.at(axis));
    let set = move |index: u64| {
        let index = index.min(last());
        if slicing.with_untracked(|slicing| slicing.at(axis)) != index {
            follow.set(false);
            slicing.update(|slicing| slicing.set(axis, index));
        }
    };
    let typed = move |event| {
        let text = event_target_value(&event);
        let number = text.trim().parse::<i64>().ok();
        // As in numpy, -1 is the last.
        let from_end = |number: i64| (last() + 1).checked_sub(number.unsigned_abs());
        if let Some(index) =
            number.and_then(|number| u64::try_from(number).ok().or_else(|| from_end(number)))
        {
            set(index);
        }
    };
    let step = move |forward: bool| {
        let now = slicing.with_untracked(|slicing| slicing.at(axis));
        set(if forward { now + 1 } else { now.saturating_sub(1) });
    };
    let on_key = move |event: KeyboardEvent| {
        match event.key().as_str() {
            "," => step(false),
            "." => step(true),
            "<" => set(0),
            ">" => set(last()),
            _ => return,
        }
        event.prevent_default();
    };
    let is_last = move || index() >= last();
    let label = format!("Index along axis {axis}");
    view! {
        <div class="axis-slider" on:keydown=on_key>
            <span class="axis-name">{format!("D{axis}")}</span>
            <button type="button" class="quiet" aria-label=format!("Previous along axis {axis}")
                disabled=move || index() == 0 on:click=move |_| step(false)>"\u{2039}"</button>
            <input type="range" min="0" max=move || last().to_string() prop:value=move || index().to_string()
                data-testid="slice-slider" data-dim=axis aria-label=label.clone()
                on:input=typed/>
            <button type="button" class="quiet" aria-label=format!("Next along axis {axis}")
                disabled=is_last on:click=move |_| step(true)>"\u{203a}"</button>
            <input type="number" prop:value=move || index().to_string() max=move || last().to_string()
                data-testid="slice-number" data-dim=axis aria-label=label on:change=typed/>
            <span class="axis-length">"/ " {move || last()}</span>
        </div>
    }
}
