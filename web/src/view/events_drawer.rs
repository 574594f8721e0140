//! Bottom: the changes of the file as they happen, newest on top.

pub mod row;

use crate::view::dynamic::When;
use leptos::prelude::*;

use super::icon::Icon;
use super::layout::Layout;
use super::virtual_rows::{Scrolling, VirtualRows};
use crate::address::Address;
use crate::state::event_log::Entry;
use crate::state::{EventLog, State};
use crate::words;
use row::EventRow;

const ROW_PX: f64 = 24.0;

/// Which entries the drawer shows.
#[derive(Clone, Copy, Debug)]
struct Choice {
    /// Lower case.
    filter: RwSignal<String>,
    only_shown: RwSignal<bool>,
    /// Entries from this number on wait until the drawer goes on.
    paused_at: RwSignal<Option<u64>>,
}

#[component]
pub fn EventsDrawer() -> impl IntoView {
    let state = expect_context::<State>();
    let layout = expect_context::<Layout>();
    let choice = Choice {
        filter: RwSignal::new(String::new()),
        only_shown: RwSignal::new(false),
        paused_at: RwSignal::new(None),
    };
    let n_events = Memo::new(move |_| state.event_log.with(EventLog::next));
    let toggle = move |_| layout.drawer_open.update(|open| *open = !*open);
    let caret = Signal::derive(move || if layout.drawer_open.get() { "open" } else { "up" });
    let newest = move || {
        state.event_log.with(|log| {
            log.newest_first().next().map(|entry| {
                let path = entry.path.as_ref().map(ToString::to_string).unwrap_or_default();
                format!("{} {} {path}", entry.who, entry.what)
            })
        })
    };
    view! {
        <section class="events-drawer" class:open=layout.drawer_open data-testid="events-drawer" aria-label="Events">
            <div class="drawer-bar">
                <button
                    class="drawer-toggle"
                    data-testid="events-toggle"
                    title="Show or hide the events (`)"
                    aria-expanded=move || layout.drawer_open.get().to_string()
                    on:click=toggle
                >
                    <Icon name=caret/> "Events" <span class="count">{move || words::count(n_events.get())}</span>
                </button>
                <When when=move || layout.drawer_open.get() fallback=move || view! { <span class="newest-event muted">{newest}</span> }>
                    <DrawerTools choice/>
                </When>
            </div>
            <When when=move || layout.drawer_open.get()>
                <EventList choice/>
            </When>
        </section>
    }
}

#[component]
fn DrawerTools(choice: Choice) -> impl IntoView {
    let state = expect_context::<State>();
    let paused = move || choice.paused_at.get().is_some();
    let waiting = move || {
        let at = choice.paused_at.get()?;
        let waiting = state.event_log.with(EventLog::next).saturating_sub(at);
        Some(format!("Paused, {} waiting", words::count(waiting)))
    };
    let pause = move |_| {
        let next = state.event_log.with_untracked(EventLog::next);
        choice.paused_at.update(|at| *at = if at.is_some() { None } else { Some(next) });
    };
    let icon = Signal::derive(move || if paused() { "play" } else { "pause" });
    view! {
        <input
            type="search"
            placeholder="Filter events"
            aria-label="Filter the events"
            data-testid="events-filter"
            prop:value=choice.filter
            on:input=move |event| choice.filter.set(event_target_value(&event).to_lowercase())
        />
        <label class="check">
            <input type="checkbox" data-testid="events-only-selected" prop:checked=choice.only_shown
                on:change=move |event| choice.only_shown.set(event_target_checked(&event))/>
            "Only the selected object"
        </label>
        <button class="quiet" data-testid="events-pause" aria-pressed=move || paused().to_string() on:click=pause>
            <Icon name=icon/> {move || if paused() { "Go on" } else { "Pause" }}
        </button>
        <span class="muted" role="status">{waiting}</span>
    }
}

/// The entries to show: all of the log but the newest, or those at some places counted from the newest.
#[derive(Clone, Debug, PartialEq)]
enum Places {
    AllBut { newest: usize, n_rows: usize },
    These(Vec<usize>),
}

impl Places {
    fn of(
        log: &EventLog,
        paused_at: Option<u64>,
        is_wanted: Option<&dyn Fn(&Entry) -> bool>,
    ) -> Self {
        let is_old = |entry: &Entry| paused_at.is_none_or(|at| entry.number < at);
        match is_wanted {
            None => {
                let newest = log.newest_first().take_while(|entry| !is_old(entry)).count();
                Self::AllBut { newest, n_rows: log.len() - newest }
            }
            Some(is_wanted) => Self::These(
                log.newest_first()
                    .enumerate()
                    .filter(|(_, entry)| is_old(entry) && is_wanted(entry))
                    .map(|(place, _)| place)
                    .collect(),
            ),
        }
    }

    fn n_rows(&self) -> usize {
        match self {
            Self::AllBut { n_rows, .. } => *n_rows,
            Self::These(places) => places.len(),
        }
    }

    fn place(&self, row: usize) -> Option<usize> {
        match self {
            Self::AllBut { newest, n_rows } => (row < *n_rows).then_some(row + newest),
            Self::These(places) => places.get(row).copied(),
        }
    }
}

#[component]
fn EventList(choice: Choice) -> impl IntoView {
    let state = expect_context::<State>();
    let address = expect_context::<Address>();
    let places = Memo::new(move |_| {
        let filter = choice.filter.get();
        let only = choice.only_shown.get().then(|| address.path());
        let is_wanted = |entry: &Entry| {
            let here = only
                .as_ref()
                .is_none_or(|path| entry.path.as_ref().is_some_and(|of| of.is_within(path)));
            here && entry.matches(&filter)
        };
        let chooses = !filter.is_empty() || only.is_some();
        let is_wanted: Option<&dyn Fn(&Entry) -> bool> =
            if chooses { Some(&is_wanted) } else { None };
        state.event_log.with(|log| Places::of(log, choice.paused_at.get(), is_wanted))
    });
    let n_rows = Signal::derive(move || places.with(Places::n_rows));
    let entry = move |index: Memo<usize>| {
        Memo::new(move |_| {
            let place = places.with(|places| places.place(index.get()));
            state.event_log.with(|log| log.newest(place?).cloned())
        })
    };
    let scrolling = Scrolling::new(ROW_PX);
    view! {
        <When when=move || n_rows.get() == 0>
            <p class="muted none">"No events to show. Changes of this file appear here as they happen."</p>
        </When>
        <VirtualRows
            scrolling
            n_rows
            row=move |index| { let entry = entry(index); view! { <EventRow entry/> } }
            attr:class="virtual-rows event-rows"
            attr:role="log"
            attr:aria-live="off"
            attr:tabindex="0"
            attr:aria-label="Events, newest first"
        />
    }
}
