//! One row of the tree.

use crate::view::dynamic::text;
use hdf5_async_protocol::model::{Link, ObjectKind};
use leptos::prelude::*;

use super::TreeFocus;
use crate::actions::Actions;
use crate::address::Address;
use crate::clock::now_ms;
use crate::state::State;
use crate::state::tree::{Mark, RowFacts, RowKind};
use crate::view::icon::Icon;
use crate::words;

/// Pixels per level.
const INDENT_PX: u32 = 14;

#[component]
pub fn TreeRow(
    /// Which row this slot shows.
    index: Memo<usize>,
) -> impl IntoView {
    let state = expect_context::<State>();
    let actions = expect_context::<Actions>();
    let facts = Memo::new(move |_| state.tree.with(|tree| tree.row(index.get())));
    Effect::new(move |_| {
        let more = facts.with(|facts| match facts {
            Some(RowFacts { kind: RowKind::More(_), path, .. }) => Some(path.clone()),
            _ => None,
        });
        if let Some(path) = more {
            actions.load_more(&path);
        }
    });
    let is_object = Memo::new(move |_| {
        facts.with(|facts| facts.as_ref().map(|row| matches!(row.kind, RowKind::Object(_))))
    });
    move || match is_object.get() {
        Some(true) => view! { <ObjectRow index facts/> }.into_any(),
        Some(false) => view! { <RestRow facts/> }.into_any(),
        None => ().into_any(),
    }
}

#[component]
fn ObjectRow(index: Memo<usize>, facts: Memo<Option<RowFacts>>) -> impl IntoView {
    let actions = expect_context::<Actions>();
    let address = expect_context::<Address>();
    let focus = expect_context::<TreeFocus>();
    let of = move |read: fn(&RowFacts) -> String| {
        text(move || facts.with(|facts| facts.as_ref().map(read).unwrap_or_default()))
    };
    let selected = Memo::new(move |_| {
        let path = address.path();
        facts.with(|facts| facts.as_ref().is_some_and(|row| row.path == path))
    });
    let active = Memo::new(move |_| {
        focus
            .active
            .with(|path| facts.with(|facts| facts.as_ref().is_some_and(|row| row.path == *path)))
    });
    let class = move || {
        let mark = facts.with(|facts| facts.as_ref().and_then(|row| row.mark));
        let flash = mark.map_or("", flash_class);
        format!(
            "tree-row{}{} {flash}",
            if selected.get() { " selected" } else { "" },
            if active.get() { " active" } else { "" },
        )
    };
    let show = move |_| {
        let Some(row) = facts.get_untracked() else { return };
        if row.open == Some(false) {
            actions.set_open(&row.path, true);
        }
        actions.go_to(&row.path);
    };
    let toggle = move |event: web_sys::MouseEvent| {
        event.stop_propagation();
        if let Some(RowFacts { open: Some(open), path, .. }) = facts.get_untracked() {
            actions.set_open(&path, !open);
            focus.active.set(path);
        }
    };
    let open = Memo::new(move |_| facts.with(|facts| facts.as_ref().and_then(|row| row.open)));
    let caret = Signal::derive(move || if open.get() == Some(true) { "open" } else { "closed" });
    let icon = Signal::derive(move || facts.with(|facts| facts.as_ref().map_or("group", icon_of)));
    let indent = move || {
        let level = facts.with(|facts| facts.as_ref().map_or(1, |row| row.level));
        format!("{}px", (level - 1) * INDENT_PX + 4)
    };
    let name = move || {
        let file = address.file();
        facts.with(|facts| match facts {
            Some(row) if row.path.is_root() => {
                file.as_deref().and_then(|file| file.rsplit('/').next()).unwrap_or("/").to_owned()
            }
            Some(row) => row.name.clone(),
            None => String::new(),
        })
    };
    view! {
        <div
            class=class
            role="treeitem"
            id=move || format!("tree-row-{}", index.get())
            style:padding-left=indent
            data-testid="tree-row"
            data-path=of(|row| row.path.to_string())
            data-kind=of(|row| words::kind(kind_of(row), &row.link).to_owned())
            title=of(title)
            aria-label=of(label)
            attr:aria-level=of(|row| row.level.to_string())
            aria-posinset=of(|row| row.position.0.to_string())
            aria-setsize=of(|row| row.position.1.to_string())
            aria-expanded=move || open.get().map(|open| open.to_string())
            aria-selected=move || selected.get().to_string()
            on:click=show
        >
            <span class="tree-caret" class:none=move || open.get().is_none() on:click=toggle>
                <Icon name=caret/>
            </span>
            <span class=of(|row| format!("kind {}", kind_class(row)))><Icon name=icon/></span>
            <span class="tree-name">{name}</span>
            <span class="tree-link">{of(link_target)}</span>
            <span class="tree-count">{of(|row| row.n_children.map(words::count).unwrap_or_default())}</span>
            <span class="tree-detail">{of(|row| row.detail.clone())}</span>
            <span class="tree-attributes">
                {of(|row| if row.n_attributes == 0 { String::new() } else { format!("@{}", row.n_attributes) })}
            </span>
            <span class="tree-dot" aria-hidden="true"></span>
        </div>
    }
}

/// The end of a group that is not listed to its end.
#[component]
fn RestRow(facts: Memo<Option<RowFacts>>) -> impl IntoView {
    let actions = expect_context::<Actions>();
    let retry = move |_| {
        if let Some(row) = facts.get_untracked() {
            actions.load_more(&row.path);
        }
    };
    let content = move || match facts.get() {
        Some(RowFacts { kind: RowKind::Failed(message), .. }) => view! {
            <span class="tree-failed" title=message.clone()>{message.clone()}</span>
            <button class="quiet" tabindex="-1" on:click=retry>"Retry"</button>
        }
        .into_any(),
        Some(RowFacts { kind: RowKind::More(missing), .. }) => {
            format!("… {} more", words::count(missing)).into_any()
        }
        _ => "Loading …".into_any(),
    };
    let indent = move || {
        let level = facts.with(|facts| facts.as_ref().map_or(1, |row| row.level));
        format!("{}px", (level - 1) * INDENT_PX + 24)
    };
    view! { <div class="tree-row rest" role="presentation" style:padding-left=indent>{content}</div> }
}

fn flash_class(mark: Mark) -> &'static str {
    // A row that scrolls into sight later has nothing to fade any more.
    match (now_ms() - mark.at_ms < 700.0, mark.busy, mark.number % 2) {
        (_, true, _) => "busy",
        (true, false, 0) => "flash-even",
        (true, false, _) => "flash-odd",
        (false, false, _) => "",
    }
}

fn kind_of(row: &RowFacts) -> Option<ObjectKind> {
    match row.kind {
        RowKind::Object(kind) => kind,
        _ => None,
    }
}

fn icon_of(row: &RowFacts) -> &'static str {
    match (kind_of(row), &row.link) {
        (_, _) if row.path.is_root() => "file",
        (Some(ObjectKind::Group), _) => "group",
        (Some(ObjectKind::Dataset), _) => "dataset",
        (Some(ObjectKind::NamedDatatype), _) => "datatype",
        (None, Link::External { .. }) => "external",
        (None, Link::Soft { .. }) => "broken",
        (None, _) => "soft",
    }
}

fn kind_class(row: &RowFacts) -> &'static str {
    match kind_of(row) {
        Some(ObjectKind::Group) => "group",
        Some(ObjectKind::Dataset) => "dataset",
        Some(ObjectKind::NamedDatatype) => "datatype",
        None => "link",
    }
}

/// Where a link that was followed leads; a link that was not says so in its detail.
fn link_target(row: &RowFacts) -> String {
    match (&row.link, kind_of(row)) {
        (Link::Soft { target }, Some(_)) => format!("→ {target}"),
        _ => String::new(),
    }
}

/// What a screen reader says.
fn label(row: &RowFacts) -> String {
    let kind = words::kind(kind_of(row), &row.link);
    let attributes = match row.n_attributes {
        0 => String::new(),
        n => format!(", {}", words::counted(n, "attribute", "attributes")),
    };
    let detail = if row.detail.is_empty() { String::new() } else { format!(", {}", row.detail) };
    format!("{}, {kind}{detail}{attributes}", row.name)
}

/// What the pointer is told: the path, and how the link leads there.
fn title(row: &RowFacts) -> String {
    match &row.link {
        Link::Hard => row.path.to_string(),
        Link::Soft { target } => format!("{}\nsoft link to {target}", row.path),
        Link::External { file, target } => {
            format!("{}\nexternal link to {target} in {file}", row.path)
        }
        Link::UserDefined { class } => format!("{}\nlink of class {class}", row.path),
    }
}
