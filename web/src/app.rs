//! The whole page: provides state and actions, lays out the panels.

use leptos::prelude::*;

use crate::actions::Actions;
use crate::address::Address;
use crate::state::State;
use crate::connection::Connection;
use crate::view::dataset_view::DatasetView;

#[component]
pub fn App() -> impl IntoView {
    let address = Address::from_window();
    let state = State::new(Signal::derive(move || address.file()));
    provide_context(address);
    provide_context(state);
    let connection = Connection::new("ws://x/ws".to_owned());
    let actions = Actions::new(state, address, connection.clone());
    provide_context(actions);
    view! { <main>{move || view! { <DatasetView path=address.path()/> }}</main> }
}
