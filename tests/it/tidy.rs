//! The rules of this repository, as tests. Each rule is a function from a source to complaints, run once over the
//! whole repository, which must pass, and once over a sample that must not.

mod imports;
mod layers;
mod names;
mod python_layers;
mod reach;
mod sources;
mod text;
mod unsafety;

/// Fails the test with all complaints at once, one a line.
#[track_caller]
fn assert_none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}
