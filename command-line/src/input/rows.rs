//! Rows on their way in, line by line: JSON as it comes, CSV as the JSON that it means.

use std::io::{BufRead as _, BufReader, Read};

use hdf5_async_client::protocol::model::{ByteOrder, Datatype, Member};
use serde_json::value::RawValue;
use tokio::sync::mpsc;

use super::Input;
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

/// Whether the first line of a CSV file is no row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    None,
    /// It names the members of a compound datatype.
    FirstLine,
}

/// What the cells of a CSV file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cells {
    AsTheyLook,
    /// Texts, also where they look like numbers.
    Texts,
}

/// The records of a CSV file as rows of JSON.
#[derive(Debug)]
pub struct CsvRows {
    reader: csv::Reader<Input>,
    origin: String,
    cells: Cells,
    names: Option<Vec<String>>,
}

impl CsvRows {
    /// # Errors
    /// When there is no first record where one must be.
    pub fn open(input: Input, origin: &str, names: Names, cells: Cells) -> Result<Self, Failure> {
        let reader = csv::ReaderBuilder::new().has_headers(false).from_reader(input);
        let mut rows = Self { reader, origin: origin.to_owned(), cells, names: None };
        if names == Names::FirstLine {
            let names = rows.record().transpose()?.unwrap_or_default();
            if names.is_empty() {
                return Err(rows.failure("it has no first line with names".to_owned()));
            }
            rows.names = Some(names.iter().map(str::to_owned).collect());
        }
        Ok(rows)
    }

    fn failure(&self, reason: String) -> Failure {
        Failure::Input { origin: self.origin.clone(), reason }
    }

    fn record(&mut self) -> Option<Result<csv::StringRecord, Failure>> {
        let mut record = csv::StringRecord::new();
        match self.reader.read_record(&mut record) {
            Ok(true) => Some(Ok(record)),
            Ok(false) => None,
            Err(error) => Some(Err(self.failure(error.to_string()))),
        }
    }

    /// All rows as one list, and the compound datatype that the names and the cells make.
    ///
    /// # Errors
    /// When a line has another number of cells than the first.
    pub fn collect_list(mut self) -> Result<(Box<RawValue>, Option<Datatype>), Failure> {
        let names = self.names.take();
        let mut records = Vec::new();
        let mut kinds = vec![None; names.as_ref().map_or(0, Vec::len)];
        while let Some(record) = self.record() {
            let record = record?;
            for (kind, cell) in kinds.iter_mut().zip(&record) {
                *kind = Some(kind.map_or(Kind::of(cell), |kind: Kind| kind.joined(Kind::of(cell))));
            }
            records.push(record);
        }
        let texts: Vec<bool> = kinds.iter().map(|kind| *kind == Some(Kind::Text)).collect();
        let mut list = String::from("[");
        for record in &records {
            if list.len() > 1 {
                list.push(',');
            }
            let as_text =
                |column: usize| self.cells == Cells::Texts || texts.get(column) == Some(&true);
            list.push_str(&row(record, as_text, names.is_some()));
        }
        list.push(']');
        let list = RawValue::from_string(list)?;
        let Some(names) = names else { return Ok((list, None)) };
        let mut offset = 0;
        let members = names.into_iter().zip(kinds).map(|(name, kind)| {
            let (datatype, size) = kind.unwrap_or(Kind::Text).datatype();
            let member = Member { name, offset, datatype };
            offset += size;
            member
        });
        let members: Vec<Member> = members.collect();
        let size = u32::try_from(offset).unwrap_or(u32::MAX);
        Ok((list, Some(Datatype::Compound { size, members })))
    }
}

impl Iterator for CsvRows {
    type Item = Result<String, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = self.record()?;
        Some(
            record.map(|record| row(&record, |_| self.cells == Cells::Texts, self.names.is_some())),
        )
    }
}

/// A line with one cell is an element, one with more a list, unless it is an element with members.
fn row(record: &csv::StringRecord, as_text: impl Fn(usize) -> bool, members: bool) -> String {
    let mut text = String::new();
    let list = members || record.len() > 1;
    if list {
        text.push('[');
    }
    for (column, cell) in record.iter().enumerate() {
        if column > 0 {
            text.push(',');
        }
        push_cell(&mut text, cell, as_text(column));
    }
    if list {
        text.push(']');
    }
    text
}

fn push_cell(text: &mut String, cell: &str, as_text: bool) {
    let quoted = |text: &mut String, cell: &str| {
        text.push_str(&serde_json::Value::from(cell).to_string());
    };
    if as_text {
        return quoted(text, cell);
    }
    let trimmed = cell.trim();
    match (Kind::of(cell), trimmed.parse::<f64>()) {
        (Kind::Text, _) => {
            // Nested values and booleans stand in a cell as in JSON.
            let nested = trimmed.starts_with(['[', '{']);
            match RawValue::from_string(trimmed.to_owned()) {
                Ok(json) if nested => text.push_str(json.get()),
                _ => quoted(text, cell),
            }
        }
        (Kind::Bool, _) => text.push_str(&trimmed.to_lowercase()),
        (_, Ok(number)) if number.is_nan() => text.push_str("\"NaN\""),
        (_, Ok(number)) if number.is_infinite() => {
            text.push_str(if number > 0.0 { "\"Infinity\"" } else { "\"-Infinity\"" });
        }
        (Kind::Integer, _) => text.push_str(trimmed.trim_start_matches('+')),
        (_, Ok(number)) => text.push_str(&serde_json::Value::from(number).to_string()),
        _ => quoted(text, cell),
    }
}

/// What a cell looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Integer,
    Float,
    Bool,
    Text,
}

impl Kind {
    fn of(cell: &str) -> Self {
        let cell = cell.trim();
        let digits = cell.strip_prefix(['-', '+']).unwrap_or(cell);
        let plain = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        if plain && (digits.len() == 1 || !digits.starts_with('0')) && cell.parse::<i64>().is_ok() {
            return Self::Integer;
        }
        if cell.parse::<f64>().is_ok() {
            return Self::Float;
        }
        if matches!(cell, "true" | "false" | "True" | "False") { Self::Bool } else { Self::Text }
    }

    /// What a column is with one more cell.
    fn joined(self, cell: Self) -> Self {
        match (self, cell) {
            (column, cell) if column == cell => cell,
            (Self::Integer | Self::Float, Self::Integer | Self::Float) => Self::Float,
            _ => Self::Text,
        }
    }

    /// With the bytes that a member of it takes in HDF5.
    fn datatype(self) -> (Datatype, u64) {
        match self {
            Self::Integer => (Datatype::integer(8, true, ByteOrder::Little), 8),
            Self::Float => (Datatype::float(8, ByteOrder::Little), 8),
            Self::Bool => (Datatype::Bool, 1),
            Self::Text => (Datatype::variable_string(), 16),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &'static str, names: Names, cells: Cells) -> CsvRows {
        CsvRows::open(Input::new(text.as_bytes()), "test.csv", names, cells).unwrap()
    }

    #[test]
    fn cells_are_what_they_look_like() {
        let list = |text| {
            rows(text, Names::None, Cells::AsTheyLook).collect_list().unwrap().0.get().to_owned()
        };
        assert_eq!(list("1\n-2\n"), "[1,-2]");
        assert_eq!(list("1,2.50\n+3,1e3\n"), "[[1,2.5],[3,1000.0]]");
        assert_eq!(list("nan,-inf,Infinity\n"), "[[\"NaN\",\"-Infinity\",\"Infinity\"]]");
        assert_eq!(list("a b,True\n"), "[[\"a b\",true]]");
        assert_eq!(list("\"say \"\"x\"\"\"\n"), "[\"say \\\"x\\\"\"]");
        assert_eq!(list("9007199254740993\n"), "[9007199254740993]");
        assert_eq!(
            rows("1,2\n", Names::None, Cells::Texts).next().unwrap().unwrap(),
            "[\"1\",\"2\"]"
        );
    }

    #[test]
    fn a_header_makes_a_compound() {
        let (list, datatype) = rows("t,x,n\n1,a,1\n2.5,b,2\n", Names::FirstLine, Cells::AsTheyLook)
            .collect_list()
            .unwrap();
        assert_eq!(list.get(), "[[1,\"a\",1],[2.5,\"b\",2]]");
        let datatype = datatype.unwrap();
        let Datatype::Compound { size, members } = &datatype else { panic!("{datatype}") };
        let names: Vec<_> = members.iter().map(|member| (&*member.name, member.offset)).collect();
        assert_eq!((*size, names), (32, vec![("t", 0), ("x", 8), ("n", 24)]));
    }

    #[test]
    fn lines_of_different_length_are_refused() {
        let error = rows("1,2\n3\n", Names::None, Cells::AsTheyLook).collect_list().unwrap_err();
        assert!(error.to_string().starts_with("test.csv: "), "{error}");
    }

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
