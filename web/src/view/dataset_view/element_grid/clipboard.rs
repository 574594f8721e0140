//! The selected range as text with tabs, for spreadsheets.

use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use plotcore::{Rect, format};
use wasm_bindgen_futures::JsFuture;

use super::elements::Arrangement;
use super::grid::Grid;
use crate::slab::Slab;

/// More than spreadsheets take with pleasure.
const MAX_CELLS: u64 = 1_000_000;

impl Grid {
    /// Reads the whole range, however much of it is on screen, and puts it on the clipboard.
    pub fn copy(self: &Rc<Self>) {
        let range = self.signals.cursor.get_untracked().range();
        let cells = range.rows.saturating_mul(range.columns);
        if cells > MAX_CELLS {
            let text = format!(
                "{} cells are too many to copy; at most {} can be.",
                format::grouped(cells),
                format::grouped(MAX_CELLS)
            );
            self.signals.notice.set(Some(text));
            return;
        }
        let arrangement = self.content.borrow().elements.arrangement;
        let selection =
            self.subject.slicing.with_untracked(|slicing| arrangement.selection(slicing, &range));
        let (actions, path, notice) =
            (self.subject.actions, self.subject.path.clone(), self.signals.notice);
        spawn_local(async move {
            let text = match actions.read(&path, &selection).await {
                Ok(slab) if write_clipboard(&tab_separated(&slab, arrangement, &range)).await => {
                    format!("Copied {} cells.", format::grouped(cells))
                }
                Ok(_) => "The browser does not let this page use the clipboard.".to_owned(),
                Err(refusal) => refusal.message,
            };
            notice.try_set(Some(text));
        });
    }
}

/// The promise is called by hand, because pages without a secure origin have no clipboard at all.
async fn write_clipboard(text: &str) -> bool {
    let navigator = window().navigator();
    let has_clipboard =
        js_sys::Reflect::get(&navigator, &"clipboard".into()).is_ok_and(|value| value.is_object());
    has_clipboard && JsFuture::from(navigator.clipboard().write_text(text)).await.is_ok()
}

fn tab_separated(slab: &Slab, arrangement: Arrangement, range: &Rect) -> String {
    let mut text = String::new();
    for row in range.row..range.row + range.rows {
        for column in range.column..range.column + range.columns {
            if column > range.column {
                text.push('\t');
            }
            text.push_str(&quoted(&slab.text_at(arrangement.index(range, row, column))));
        }
        text.push('\n');
    }
    text
}

/// As spreadsheets quote: only where a tab, a line end or a quote is inside.
fn quoted(text: &str) -> String {
    if text.contains(['\t', '\n', '\r', '"']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_lines_in_both_orders() {
        let slab = Slab {
            datatype: "|u1".parse().unwrap(),
            shape: vec![2, 3],
            payload: vec![1, 2, 3, 4, 5, 6],
        };
        let range = Rect { row: 5, rows: 2, column: 7, columns: 3 };
        let plain = Arrangement { axes: 2, rows_first: true };
        assert_eq!(tab_separated(&slab, plain, &range), "1\t2\t3\n4\t5\t6\n");
        let turned = Arrangement { axes: 2, rows_first: false };
        let range = Rect { row: 0, rows: 3, column: 0, columns: 2 };
        assert_eq!(tab_separated(&slab, turned, &range), "1\t4\n2\t5\n3\t6\n");
    }

    #[test]
    fn text_with_tabs_is_quoted() {
        assert_eq!(quoted("a b"), "a b");
        assert_eq!(quoted("a\tb"), "\"a\tb\"");
        assert_eq!(quoted("say \"x\""), "\"say \"\"x\"\"\"");
    }
}
