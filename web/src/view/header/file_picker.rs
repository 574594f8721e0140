//! Which of the served files is on screen.

use crate::view::dynamic::When;
use leptos::prelude::*;

use crate::actions::Actions;
use crate::address::Address;
use crate::state::State;
use crate::view::icon::Icon;

#[component]
pub fn FilePicker() -> impl IntoView {
    let state = expect_context::<State>();
    let actions = expect_context::<Actions>();
    let address = expect_context::<Address>();
    let names = Memo::new(move |_| {
        let mut names: Vec<String> = state
            .files
            .with(|files| files.iter().flatten().map(|file| file.name.clone()).collect());
        // A file that is not served (any more) still stands in the address.
        names.extend(address.file().filter(|file| !names.contains(file)));
        names
    });
    let choose = move |event| actions.go_to_file(&event_target_value(&event));
    let options = move || {
        let shown = address.file();
        let nothing = shown.is_none();
        let options = names.get().into_iter().map(move |name| {
            let selected = shown.as_ref() == Some(&name);
            view! { <option value=name.clone() selected=selected>{name.clone()}</option> }
        });
        view! {
            <When when=move || nothing><option value="" selected disabled>"Choose a file"</option></When>
            {options.collect_view()}
        }
    };
    view! {
        <label class="file-picker" title="File">
            <span class="kind group"><Icon name="file"/></span>
            <select aria-label="File" data-testid="file-picker" on:change=choose>{options}</select>
        </label>
    }
}
