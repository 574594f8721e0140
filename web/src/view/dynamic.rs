//! Parts of the page that change, by types that all of them share: each kind of closure in a view would
//! otherwise become code of its own.

use leptos::prelude::*;

/// A text or attribute that follows the signals it reads.
pub fn text(read: impl Fn() -> String + Send + Sync + 'static) -> Signal<String> {
    Signal::derive(read)
}

/// A part of a view that follows the signals it reads.
pub fn part(
    draw: impl Fn() -> AnyView + Send + 'static,
) -> Box<dyn FnMut() -> AnyView + Send + 'static> {
    Box::new(draw)
}

/// Its children, while the condition holds.
#[component]
pub fn When(
    #[prop(into)] when: Signal<bool>,
    children: ChildrenFn,
    /// What stands there otherwise; nothing by default.
    #[prop(optional, into)]
    fallback: ViewFn,
) -> impl IntoView {
    let when = Memo::new(move |_| when.get());
    part(move || if when.get() { children() } else { fallback.run() })
}
