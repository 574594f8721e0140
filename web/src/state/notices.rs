//! Short messages to the person at the screen, newest last.

/// How a notice is announced and how long it stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// Something the person did not ask for, or that worked.
    Note,
    /// What the person wanted did not happen; announced at once.
    Failure,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub number: u64,
    pub kind: NoticeKind,
    pub text: String,
}

#[derive(Clone, Debug, Default)]
pub struct Notices {
    shown: Vec<Notice>,
    next: u64,
}

impl Notices {
    const MOST: usize = 4;

    pub fn shown(&self) -> &[Notice] {
        &self.shown
    }

    /// Shows a notice, the oldest making room; one with the same text is shown anew. Returns its number.
    pub fn add(&mut self, kind: NoticeKind, text: impl Into<String>) -> u64 {
        let text = text.into();
        self.shown.retain(|notice| notice.text != text);
        if self.shown.len() == Self::MOST {
            self.shown.remove(0);
        }
        let number = self.next;
        self.next += 1;
        self.shown.push(Notice { number, kind, text });
        number
    }

    pub fn dismiss(&mut self, number: u64) {
        self.shown.retain(|notice| notice.number != number);
    }
}
