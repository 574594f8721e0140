//! `stats`: what the server computes of the selected numbers.

use clap::Args;
use hdf5_async_client::protocol::model::Number;
use serde_json::Value;

use crate::columns::Cell;
use crate::failure::Failure;
use crate::format::plain;
use crate::paint::Tone;
use crate::screen::Options;

#[derive(Debug, Args)]
pub struct Stats {
    /// ws://HOST:PORT/FILE:/PATH, and what to look at in brackets
    address: String,
    #[command(flatten)]
    pub(super) options: Options,
}

impl Stats {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let location = self.options.access.location(&self.address)?;
        let file = self.options.access.file(&location, "stats").await?;
        let selection = location.selected().to_string();
        let stats = file.stats(location.object().as_str(), &selection).await?.reply;
        let mut screen = self.options.screen();
        if screen.json() {
            screen.document(&stats)?;
            return Ok(screen.finish()?);
        }
        let mut facts = vec![
            ("count", stats.count.to_string()),
            ("finite", stats.finite.to_string()),
            ("nan", stats.nan.to_string()),
            ("positive infinity", stats.positive_infinity.to_string()),
            ("negative infinity", stats.negative_infinity.to_string()),
        ];
        for (name, number) in [
            ("min", stats.min),
            ("max", stats.max),
            ("sum", stats.sum),
            ("mean", stats.mean),
            ("std", stats.std),
        ] {
            facts.push((name, text(number)?));
        }
        let rows: Vec<Vec<Cell>> = facts
            .into_iter()
            .map(|(name, fact)| vec![Cell::new(name).tone(Tone::Quiet), Cell::new(fact)])
            .collect();
        screen.rows(&rows)?;
        Ok(screen.finish()?)
    }
}

/// A dash where there is no number.
fn text(number: Option<Number>) -> Result<String, Failure> {
    let Some(number) = number else { return Ok("-".to_owned()) };
    let json: Value = serde_json::to_value(number)?;
    Ok(plain(&json.to_string()).into_owned())
}
