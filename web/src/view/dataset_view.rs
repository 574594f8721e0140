//! The dataset on screen: a value, a grid of elements, or a plot of them.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "pixels and indices below 2^53 are exact in f64; every cast back is clamped before"
)]

pub mod cell_editor;
pub mod cell_text;
pub mod choice;
pub mod element_grid;
pub mod element_size;
pub mod follow;
pub mod frame;
pub mod heatmap;
pub mod line_plot;
pub mod newest_read;
pub mod paced;
pub mod plot_frame;
pub mod refusal_note;
pub mod slicing;
pub mod slicing_bar;
pub mod subject;
pub mod surface;
pub mod theme_change;
pub mod value_card;

use hdf5_async_protocol::model::{Datatype, ObjectPath};
use leptos::prelude::*;

use crate::actions::Actions;
use crate::address::Address;
use crate::state::State;
use choice::{ViewKind, views};
use element_grid::ElementGrid;
use follow::{FollowToggle, follow_growth};
use heatmap::Heatmap;
use line_plot::LinePlot;
use slicing::Slicing;
use slicing_bar::SlicingBar;
use subject::Subject;
use value_card::ValueCard;

/// What makes the view start anew when it changes; the shape is not in it.
#[derive(Clone, Debug, PartialEq)]
struct Kind {
    datatype: Datatype,
    /// `None` for a null dataspace.
    rank: Option<usize>,
}

/// Shows the dataset at `path`; a new one is made for every path.
#[component]
pub fn DatasetView(
    /// Of the dataset.
    path: ObjectPath,
) -> impl IntoView {
    let state = expect_context::<State>();
    // While another object is on its way to the screen, this one keeps its last facts.
    let kind = Memo::new(move |before: Option<&Option<Kind>>| {
        let facts = state.dataset.with(|dataset| {
            dataset.as_ref().map(|dataset| Kind {
                datatype: dataset.datatype.clone(),
                rank: dataset.shape.as_ref().map(Vec::len),
            })
        });
        facts.or_else(|| before.cloned().flatten())
    });
    let shape = Memo::new(move |before: Option<&Vec<u64>>| {
        let shape = state.dataset.with(|dataset| dataset.as_ref()?.shape.clone());
        shape.or_else(|| before.cloned()).unwrap_or_default()
    });
    let name = path.to_string();
    let body = move || {
        let kind = kind.get()?;
        let path = path.clone();
        Some(match kind.rank {
            None => view! { <NullCard datatype=kind.datatype/> }.into_any(),
            Some(rank) => view! { <Elements path datatype=kind.datatype rank shape/> }.into_any(),
        })
    };
    view! { <section class="dataset-view" data-testid="dataset-view" data-path=name>{body}</section> }
}

#[component]
fn NullCard(datatype: Datatype) -> impl IntoView {
    view! {
        <div class="value-card" data-testid="value-card">
            <p class="value-type">{datatype.to_string()}</p>
            <p>"Null dataspace: this dataset has a datatype but no elements."</p>
        </div>
    }
}

#[component]
fn Elements(
    path: ObjectPath,
    datatype: Datatype,
    rank: usize,
    shape: Memo<Vec<u64>>,
) -> impl IntoView {
    let (state, actions) = (expect_context::<State>(), expect_context::<Actions>());
    let address = expect_context::<Address>();
    let dims = shape.get_untracked();
    // A shape of another rank is on its way, and with it a new view.
    let dims = if dims.len() == rank { dims } else { vec![0; rank] };
    let parameter = |name: &str| untrack(|| address.view_param(name));
    let slicing =
        Slicing::from_texts(&dims, parameter("sel").as_deref(), parameter("map").as_deref());
    let offered = views(&datatype, &dims);
    let asked = parameter("v").and_then(|name| ViewKind::from_name(&name));
    let first = asked.filter(|kind| offered.contains(kind)).or(offered.first().copied());
    let subject = Subject {
        path,
        datatype: datatype.clone(),
        shape,
        slicing: RwSignal::new(slicing),
        view: RwSignal::new(first.unwrap_or(ViewKind::Table)),
        follow: RwSignal::new(false),
        actions,
        state,
    };
    provide_context(subject.clone());
    follow_growth(&subject);
    keep_address(&subject, address, offered.first().copied());
    let view = subject.view;
    let body = move || match view.get() {
        ViewKind::Value => view! { <ValueCard/> }.into_any(),
        ViewKind::Table => view! { <ElementGrid/> }.into_any(),
        ViewKind::Line => view! { <LinePlot/> }.into_any(),
        ViewKind::Heatmap => view! { <Heatmap/> }.into_any(),
    };
    view! {
        <div class="view-bar"><ViewTabs offered view/><FollowToggle subject=subject.clone()/></div>
        <SlicingBar/>
        <div class="view-body" role="tabpanel">{body}</div>
    }
}

/// Writes view and slice into the address.
fn keep_address(subject: &Subject, address: Address, default: Option<ViewKind>) {
    let (slicing, view, rank) = (subject.slicing, subject.view, subject.rank());
    Effect::watch(
        move || (view.get(), slicing.get()),
        move |(view, slicing), _, _| {
            let axes = view.axes(rank);
            let name = (Some(*view) != default).then(|| view.name());
            let indices = (!slicing.sliced(axes).is_empty()).then(|| slicing.indices_text(axes));
            address.replace_view_param("v", name);
            address.replace_view_param("sel", indices.as_deref());
            address.replace_view_param("map", slicing.mapping_text().as_deref());
        },
        false,
    );
}

#[component]
fn ViewTabs(offered: Vec<ViewKind>, view: RwSignal<ViewKind>) -> impl IntoView {
    let order: Vec<ViewKind> =
        ViewKind::ALL.into_iter().filter(|kind| offered.contains(kind)).collect();
    let arrows = order.clone();
    let on_key = move |event: web_sys::KeyboardEvent| {
        let position = arrows.iter().position(|kind| *kind == view.get_untracked()).unwrap_or(0);
        let next = match event.key().as_str() {
            "ArrowRight" => (position + 1) % arrows.len(),
            "ArrowLeft" => (position + arrows.len() - 1) % arrows.len(),
            _ => return,
        };
        event.prevent_default();
        view.set(arrows[next]);
    };
    let tab = move |kind: ViewKind| {
        let chosen = move || view.get() == kind;
        view! {
            <button type="button" role="tab" class="view-tab" data-testid="view-tab" data-view=kind.name()
                aria-selected=move || chosen().to_string() tabindex=move || if chosen() { "0" } else { "-1" }
                on:click=move |_| view.set(kind)>{kind.label()}</button>
        }
    };
    view! {
        <div class="view-tabs" role="tablist" aria-label="Views" on:keydown=on_key>
            {order.into_iter().map(tab).collect_view()}
        </div>
    }
}
