//! A link to another object of the file: an ordinary address for the browser, followed without loading a page.

use hdf5_async_protocol::model::ObjectPath;
use leptos::prelude::*;

use crate::actions::Actions;
use crate::address::{Address, Place};

#[component]
pub fn ObjectLink(#[prop(into)] path: Signal<ObjectPath>, children: Children) -> impl IntoView {
    let actions = expect_context::<Actions>();
    let address = expect_context::<Address>();
    let href = move || Address::href(&Place { file: address.file(), path: path.get() });
    let follow = move |event: web_sys::MouseEvent| {
        let elsewhere =
            event.ctrl_key() || event.meta_key() || event.shift_key() || event.button() != 0;
        if !elsewhere {
            event.prevent_default();
            actions.go_to(&path.get_untracked());
        }
    };
    view! { <a class="object-link" href=href on:click=follow>{children()}</a> }
}
