//! Canvases do not follow the style sheet by themselves: this tells them when the page's colors change.

use leptos::prelude::{StoredValue, WithValue as _, document, on_cleanup, window};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use web_sys::{MutationObserver, MutationObserverInit};

/// Calls `changed` when the system or the page switches between light and dark, until the calling component
/// goes.
pub fn on_theme_change(changed: impl Fn() + 'static) {
    let closure: Closure<dyn FnMut()> = Closure::new(changed);
    let function = closure.as_ref().unchecked_ref::<js_sys::Function>();
    let query = window().match_media("(prefers-color-scheme: dark)").ok().flatten();
    if let Some(query) = &query {
        query.add_event_listener_with_callback("change", function).ok();
    }
    let observer = MutationObserver::new(function).ok();
    if let (Some(observer), Some(root)) = (&observer, document().document_element()) {
        let what = MutationObserverInit::new();
        what.set_attributes(true);
        observer.observe_with_options(&root, &what).ok();
    }
    let kept = StoredValue::new_local((observer, query, closure));
    on_cleanup(move || {
        kept.try_with_value(|(observer, query, closure)| {
            if let Some(observer) = observer {
                observer.disconnect();
            }
            if let Some(query) = query {
                query
                    .remove_event_listener_with_callback("change", closure.as_ref().unchecked_ref())
                    .ok();
            }
        });
    });
}
