//! What stands in the middle when there is no group or dataset to show.

use crate::view::dynamic::When;
use hdf5_async_protocol::model::{Link, ObjectPath};
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::actions::Actions;
use crate::address::{Address, Place};
use crate::clock::{date_and_time, time_of_day};
use crate::state::{ShownObject, State};
use crate::view::icon::Icon;
use crate::view::object_link::ObjectLink;
use crate::words;

/// The served files.
#[component]
pub fn StartPage() -> impl IntoView {
    let state = expect_context::<State>();
    let actions = expect_context::<Actions>();
    let row = move |file: hdf5_async_protocol::message::reply::FileInfo| {
        let name = file.name.clone();
        let href = Address::href(&Place::in_file(&name, ObjectPath::root()));
        let open = move |event: web_sys::MouseEvent| {
            event.prevent_default();
            actions.go_to_file(&name);
        };
        view! {
            <li>
                <a class="file-line" href=href on:click=open>
                    <span class="kind group"><Icon name="file"/></span>
                    <span class="file-name">{file.name.clone()}</span>
                    <When when=move || file.read_only><span class="tag">"read-only"</span></When>
                    <span class="muted">{words::bytes(file.bytes)}</span>
                    <span class="muted">{date_and_time(file.modified * 1000.0)}</span>
                </a>
            </li>
        }
    };
    let list = move || {
        match state.files.get() {
        None => view! { <p class="loading" role="status">"Loading …"</p> }.into_any(),
        Some(files) if files.is_empty() => {
            view! { <p>"The server serves no files. Start it with the paths of HDF5 files or folders."</p> }.into_any()
        }
        Some(files) => view! { <ul class="file-list">{files.into_iter().map(row).collect_view()}</ul> }.into_any(),
    }
    };
    view! { <section class="card wide"><h1>"Files"</h1>{list}</section> }
}

#[component]
pub fn UnauthorizedPage() -> impl IntoView {
    view! {
        <section class="card" role="alert" data-testid="unauthorized">
            <h1><Icon name="lock"/> "This browser is not let in"</h1>
            <p>
                "The server asks for a token. Open the address that it printed when it started: it ends with "
                <code>"#token=…"</code> "."
            </p>
        </section>
    }
}

/// Over the last that was known of an object.
#[component]
pub fn DeletedBar() -> impl IntoView {
    let state = expect_context::<State>();
    let text = move || {
        state.object.with(|object| match object {
            ShownObject::Deleted { by, time_ms, .. } => {
                format!(
                    "Deleted by {by} at {}. What is shown is the last that was known.",
                    time_of_day(*time_ms)
                )
            }
            _ => String::new(),
        })
    };
    let parent = Signal::derive(move || {
        let path = state.object.with(|object| object.path().and_then(ObjectPath::parent));
        path.unwrap_or_else(ObjectPath::root)
    });
    view! {
        <div class="bar warn" role="status" data-testid="deleted-bar">
            <span>{text}</span>
            <ObjectLink path=parent>"Go to its group"</ObjectLink>
        </div>
    }
}

#[component]
pub fn DatatypeCard() -> impl IntoView {
    let state = expect_context::<State>();
    let text = move || {
        state.object.with(|object| {
            let datatype = object.info().and_then(|info| info.datatype.as_ref());
            datatype.map(ToString::to_string).unwrap_or_default()
        })
    };
    view! { <section class="card"><h1>"Named datatype"</h1><p class="mono">{text}</p></section> }
}

/// The object could not be shown: a link that leads nowhere, or the server's refusal.
#[component]
pub fn FailureCard(path: ObjectPath) -> impl IntoView {
    let state = expect_context::<State>();
    let link = Memo::new(move |_| {
        state.tree.with(|tree| {
            let child = tree.child(&path)?;
            (child.kind.is_none() && child.link != Link::Hard).then(|| child.link.clone())
        })
    });
    move || match link.get() {
        Some(link) => view! { <LinkCard link/> }.into_any(),
        None => view! { <RefusalCard/> }.into_any(),
    }
}

#[component]
fn LinkCard(link: Link) -> impl IntoView {
    let (title, target, why) = match link {
        Link::Soft { target } => (
            "Dangling soft link",
            target,
            "There is no object at this path in the file. The link works again as soon as there is one.",
        ),
        Link::External { file, target } => (
            "External link",
            format!("{target} in {file}"),
            "It points into another file. Links between files are shown, but not followed.",
        ),
        Link::UserDefined { class } => (
            "User-defined link",
            format!("link class {class}"),
            "Its class is known only to the program that made it, so it is not followed.",
        ),
        Link::Hard => ("Link", String::new(), ""),
    };
    view! {
        <section class="card" data-testid="link-card">
            <h1><Icon name="soft"/> {title}</h1>
            <p class="mono link-target">"→ " {target}</p>
            <p class="muted">{why}</p>
        </section>
    }
}

#[component]
fn RefusalCard() -> impl IntoView {
    let state = expect_context::<State>();
    let actions = expect_context::<Actions>();
    let refusal = move || {
        state.object.with(|object| match object {
            ShownObject::Failed { refusal, .. } => Some(refusal.clone()),
            _ => None,
        })
    };
    let parent = Signal::derive(move || {
        let path = state.object.with(|object| object.path().and_then(ObjectPath::parent));
        path.unwrap_or_else(ObjectPath::root)
    });
    view! {
        <section class="card failure" role="alert" data-testid="failure-card">
            <h1><Icon name="warning"/> "This cannot be shown"</h1>
            <p>{move || refusal().map(|refusal| refusal.message)}</p>
            <p class="muted mono">{move || refusal().map(|refusal| refusal.code)}</p>
            <p class="card-actions">
                <button on:click=move |_| spawn_local(actions.describe_shown())>"Retry"</button>
                <ObjectLink path=parent>"Go to its group"</ObjectLink>
            </p>
        </section>
    }
}
