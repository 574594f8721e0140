//! Top: which file and object, how the connection stands, and the switches of the page.

pub mod breadcrumb;
pub mod connection_badge;
pub mod edit_switch;
pub mod file_picker;
pub mod theme_switch;

use leptos::prelude::*;

use super::icon::Icon;
use super::layout::{Dialog, Layout};
use breadcrumb::Breadcrumb;
use connection_badge::ConnectionBadge;
pub use connection_badge::OfflineBanner;
use edit_switch::EditSwitch;
use file_picker::FilePicker;
use theme_switch::ThemeSwitch;

#[component]
pub fn Header() -> impl IntoView {
    let layout = expect_context::<Layout>();
    let toggle_tree = move |_| layout.tree_open.update(|open| *open = !*open);
    let toggle_inspector = move |_| layout.toggle_inspector();
    view! {
        <header class="header">
            <button
                class="quiet icon-only"
                title="Show or hide the tree ([)"
                aria-label="Tree"
                aria-pressed=move || layout.tree_open.get().to_string()
                on:click=toggle_tree
            >
                <Icon name="sidebar-left"/>
            </button>
            <FilePicker/>
            <Breadcrumb/>
            <div class="header-end">
                <ConnectionBadge/>
                <EditSwitch/>
                <ThemeSwitch/>
                <button
                    class="quiet icon-only"
                    title="Keys (?)"
                    aria-label="Help"
                    data-testid="help-button"
                    on:click=move |_| layout.ask(Dialog::Help)
                >
                    "?"
                </button>
                <button
                    class="quiet icon-only"
                    title="Show or hide the inspector (])"
                    aria-label="Inspector"
                    aria-pressed=move || layout.inspector_open.get().to_string()
                    on:click=toggle_inspector
                >
                    <Icon name="sidebar-right"/>
                </button>
            </div>
        </header>
    }
}
