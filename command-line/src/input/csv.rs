//! The records of a CSV file as the rows of JSON that they mean.

use hdf5_async_client::protocol::model::{Datatype, Member};
use serde_json::value::RawValue;

use super::Input;
use super::cell::{Kind, push_cell, push_text};
use crate::failure::Failure;

/// Whether the first line of a CSV file is no row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    None,
    /// It names the members of a compound datatype.
    FirstLine,
}

/// The records of a CSV file as rows of JSON.
#[derive(Debug)]
pub struct CsvRows {
    reader: csv::Reader<Input>,
    origin: String,
    names: Option<Vec<String>>,
    /// What the rows become elements of, where that is known.
    target: Option<Datatype>,
}

impl CsvRows {
    /// # Errors
    /// When there is no first record where one must be.
    pub fn open(input: Input, origin: &str, names: Names) -> Result<Self, Failure> {
        let reader = csv::ReaderBuilder::new().has_headers(false).from_reader(input);
        let mut rows = Self { reader, origin: origin.to_owned(), names: None, target: None };
        if names == Names::FirstLine {
            let names = rows.record().transpose()?.unwrap_or_default();
            if names.is_empty() {
                return Err(rows.failure("it has no first line with names".to_owned()));
            }
            rows.names = Some(names.iter().map(str::to_owned).collect());
        }
        Ok(rows)
    }

    /// Cells are what elements of `target` take; without it they are what they look like.
    #[must_use]
    pub fn becoming(mut self, target: Option<Datatype>) -> Self {
        self.target = target;
        self
    }

    /// Whether the first line names the members of `datatype`, in any order.
    pub fn names_members_of(&self, datatype: &Datatype) -> bool {
        let (Some(names), Datatype::Compound { members, .. }) = (&self.names, datatype) else {
            return false;
        };
        let is_named = |member: &Member| names.contains(&member.name);
        names.len() == members.len() && members.iter().all(is_named)
    }

    /// Whether only all rows together say what the datatype of a table is.
    pub fn is_of_unknown_members(&self) -> bool {
        self.names.is_some() && self.target.is_none()
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

    /// All rows as one list, and the datatype of a table that the names and the cells make, or the known one.
    ///
    /// # Errors
    /// When a line has another number of cells than the first.
    pub fn collect_list(self) -> Result<(Box<RawValue>, Option<Datatype>), Failure> {
        let (rows, datatype) = self.collect_rows()?;
        Ok((RawValue::from_string(format!("[{}]", rows.join(",")))?, datatype))
    }

    /// As [`Self::collect_list`], each row by itself.
    ///
    /// # Errors
    /// As [`Self::collect_list`].
    pub fn collect_rows(mut self) -> Result<(Vec<String>, Option<Datatype>), Failure> {
        let mut records = Vec::new();
        while let Some(record) = self.record() {
            records.push(record?);
        }
        if let (Some(names), None) = (&self.names, &self.target) {
            let mut kinds = vec![None; names.len()];
            for (kind, cell) in records.iter().flat_map(|record| kinds_of(record).enumerate()) {
                let known: &mut Option<Kind> = &mut kinds[kind];
                *known = Some(known.map_or(cell, |known| known.joined(cell)));
            }
            let members = names
                .iter()
                .zip(kinds)
                .map(|(name, kind)| (name.clone(), kind.unwrap_or(Kind::Text).datatype()));
            let datatype = Datatype::packed(members.collect());
            self.target = Some(datatype.ok_or_else(|| self.failure("too many names".to_owned()))?);
        }
        let rows = records.iter().map(|record| self.row(record)).collect();
        Ok((rows, self.target))
    }

    /// A line is an element with members where they are known; otherwise one cell is an element, and more are a list.
    fn row(&self, record: &csv::StringRecord) -> String {
        let members = match &self.target {
            Some(Datatype::Compound { members, .. }) => Some(members),
            _ => None,
        };
        let is_list = members.is_some() || self.is_of_unknown_members() || record.len() > 1;
        let names = self.names.as_ref().filter(|_| members.is_some());
        let (open, close) = if names.is_some() { ("{", "}") } else { ("[", "]") };
        let mut text = String::new();
        text.push_str(if is_list { open } else { "" });
        for (column, cell) in record.iter().enumerate() {
            text.push_str(if column > 0 { "," } else { "" });
            let name = names.and_then(|names| names.get(column));
            let datatype = match (members, name) {
                (None, _) => self.target.as_ref(),
                (Some(members), None) => members.get(column).map(|member| &member.datatype),
                (Some(members), Some(name)) => {
                    let member = members.iter().find(|member| member.name == *name);
                    member.map(|member| &member.datatype)
                }
            };
            if let Some(name) = name {
                push_text(&mut text, name);
                text.push(':');
            }
            push_cell(&mut text, cell, datatype);
        }
        text.push_str(if is_list { close } else { "" });
        text
    }
}

impl Iterator for CsvRows {
    type Item = Result<String, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = self.record()?;
        Some(record.map(|record| self.row(&record)))
    }
}

fn kinds_of(record: &csv::StringRecord) -> impl Iterator<Item = Kind> {
    record.iter().map(Kind::of)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &'static str, names: Names) -> CsvRows {
        CsvRows::open(Input::new(text.as_bytes()), "test.csv", names).unwrap()
    }

    fn list(text: &'static str, names: Names, target: Option<&str>) -> String {
        let target = target.map(|target| crate::input::datatype(target).unwrap());
        rows(text, names).becoming(target).collect_list().unwrap().0.get().to_owned()
    }

    #[test]
    fn cells_are_what_they_look_like() {
        let list = |text| list(text, Names::None, None);
        assert_eq!(list("1\n-2\n"), "[1,-2]");
        assert_eq!(list("1,2.50\n+3,1e3\n"), "[[1,2.5],[3,1000.0]]");
        assert_eq!(list("nan,-inf,Infinity\n"), "[[\"NaN\",\"-Infinity\",\"Infinity\"]]");
        assert_eq!(list("a b,True\n"), "[[\"a b\",true]]");
        assert_eq!(list("\"say \"\"x\"\"\"\n"), "[\"say \\\"x\\\"\"]");
        assert_eq!(list("9007199254740993\n"), "[9007199254740993]");
        assert_eq!(list("18446744073709551615\n"), "[18446744073709551615]");
    }

    #[test]
    fn cells_are_what_the_elements_take() {
        assert_eq!(list("1,nan\n", Names::None, Some("string")), "[[\"1\",\"nan\"]]");
        assert_eq!(
            list("\"{\"\"base64\"\":\"\"/w==\"\"}\"\n", Names::None, Some("string")),
            "[{\"base64\":\"/w==\"}]"
        );
        let table = r#"{"class": "compound", "size": 24, "members": [
            {"name": "n", "offset": 0, "datatype": "<i4"},
            {"name": "s", "offset": 8, "datatype": {"class": "string", "length": null, "charset": "utf-8", "padding": "null_terminated"}},
            {"name": "e", "offset": 16, "datatype": {"class": "enum", "base": "<i4", "members": [{"name": "inf", "value": 3}]}}]}"#;
        assert_eq!(list("1,2,inf\n", Names::None, Some(table)), "[[1,\"2\",\"inf\"]]");
        assert_eq!(
            list("s,n,e\n7,8,3\n", Names::FirstLine, Some(table)),
            "[{\"s\":\"7\",\"n\":8,\"e\":3}]"
        );
        let single = r#"{"class": "compound", "size": 4, "members": [{"name": "n", "offset": 0, "datatype": "<i4"}]}"#;
        assert_eq!(list("1\n", Names::None, Some(single)), "[[1]]");
    }

    #[test]
    fn a_header_makes_a_compound() {
        let rows = rows("t,x,n,u\n1,a,1,1\n2.5,b,2,18446744073709551615\n", Names::FirstLine);
        let (list, datatype) = rows.collect_list().unwrap();
        assert_eq!(
            list.get(),
            "[{\"t\":1,\"x\":\"a\",\"n\":1,\"u\":1},{\"t\":2.5,\"x\":\"b\",\"n\":2,\"u\":18446744073709551615}]"
        );
        let expected = "compound {t: <f8, x: string (UTF-8), n: <i8, u: <u8}";
        assert_eq!(datatype.unwrap().to_string(), expected);
    }

    #[test]
    fn integers_that_have_no_integer_in_common_are_floats() {
        let lines = "a,b,c\n-1,18446744073709551615,0\n1,0,1\n18446744073709551615,-1,-1\n";
        let (list, datatype) = rows(lines, Names::FirstLine).collect_list().unwrap();
        assert_eq!(datatype.unwrap().to_string(), "compound {a: <f8, b: <f8, c: <i8}");
        assert!(list.get().contains("\"a\":18446744073709551615,\"b\":-1"), "{list}");
    }

    #[test]
    fn lines_of_different_length_are_refused() {
        let error = rows("1,2\n3\n", Names::None).collect_list().unwrap_err();
        assert!(error.to_string().starts_with("test.csv: "), "{error}");
    }
}
