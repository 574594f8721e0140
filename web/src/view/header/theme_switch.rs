//! Light, dark, or as the system has it; remembered by this browser.

use leptos::prelude::*;

use crate::view::icon::Icon;
use crate::view::layout::storage;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Theme {
    Auto,
    Light,
    Dark,
}

const KEY: &str = "theme";

impl Theme {
    fn remembered() -> Self {
        let known = storage().and_then(|storage| storage.get_item(KEY).ok().flatten());
        match known.as_deref() {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            _ => Self::Auto,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    fn next(self) -> Self {
        match self {
            Self::Auto => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::Auto,
        }
    }

    fn put_on(self) {
        let Some(root) = document().document_element() else { return };
        // Both calls fail only for names that are no attribute names.
        let _done = match self {
            Self::Auto => root.remove_attribute("data-theme"),
            Self::Light | Self::Dark => root.set_attribute("data-theme", self.name()),
        };
        if let Some(storage) = storage() {
            let _full = storage.set_item(KEY, self.name());
        }
    }
}

#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let theme = RwSignal::new(Theme::remembered());
    Effect::new(move |_| theme.get().put_on());
    let icon = Signal::derive(move || match theme.get() {
        Theme::Auto => "auto",
        Theme::Light => "sun",
        Theme::Dark => "moon",
    });
    let label = move || format!("Colors: {}", theme.get().name());
    view! {
        <button
            class="quiet icon-only"
            data-testid="theme-switch"
            data-theme-choice=move || theme.get().name()
            title=label
            aria-label=label
            on:click=move |_| theme.update(|theme| *theme = theme.next())
        >
            <Icon name=icon/>
        </button>
    }
}
