//! How the dashboard stands with the server: a word, an icon and a color, and a banner that cannot be overlooked.

use std::time::Duration;

use crate::view::dynamic::When;
use leptos::leptos_dom::helpers::{IntervalHandle, set_interval_with_handle};
use leptos::prelude::*;

use crate::actions::Actions;
use crate::clock::{now_ms, time_of_day};
use crate::connection_status::ConnectionStatus;
use crate::state::State;
use crate::view::icon::Icon;

#[component]
pub fn ConnectionBadge() -> impl IntoView {
    let state = expect_context::<State>();
    let actions = expect_context::<Actions>();
    let now = second_hand(state);
    let class = move || format!("badge {}", class_of(state.connection.get()));
    let icon = Signal::derive(move || match state.connection.get() {
        ConnectionStatus::Live { .. } => "live",
        ConnectionStatus::Connecting | ConnectionStatus::Retrying { .. } => "waiting",
        ConnectionStatus::Waiting { .. } | ConnectionStatus::Unauthorized => "warning",
    });
    let word = move || word_of(state.connection.get(), now.get());
    let latency = move || match state.connection.get() {
        ConnectionStatus::Live { latency_ms: Some(latency) } => format!("{latency:.0} ms"),
        _ => String::new(),
    };
    let waiting = move || matches!(state.connection.get(), ConnectionStatus::Waiting { .. });
    let data_status = move || class_of(state.connection.get());
    let locked = move || state.read_only.get() && state.session.with(Option::is_some);
    view! {
        <span class=class data-testid="connection-badge" data-status=data_status>
            <Icon name=icon/>
            <span class="badge-word">{word}</span>
            <span class="badge-latency" title="Round trip to the server">{latency}</span>
            <When when=waiting>
                <button class="link" on:click=move |_| actions.retry_connection()>"Retry now"</button>
            </When>
        </span>
        <When when=locked>
            <span class="badge read-only" data-testid="read-only-badge" title="This file cannot be changed here: it or the server is open for reading only.">
                <Icon name="lock"/>
                <span class="badge-word">"Read-only"</span>
            </span>
        </When>
    }
}

/// Full width, while what is shown may be out of date.
#[component]
pub fn OfflineBanner() -> impl IntoView {
    let state = expect_context::<State>();
    let since = Memo::new(move |_| state.connection.get().offline_since_ms());
    let text = move || {
        since.get().map(|since| {
            format!(
                "Offline since {}. What is shown may be out of date; editing waits for the connection.",
                time_of_day(since)
            )
        })
    };
    view! {
        <div class="offline-banner" role="alert" data-testid="offline-banner" class:shown=move || since.get().is_some()>
            {text}
        </div>
    }
}

fn class_of(status: ConnectionStatus) -> &'static str {
    match status {
        ConnectionStatus::Connecting => "connecting",
        ConnectionStatus::Live { .. } => "live",
        ConnectionStatus::Waiting { .. } => "reconnecting",
        ConnectionStatus::Retrying { .. } => "retrying",
        ConnectionStatus::Unauthorized => "unauthorized",
    }
}

fn word_of(status: ConnectionStatus, now_ms: f64) -> String {
    match status {
        ConnectionStatus::Connecting => "Connecting".to_owned(),
        ConnectionStatus::Live { .. } => "Live".to_owned(),
        ConnectionStatus::Waiting { retry_at_ms, .. } => {
            let seconds = ((retry_at_ms - now_ms) / 1000.0).ceil().max(0.0);
            format!("Reconnecting in {seconds} s")
        }
        ConnectionStatus::Retrying { .. } => "Reconnecting".to_owned(),
        ConnectionStatus::Unauthorized => "Not authorized".to_owned(),
    }
}

/// The time, ticking only while a countdown is shown.
fn second_hand(state: State) -> RwSignal<f64> {
    let now = RwSignal::new(now_ms());
    Effect::new(move |ticking: Option<Option<IntervalHandle>>| {
        if let Some(handle) = ticking.flatten() {
            handle.clear();
        }
        let counting = matches!(state.connection.get(), ConnectionStatus::Waiting { .. });
        now.set(now_ms());
        counting
            .then(|| {
                let tick = move || now.set(now_ms());
                set_interval_with_handle(tick, Duration::from_millis(500)).ok()
            })
            .flatten()
    });
    now
}
