//! The dataset on screen: a value, a grid of elements, or a plot of them.

use hdf5_async_protocol::model::ObjectPath;
use leptos::prelude::*;

/// Shows the dataset at `path`; a new one is made for every path.
#[component]
pub fn DatasetView(
    /// Of the dataset.
    path: ObjectPath,
) -> impl IntoView {
    view! { <section class="dataset-view" data-testid="dataset-view" data-path=path.to_string()></section> }
}
