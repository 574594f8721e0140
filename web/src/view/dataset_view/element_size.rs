//! The size of an element on the page, told whenever it changes.

use leptos::prelude::{StoredValue, WithValue as _, on_cleanup};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, ResizeObserver};

type Observed = Closure<dyn FnMut()>;

/// Calls `on_size` with width and height of `element`'s inside in CSS pixels, now and later, until the
/// calling component goes.
pub fn observe_size(element: &Element, on_size: impl Fn(f64, f64) + 'static) {
    let watched = element.clone();
    let tell = move || {
        on_size(f64::from(watched.client_width()), f64::from(watched.client_height()));
    };
    tell();
    let closure: Observed = Closure::new(tell);
    let Ok(observer) = ResizeObserver::new(closure.as_ref().unchecked_ref()) else { return };
    observer.observe(element);
    let kept = StoredValue::new_local((observer, closure));
    on_cleanup(move || {
        kept.try_with_value(|(observer, _)| observer.disconnect());
    });
}
