//! Asks what a new dataset is to be.

use crate::view::dynamic::When;
use hdf5_async_protocol::model::ObjectPath;
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::dataset_form::{DatasetForm, new_path};
use super::{Modal, RefusalLine};
use crate::actions::Actions;
use crate::state::State;
use crate::view::attribute_table::DatatypeOptions;
use crate::view::layout::Layout;

#[derive(Clone, Copy)]
struct Fields {
    name: RwSignal<String>,
    form: RwSignal<DatasetForm>,
    refusal: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
}

#[component]
pub fn NewDatasetDialog(
    /// Where the new one goes.
    group: ObjectPath,
) -> impl IntoView {
    let state = expect_context::<State>();
    let actions = expect_context::<Actions>();
    let layout = expect_context::<Layout>();
    let fields = Fields {
        name: RwSignal::new(String::new()),
        form: RwSignal::new(DatasetForm {
            datatype: "float64".to_owned(),
            shape: "100".to_owned(),
            string_length: "16".to_owned(),
            compression: "none".to_owned(),
            level: "4".to_owned(),
            ..DatasetForm::default()
        }),
        refusal: RwSignal::new(None),
        busy: RwSignal::new(false),
    };
    let title = format!("New dataset in {group}");
    let group = StoredValue::new(group);
    let path = Memo::new(move |_| {
        let name = fields.name.get();
        group.with_value(|group| state.tree.with(|tree| new_path(tree, group, &name)))
    });
    let message = Signal::derive(move || {
        if fields.name.with(String::is_empty) {
            return fields.refusal.get();
        }
        let wrong = match path.get() {
            Err(message) => Some(message),
            Ok(path) => fields.form.with(|form| form.to_new_dataset(path).err()),
        };
        wrong.or_else(|| fields.refusal.get())
    });
    let create = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Ok(path) = path.get_untracked() else { return };
        match fields.form.with_untracked(|form| form.to_new_dataset(path)) {
            Ok(new) => submit(fields, actions, layout, new),
            Err(message) => fields.refusal.set(Some(message)),
        }
    };
    view! {
        <Modal title testid="new-dataset">
            <form on:submit=create>
                <label class="field">"Name"
                    <input
                        name="name" autofocus autocomplete="off" spellcheck="false"
                        on:input=move |event| { fields.refusal.set(None); fields.name.set(event_target_value(&event)); }
                    />
                </label>
                <FormFields fields/>
                <RefusalLine text=message/>
                <p class="dialog-actions">
                    <button type="button" on:click=move |_| layout.close_dialog()>"Cancel"</button>
                    <button type="submit" class="primary" disabled=move || fields.busy.get() || path.with(Result::is_err)>
                        "Create dataset"
                    </button>
                </p>
            </form>
        </Modal>
    }
}

fn submit(fields: Fields, actions: Actions, layout: Layout, new: crate::actions::NewDataset) {
    fields.busy.set(true);
    let path = new.path.clone();
    spawn_local(async move {
        let answer = actions.create_dataset(new).await;
        fields.busy.try_set(false);
        match answer {
            Ok(()) => {
                layout.close_dialog();
                actions.go_to(&path);
            }
            Err(answer) => {
                fields.refusal.try_set(Some(answer.message));
            }
        }
    });
}

#[component]
fn FormFields(fields: Fields) -> impl IntoView {
    let form = fields.form;
    let set = move |write: fn(&mut DatasetForm, String)| {
        move |event| {
            fields.refusal.set(None);
            form.update(|form| write(form, event_target_value(&event)));
        }
    };
    let is_fixed = move || form.with(|form| form.datatype == "fixed");
    let is_compressed = move || form.with(|form| form.compression != "none");
    view! {
        <div class="field-row">
            <label class="field">"Datatype"
                <select name="datatype" on:change=set(|form, text| form.datatype = text)>
                    <DatatypeOptions/>
                    <option value="fixed">"string, fixed length"</option>
                    <option value=">f8">"float64, big-endian"</option>
                    <option value=">f4">"float32, big-endian"</option>
                    <option value=">i4">"int32, big-endian"</option>
                    <option value=">i2">"int16, big-endian"</option>
                </select>
            </label>
            <When when=is_fixed>
                <label class="field short">"Bytes"
                    <input name="string-length" inputmode="numeric" value="16" on:input=set(|form, text| form.string_length = text)/>
                </label>
            </When>
        </div>
        <div class="field-row">
            <label class="field">"Shape"
                <input name="shape" value="100" spellcheck="false" placeholder="empty: a scalar" on:input=set(|form, text| form.shape = text)/>
            </label>
            <label class="field">"Max shape"
                <input name="max-shape" spellcheck="false" placeholder="fixed; * without limit" on:input=set(|form, text| form.max_shape = text)/>
            </label>
        </div>
        <div class="field-row">
            <label class="field">"Chunks"
                <input name="chunks" spellcheck="false" placeholder="automatic" on:input=set(|form, text| form.chunks = text)/>
            </label>
            <label class="field">"Fill value"
                <input name="fill-value" spellcheck="false" placeholder="0" on:input=set(|form, text| form.fill_value = text)/>
            </label>
        </div>
        <div class="field-row">
            <label class="field">"Compression"
                <select name="compression" on:change=set(|form, text| form.compression = text)>
                    <option value="none">"none"</option>
                    <option value="deflate">"deflate (gzip)"</option>
                    <option value="shuffle">"shuffle and deflate"</option>
                </select>
            </label>
            <When when=is_compressed>
                <label class="field short">"Level"
                    <input name="level" type="number" min="0" max="9" value="4" on:input=set(|form, text| form.level = text)/>
                </label>
            </When>
        </div>
    }
}
