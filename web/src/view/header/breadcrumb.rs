//! The path of the object on screen, each group on the way a link.

use std::time::Duration;

use crate::view::dynamic::When;
use hdf5_async_protocol::model::ObjectPath;
use leptos::prelude::*;

use crate::address::Address;
use crate::state::State;
use crate::view::icon::Icon;
use crate::view::object_link::ObjectLink;

#[component]
pub fn Breadcrumb() -> impl IntoView {
    let address = expect_context::<Address>();
    let path = Memo::new(move |_| address.path());
    let steps = move || {
        let path = path.get();
        let mut way = vec![];
        let mut at = Some(path.clone());
        while let Some(group) = at {
            at = group.parent();
            way.push(group);
        }
        way.reverse();
        let last = way.len() - 1;
        let step = move |(position, path): (usize, ObjectPath)| {
            let name = path.name().unwrap_or("/").to_owned();
            let separator = (position > 1)
                .then(|| view! { <span class="separator" aria-hidden="true">"/"</span> });
            let current = (position == last).then_some("page");
            view! { {separator} <span aria-current=current><ObjectLink path>{name}</ObjectLink></span> }
        };
        way.into_iter().enumerate().map(step).collect_view()
    };
    view! {
        <nav class="breadcrumb" aria-label="Path" data-testid="breadcrumb">
            <When when=move || address.file().is_some()>{steps} <CopyPath/></When>
        </nav>
    }
}

/// Copies the path of the object on screen.
#[component]
fn CopyPath() -> impl IntoView {
    let address = expect_context::<Address>();
    let state = expect_context::<State>();
    let copied = RwSignal::new(false);
    let copy = move |_| {
        let path = address.path();
        let writing = window().navigator().clipboard().write_text(path.as_str());
        wasm_bindgen_futures::spawn_local(async move {
            if wasm_bindgen_futures::JsFuture::from(writing).await.is_err() {
                state.report_failure("The browser did not allow copying.");
                return;
            }
            copied.set(true);
            crate::clock::sleep(Duration::from_secs(1)).await;
            copied.try_set(false);
        });
    };
    view! {
        <button class="quiet icon-only copy-path" title="Copy the path" aria-label="Copy the path" on:click=copy>
            <When when=move || copied.get() fallback=|| view! { <Icon name="copy"/> }>
                <span role="status" class="copied">"Copied"</span>
            </When>
        </button>
    }
}
