//! Middle: the object on screen, whatever it is.

pub mod cards;
pub mod contents_table;

use crate::view::dynamic::When;
use hdf5_async_protocol::model::{ObjectKind, ObjectPath};
use leptos::prelude::*;

use super::dataset_view::DatasetView;
use super::inspector::Inspector;
use super::layout::Layout;
use crate::address::Address;
use crate::connection_status::ConnectionStatus;
use crate::state::{ShownObject, State};
use cards::{DatatypeCard, DeletedBar, FailureCard, StartPage, UnauthorizedPage};
use contents_table::ContentsTable;

/// What the middle shows; another one mounts anew, the same one stays as it is.
#[derive(Clone, Debug, PartialEq)]
enum Shown {
    Unauthorized,
    Start,
    Loading,
    Object(ObjectKind, ObjectPath),
    Failed(ObjectPath),
}

impl Shown {
    fn of(state: State, address: Address) -> Self {
        let unauthorized = state.connection.get() == ConnectionStatus::Unauthorized;
        if unauthorized && state.session.with(Option::is_none) {
            return Self::Unauthorized;
        }
        if address.file().is_none() {
            return Self::Start;
        }
        state.object.with(|object| match object {
            ShownObject::Nothing | ShownObject::Loading(_) => Self::Loading,
            ShownObject::Known(info) | ShownObject::Deleted { last: info, .. } => {
                Self::Object(info.kind, info.path.clone())
            }
            ShownObject::Failed { path, .. } => Self::Failed(path.clone()),
        })
    }
}

#[component]
pub fn Centre() -> impl IntoView {
    let state = expect_context::<State>();
    let address = expect_context::<Address>();
    let layout = expect_context::<Layout>();
    let shown = Memo::new(move |_| Shown::of(state, address));
    let content = move || match shown.get() {
        Shown::Unauthorized => view! { <UnauthorizedPage/> }.into_any(),
        Shown::Start => view! { <StartPage/> }.into_any(),
        Shown::Loading => view! { <p class="loading" role="status">"Loading …"</p> }.into_any(),
        Shown::Object(ObjectKind::Dataset, path) => view! { <DatasetView path/> }.into_any(),
        Shown::Object(ObjectKind::Group, path) => view! { <ContentsTable path/> }.into_any(),
        Shown::Object(ObjectKind::NamedDatatype, _) => view! { <DatatypeCard/> }.into_any(),
        Shown::Failed(path) => view! { <FailureCard path/> }.into_any(),
    };
    let gone = Memo::new(move |_| {
        state.object.with(|object| matches!(object, ShownObject::Deleted { .. }))
    });
    let inspector_instead = move || layout.narrow.get() && layout.inspector_tab.get();
    view! {
        <main class="centre" data-testid="centre">
            <When when=move || layout.narrow.get()><Tabs/></When>
            <When when=move || gone.get()><DeletedBar/></When>
            <div class="centre-content" class:gone=gone class:hidden=inspector_instead>{content}</div>
            <When when=inspector_instead><Inspector/></When>
        </main>
    }
}

/// In a narrow window the inspector is a tab beside the view.
#[component]
fn Tabs() -> impl IntoView {
    let chosen = expect_context::<Layout>().inspector_tab;
    let tab = move |inspector: bool, label: &'static str| {
        view! {
            <button
                role="tab"
                class="tab"
                aria-selected=move || (chosen.get() == inspector).to_string()
                on:click=move |_| chosen.set(inspector)
            >
                {label}
            </button>
        }
    };
    view! { <div class="tabs" role="tablist" aria-label="View">{tab(false, "View")} {tab(true, "Inspector")}</div> }
}
