//! Datasets that grow: the newest elements stay in view while a person wants that.

use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

use super::subject::Subject;

/// Which axes can become longer than they are.
fn growing_axes(subject: &Subject) -> Vec<bool> {
    subject.state.dataset.with(|dataset| {
        let Some(dataset) = dataset else { return Vec::new() };
        let (shape, max) = (dataset.shape.iter().flatten(), dataset.max_shape.iter().flatten());
        shape.zip(max).map(|(length, max)| max.is_none_or(|max| max > *length)).collect()
    })
}

/// Keeps indices inside a shape that changes and, while following, at its growing end.
pub fn follow_growth(subject: &Subject) {
    let (slicing, shape, follow) = (subject.slicing, subject.shape, subject.follow);
    let subject = subject.clone();
    Effect::watch(
        move || (shape.get(), follow.get()),
        move |(shape, follow), before, _| {
            let mut moved = slicing.get_untracked();
            if moved.rank() != shape.len() {
                return;
            }
            moved.clamp(shape);
            let began = *follow && before.is_some_and(|(_, before)| !before);
            let growing = untrack(|| growing_axes(&subject));
            let grown = |axis: usize| {
                let longer = before.is_some_and(|(before, _)| before.get(axis) < shape.get(axis));
                *follow && (longer || (began && growing.get(axis) == Some(&true)))
            };
            for axis in moved.sliced(subject.axes_shown()).into_iter().filter(|axis| grown(*axis)) {
                moved.set(axis, shape[axis].saturating_sub(1));
            }
            if slicing.with_untracked(|known| *known != moved) {
                slicing.set(moved);
            }
        },
        false,
    );
}

/// For datasets that can grow.
#[component]
pub fn FollowToggle(subject: Subject) -> impl IntoView {
    let follow = subject.follow;
    let can_grow = Memo::new(move |_| growing_axes(&subject).contains(&true));
    let on_key = window_event_listener(leptos::ev::keydown, move |event| {
        let plain = !(event.ctrl_key() || event.meta_key() || event.alt_key());
        let typing = event.target().is_some_and(|target| is_field(&target));
        let is_key = matches!(event.key().as_str(), "f" | "F");
        if plain && !typing && is_key && can_grow.get_untracked() {
            follow.update(|follow| *follow = !*follow);
        }
    });
    on_cleanup(move || on_key.remove());
    view! {
        <button type="button" class="follow" data-testid="follow" hidden=move || !can_grow.get()
            aria-pressed=move || follow.get().to_string() title="Keep the newest elements in view (F)"
            on:click=move |_| follow.update(|follow| *follow = !*follow)>"Follow"</button>
    }
}

fn is_field(target: &web_sys::EventTarget) -> bool {
    target.dyn_ref::<web_sys::Element>().is_some_and(|element| {
        matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
    })
}
