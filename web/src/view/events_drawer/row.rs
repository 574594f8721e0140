//! One event: when, who, what, where.

use crate::view::dynamic::text;
use leptos::prelude::*;

use crate::actions::Actions;
use crate::clock::time_of_day;
use crate::state::event_log::Entry;

#[component]
pub fn EventRow(entry: Memo<Option<Entry>>) -> impl IntoView {
    let actions = expect_context::<Actions>();
    let of = move |read: fn(&Entry) -> String| {
        text(move || entry.with(|entry| entry.as_ref().map(read).unwrap_or_default()))
    };
    let go = move |_| {
        if let Some(path) = entry.with_untracked(|entry| entry.as_ref()?.path.clone()) {
            actions.go_to(&path);
        }
    };
    let by_me = move || entry.with(|entry| entry.as_ref().is_some_and(|entry| entry.by_me));
    let path = of(|entry| entry.path.as_ref().map(ToString::to_string).unwrap_or_default());
    view! {
        <div
            class="event-row"
            class:mine=by_me
            data-testid="event-row"
            data-number=of(|entry| entry.number.to_string())
            data-path=path
            on:click=go
        >
            <span class="mono muted">{of(|entry| time_of_day(entry.time_ms))}</span>
            <span class="event-who">{of(|entry| if entry.by_me { "you".to_owned() } else { entry.who.clone() })}</span>
            <span class="event-what">{of(|entry| entry.what.to_owned())}</span>
            <span class="mono event-path" title=path>{path}</span>
            <span class="mono muted event-place">{of(|entry| entry.place.clone())}</span>
        </div>
    }
}
