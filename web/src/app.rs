//! The whole page: provides state and actions, begins the connection, lays out the panels.

use std::rc::Rc;

use crate::view::dynamic::When;
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::actions::Actions;
use crate::address::Address;
use crate::connection::Connection;
use crate::connection_status::ConnectionStatus;
use crate::mirror::Mirror;
use crate::state::State;
use crate::token;
use crate::view::centre::Centre;
use crate::view::dialogs::Dialogs;
use crate::view::events_drawer::EventsDrawer;
use crate::view::header::{Header, OfflineBanner};
use crate::view::inspector::Inspector;
use crate::view::layout::{Dialog, Layout};
use crate::view::notices::NoticeList;
use crate::view::object_tree::ObjectTree;
use crate::view::splitter::{Side, Splitter};

#[component]
pub fn App() -> impl IntoView {
    let address = Address::from_window();
    let state = State::new(Signal::derive(move || address.file()));
    let layout = Layout::from_window();
    provide_context(address);
    provide_context(state);
    provide_context(layout);
    begin(address, state);
    follow_keys(state, layout);
    report_panics(state);
    name_the_page(address);
    let embedded =
        Memo::new(move |_| address.view_param("embed").is_some_and(|value| value != "0"));
    let has_tree = move || layout.tree_open.get() && !embedded.get() && address.file().is_some();
    let has_inspector = move || {
        layout.inspector_open.get()
            && !layout.narrow.get()
            && !embedded.get()
            && address.file().is_some()
    };
    view! {
        <div class="page" class:embedded=embedded>
            <When when=move || !embedded.get()><Header/></When>
            <OfflineBanner/>
            <div class="panels">
                <When when=has_tree>
                    <div class="panel" style:width=move || format!("{}px", layout.tree_width.get())><ObjectTree/></div>
                    <Splitter side=Side::Left width=layout.tree_width label="Width of the tree"/>
                </When>
                <Centre/>
                <When when=has_inspector>
                    <Splitter side=Side::Right width=layout.inspector_width label="Width of the inspector"/>
                    <div class="panel" style:width=move || format!("{}px", layout.inspector_width.get())><Inspector/></div>
                </When>
            </div>
            <When when=move || !embedded.get() && address.file().is_some()><EventsDrawer/></When>
            <NoticeList/>
            <Dialogs/>
        </div>
    }
}

/// Presents the token, then talks to the server for as long as the page lives.
fn begin(address: Address, state: State) {
    let connection = Connection::new(token::socket_url());
    let actions = Actions::new(state, address, connection.clone());
    provide_context(actions);
    let mirror = Mirror::new(state, address, actions);
    mirror.follow(connection.clone());
    spawn_local(async move {
        match token::present().await {
            Ok(()) => connection.begin(Rc::new(mirror)),
            Err(refusal) => {
                state.connection.set(ConnectionStatus::Unauthorized);
                leptos::logging::warn!("{refusal}");
            }
        }
    });
    // An address with a token, opened in this very tab, loads nothing by itself.
    let _kept_for_the_life_of_the_page = window_event_listener(leptos::ev::hashchange, |_| {
        let location = window().location();
        if location.hash().is_ok_and(|hash| hash.starts_with("#token=")) {
            let _reloading = location.reload();
        }
    });
}

/// The keys that work anywhere but where text is typed.
fn follow_keys(state: State, layout: Layout) {
    let _kept_for_the_life_of_the_page = window_event_listener(leptos::ev::keydown, move |event| {
        let typing = document().active_element().is_some_and(|element| {
            matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
        });
        let modified = event.ctrl_key() || event.meta_key() || event.alt_key();
        let in_dialog = layout.dialog.with_untracked(Option::is_some);
        if typing || modified || in_dialog || event.default_prevented() {
            return;
        }
        match event.key().as_str() {
            "?" => layout.ask(Dialog::Help),
            "[" => layout.tree_open.update(|open| *open = !*open),
            "]" => layout.toggle_inspector(),
            "`" => layout.drawer_open.update(|open| *open = !*open),
            "e" | "E" if !state.read_only.get_untracked() => {
                state.edit_mode.update(|on| *on = !*on);
            }
            _ => return,
        }
        event.prevent_default();
    });
}

/// A fault of the page is said on the page, and in full in the console.
fn report_panics(state: State) {
    std::panic::set_hook(Box::new(move |fault| {
        web_sys::console::error_1(&fault.to_string().into());
        request_animation_frame(move || {
            state.report_failure("The page met a fault of its own. Load it again to go on.");
        });
    }));
}

/// The browser's tab and history say what is shown.
fn name_the_page(address: Address) {
    Effect::new(move |_| {
        let place = address.place();
        let title = match &place.file {
            Some(file) => format!("{} · {file} · HDF5 Async", place.path),
            None => "HDF5 Async".to_owned(),
        };
        document().set_title(&title);
    });
}
