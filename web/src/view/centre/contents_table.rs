//! What a group holds: one line for each link.

use crate::view::dynamic::{When, text};
use hdf5_async_protocol::model::{Child, Link, ObjectKind, ObjectPath};
use leptos::prelude::*;

use crate::actions::Actions;
use crate::state::State;
use crate::state::tree::Group;
use crate::view::icon::Icon;
use crate::view::layout::{Dialog, Layout};
use crate::view::object_link::ObjectLink;
use crate::view::virtual_rows::{Scrolling, VirtualRows};
use crate::words;

const ROW_PX: f64 = 32.0;

#[component]
pub fn ContentsTable(
    /// Of the group.
    path: ObjectPath,
) -> impl IntoView {
    let state = expect_context::<State>();
    let actions = expect_context::<Actions>();
    actions.begin_group(&path);
    let path = StoredValue::new(path);
    let group = move |read: &dyn Fn(&Group) -> u64| {
        path.with_value(|path| state.tree.with(|tree| tree.group(path).map(read)))
    };
    let listed = Memo::new(move |_| group(&|group| group.children.len() as u64).unwrap_or(0));
    let total = Memo::new(move |_| group(&|group| group.total));
    let loading = Memo::new(move |_| {
        path.with_value(|path| {
            state.tree.with(|tree| tree.group(path).is_none_or(|group| group.loading))
        })
    });
    let scrolling = Scrolling::new(ROW_PX);
    // The next page is asked for before the end of the listed ones comes into sight.
    Effect::new(move |_| {
        let near_end = scrolling.last_seen() as u64 + 50 >= listed.get();
        let missing = total.get().is_some_and(|total| total > listed.get());
        if near_end && missing && !loading.get() {
            path.with_value(|path| actions.load_more(path));
        }
    });
    let n_rows = Signal::derive(move || usize::try_from(listed.get()).unwrap_or(usize::MAX));
    let empty = move || total.get() == Some(0) && !loading.get();
    let heading = path.with_value(|path| path.name().unwrap_or("/").to_owned());
    view! {
        <section class="contents" data-testid="contents-table">
            <div class="contents-bar">
                <h1><span class="kind group"><Icon name="group"/></span> {heading}</h1>
                <span class="muted">{move || total.get().map(|total| words::counted(total, "link", "links"))}</span>
            </div>
            <When when=move || !empty() fallback=move || view! { <EmptyGroup path/> }>
                <div class="contents-row head" aria-hidden="true">
                    <span>"Name"</span><span>"Kind"</span><span>"Datatype"</span><span>"Shape"</span>
                    <span class="number">"Attributes"</span>
                </div>
                <VirtualRows
                    scrolling
                    n_rows
                    row=move |index| view! { <ContentsRow group=path index/> }
                    attr:class="virtual-rows contents-rows"
                    attr:role="list"
                    attr:aria-label="Contents of the group"
                />
            </When>
        </section>
    }
}

#[component]
fn ContentsRow(group: StoredValue<ObjectPath>, index: Memo<usize>) -> impl IntoView {
    let state = expect_context::<State>();
    let child = Memo::new(move |_| {
        group.with_value(|path| {
            state.tree.with(|tree| tree.group(path)?.children.get(index.get()).cloned())
        })
    });
    let of = move |read: fn(&Child) -> String| {
        text(move || child.with(|child| child.as_ref().map(read).unwrap_or_default()))
    };
    let path = Signal::derive(move || {
        let name = child.with(|child| child.as_ref().map(|child| child.name.clone()));
        let path = group.with_value(|path| path.join(&name.unwrap_or_default()));
        path.unwrap_or_else(|_| group.get_value())
    });
    let icon = Signal::derive(move || child.with(|child| child.as_ref().map_or("", icon_of)));
    let kind_class =
        move || child.with(|child| format!("kind {}", child.as_ref().map_or("", class_of)));
    view! {
        <div class="contents-row" role="listitem" data-testid="contents-row" data-path=move || path.get().to_string()>
            <span class="contents-name">
                <span class=kind_class><Icon name=icon/></span>
                <ObjectLink path>{of(|child| child.name.clone())}</ObjectLink>
                <span class="tree-link">{of(link_text)}</span>
            </span>
            <span class="muted">{of(kind_text)}</span>
            <span class="mono">{of(|child| child.datatype.as_ref().map(words::datatype_short).unwrap_or_default())}</span>
            <span class="mono">{of(shape_text)}</span>
            <span class="number muted">{of(|child| if child.n_attributes == 0 { String::new() } else { words::count(child.n_attributes) })}</span>
        </div>
    }
}

#[component]
fn EmptyGroup(path: StoredValue<ObjectPath>) -> impl IntoView {
    let state = expect_context::<State>();
    let layout = expect_context::<Layout>();
    view! {
        <div class="empty">
            <p>"This group is empty."</p>
            <When when=move || state.editing.get()>
                <p class="card-actions">
                    <button on:click=move |_| layout.ask(Dialog::NewGroup(path.get_value()))>"New group"</button>
                    <button on:click=move |_| layout.ask(Dialog::NewDataset(path.get_value()))>"New dataset"</button>
                </p>
            </When>
        </div>
    }
}

fn icon_of(child: &Child) -> &'static str {
    match (child.kind, &child.link) {
        (Some(ObjectKind::Group), _) => "group",
        (Some(ObjectKind::Dataset), _) => "dataset",
        (Some(ObjectKind::NamedDatatype), _) => "datatype",
        (None, Link::External { .. }) => "external",
        (None, _) => "broken",
    }
}

fn class_of(child: &Child) -> &'static str {
    match child.kind {
        Some(ObjectKind::Group) => "group",
        Some(ObjectKind::Dataset) => "dataset",
        Some(ObjectKind::NamedDatatype) => "datatype",
        None => "link",
    }
}

fn kind_text(child: &Child) -> String {
    let kind = words::kind(child.kind, &child.link);
    match (child.kind, &child.link) {
        (Some(_), Link::Soft { .. }) => format!("{kind} (soft link)"),
        (Some(_), Link::External { .. }) => format!("{kind} (external link)"),
        _ => kind.to_owned(),
    }
}

fn link_text(child: &Child) -> String {
    match &child.link {
        Link::Hard => String::new(),
        Link::Soft { target } => format!("→ {target}"),
        Link::External { file, target } => format!("→ {file}:{target}"),
        Link::UserDefined { class } => format!("link class {class}"),
    }
}

fn shape_text(child: &Child) -> String {
    match (&child.shape, child.kind) {
        (Some(shape), _) => words::shape(shape),
        (None, Some(ObjectKind::Dataset)) if child.datatype.is_some() => "null".to_owned(),
        (None, Some(ObjectKind::Group)) => {
            child.n_children.map(|n| words::counted(n, "link", "links")).unwrap_or_default()
        }
        _ => String::new(),
    }
}
