//! Right: the facts of the object on screen, and its attributes.

pub mod facts;

use crate::view::dynamic::When;
use hdf5_async_protocol::model::{Datatype, Member};
use leptos::prelude::*;

use super::attribute_table::AttributeTable;
use crate::state::{ShownObject, State};
use facts::{Fact, facts};

#[component]
pub fn Inspector() -> impl IntoView {
    let state = expect_context::<State>();
    let list = Memo::new(move |_| {
        state.object.with(|object| match object {
            ShownObject::Known(info) | ShownObject::Deleted { last: info, .. } => facts(info),
            _ => Vec::new(),
        })
    });
    let members = Memo::new(move |_| {
        let datatype =
            state.dataset.with(|facts| facts.as_ref().map(|facts| facts.datatype.clone()));
        let named = || state.object.with(|object| object.info()?.datatype.clone());
        match datatype.or_else(named) {
            Some(Datatype::Compound { members, .. }) => members,
            _ => Vec::new(),
        }
    });
    let known = Memo::new(move |_| !list.with(Vec::is_empty));
    view! {
        <aside class="inspector" aria-label="Inspector" data-testid="inspector">
            <When when=move || known.get()>
                <section>
                    <h2>"Object"</h2>
                    <dl class="facts">
                        <For each=move || list.get() key=Clone::clone children=|fact| view! { <FactLine fact/> }/>
                    </dl>
                    <When when=move || !members.with(Vec::is_empty)>
                        <Members members/>
                    </When>
                </section>
                <AttributeTable/>
            </When>
        </aside>
    }
}

#[component]
fn FactLine(fact: Fact) -> impl IntoView {
    view! {
        <dt>{fact.name}</dt>
        <dd data-fact=fact.name class:mono=fact.exact title=fact.value.clone()>{fact.value.clone()}</dd>
    }
}

/// The members of a compound datatype, nested ones by their full description.
#[component]
fn Members(members: Memo<Vec<Member>>) -> impl IntoView {
    let lines = move || {
        let line = |member: Member| {
            view! { <tr><td>{member.name}</td><td class="mono">{member.datatype.to_string()}</td><td class="number muted">{member.offset}</td></tr> }
        };
        members.get().into_iter().map(line).collect_view()
    };
    view! {
        <table class="members">
            <caption>"Members"</caption>
            <thead><tr><th>"Name"</th><th>"Datatype"</th><th class="number" title="Bytes from the start of the element">"Offset"</th></tr></thead>
            <tbody>{lines}</tbody>
        </table>
    }
}
