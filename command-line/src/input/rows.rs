//! Rows of JSON on their way in, a line or a record of CSV at a time.

use std::io::{BufRead as _, BufReader, Read};

use serde_json::value::RawValue;
use tokio::sync::mpsc;

use crate::failure::Failure;

/// Rows that wait to be sent; the reader of the input then waits, too.
const WAITING_ROWS: usize = 1024;

/// Bytes of JSON that are sent together.
const BATCH_BYTES: usize = 1 << 20;

/// Rows from a thread that reads the input, bundled as they happen to be there: a row is never held back for more.
#[derive(Debug)]
pub struct Batches {
    rows: mpsc::Receiver<Result<String, Failure>>,
    failed: Option<Failure>,
}

impl Batches {
    /// The lines of `input`, each a row in JSON; empty ones are passed over.
    ///
    /// # Errors
    /// When there is no thread for it.
    pub fn of_lines(input: impl Read + Send + 'static, origin: &str) -> Result<Self, Failure> {
        let origin = origin.to_owned();
        let lines = BufReader::new(input).lines().enumerate();
        Self::of(lines.filter_map(move |(index, line)| {
            let line = match line {
                Ok(line) => line,
                Err(error) => return Some(Err(Failure::local(&origin)(error))),
            };
            if line.trim().is_empty() {
                return None;
            }
            Some(match RawValue::from_string(line.trim().to_owned()) {
                Ok(_) => Ok(line.trim().to_owned()),
                Err(error) => Err(Failure::Input {
                    origin: format!("{origin}, line {}", index + 1),
                    reason: format!("not JSON: {error}"),
                }),
            })
        }))
    }

    /// # Errors
    /// When there is no thread for it.
    pub fn of(
        rows: impl Iterator<Item = Result<String, Failure>> + Send + 'static,
    ) -> Result<Self, Failure> {
        let (sender, receiver) = mpsc::channel(WAITING_ROWS);
        let read = move || {
            for row in rows {
                let last = row.is_err();
                if sender.blocking_send(row).is_err() || last {
                    return;
                }
            }
        };
        std::thread::Builder::new().name("input".to_owned()).spawn(read)?;
        Ok(Self { rows: receiver, failed: None })
    }

    /// The next rows as one JSON list, with their number; `None` at the end.
    ///
    /// # Errors
    /// What was wrong with the input, after the rows before it.
    pub async fn next(&mut self) -> Result<Option<(Box<RawValue>, u64)>, Failure> {
        if let Some(failed) = self.failed.take() {
            return Err(failed);
        }
        let Some(first) = self.rows.recv().await else { return Ok(None) };
        let mut list = format!("[{}", first?);
        let mut count = 1;
        while list.len() < BATCH_BYTES {
            match self.rows.try_recv() {
                Ok(Ok(row)) => {
                    list.push(',');
                    list.push_str(&row);
                    count += 1;
                }
                Ok(Err(failed)) => {
                    self.failed = Some(failed);
                    break;
                }
                Err(_) => break,
            }
        }
        list.push(']');
        Ok(Some((RawValue::from_string(list)?, count)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn rows_come_in_order_and_a_fault_after_them() {
        let mut batches = Batches::of_lines(&b"1\n\n[2]\n{\n"[..], "standard input").unwrap();
        let mut sent = Vec::new();
        let failed = loop {
            match batches.next().await {
                Ok(Some((list, _))) => sent.push(list.get().trim_matches(['[', ']']).to_owned()),
                Ok(None) => panic!("no fault"),
                Err(failed) => break failed,
            }
        };
        assert_eq!(sent.join(",").replace(['[', ']'], ""), "1,2");
        assert!(failed.to_string().starts_with("standard input, line 4: not JSON"), "{failed}");
    }
}
