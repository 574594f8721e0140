//! Why a view has nothing to show, where it would have shown it.

use leptos::prelude::*;

use crate::refusal::Refusal;

#[component]
pub fn RefusalNote(refusal: Refusal, on_retry: Callback<()>) -> impl IntoView {
    view! {
        <div class="refusal-note" data-testid="view-error" data-code=refusal.code.clone() role="alert">
            <p>{refusal.message}</p>
            <button type="button" on:click=move |_| on_retry.run(())>"Try again"</button>
        </div>
    }
}
