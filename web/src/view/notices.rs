//! Bottom right: short messages, the failures announced at once.

use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::icon::Icon;
use crate::clock::sleep;
use crate::state::notices::Notice;
use crate::state::{NoticeKind, State};

#[component]
pub fn NoticeList() -> impl IntoView {
    view! {
        <div class="notices">
            <div aria-live="assertive"><Kind kind=NoticeKind::Failure/></div>
            <div aria-live="polite"><Kind kind=NoticeKind::Note/></div>
        </div>
    }
}

#[component]
fn Kind(kind: NoticeKind) -> impl IntoView {
    let state = expect_context::<State>();
    let shown = move || {
        state.notices.with(|notices| {
            notices.shown().iter().filter(|notice| notice.kind == kind).cloned().collect::<Vec<_>>()
        })
    };
    view! { <For each=shown key=|notice| notice.number children=|notice| view! { <NoticeCard notice/> }/> }
}

#[component]
fn NoticeCard(notice: Notice) -> impl IntoView {
    let state = expect_context::<State>();
    let Notice { number, kind, text } = notice;
    let dismiss = move || state.notices.update(|notices| notices.dismiss(number));
    let stays = match kind {
        NoticeKind::Note => Duration::from_secs(6),
        NoticeKind::Failure => Duration::from_secs(20),
    };
    spawn_local(async move {
        sleep(stays).await;
        dismiss();
    });
    let class = match kind {
        NoticeKind::Note => "notice",
        NoticeKind::Failure => "notice failure",
    };
    view! {
        <div class=class data-testid="notice">
            <span>{text}</span>
            <button class="quiet icon-only" aria-label="Dismiss" on:click=move |_| dismiss()>
                <Icon name="close"/>
            </button>
        </div>
    }
}
