//! `hdf5-async demo`: a file worth looking at, and a writer that keeps it alive.

use std::path::{Path, PathBuf};
use std::time::Duration;

use hdf5_async_client::{CallError, Client, ConnectOptions, File, Values};

use crate::store::demo::{self as content, DemoError};

/// How often the writer adds a reading.
const READING_EVERY: Duration = Duration::from_millis(500);

/// A detector frame and a line of the log come with every so many readings.
const READINGS_PER_FRAME: u64 = 4;

const FRAME_SIDE: u64 = content::FRAME_SIDE;

#[derive(Debug, thiserror::Error)]
pub enum DemoWriterError {
    #[error(transparent)]
    Address(#[from] hdf5_async_client::AddressError),
    #[error(transparent)]
    Connect(#[from] hdf5_async_client::ConnectError),
    #[error(transparent)]
    Call(#[from] CallError),
    #[error(transparent)]
    Value(#[from] hdf5_async_client::protocol::values::ValueError),
}

/// Makes `demo.h5` in `folder` unless it is there already.
///
/// # Errors
/// When the folder or the file cannot be written.
pub fn make_file(folder: &Path) -> Result<PathBuf, DemoError> {
    std::fs::create_dir_all(folder)
        .map_err(|source| DemoError::Folder { path: folder.to_owned(), source })?;
    let path = folder.join("demo.h5");
    if !path.exists() {
        content::write(&path)?;
    }
    Ok(path)
}

/// Appends readings and frames to the demonstration file, as an experiment would, until the future is dropped.
pub async fn keep_writing(url: String) {
    if let Err(error) = write_readings(&url).await {
        tracing::error!(%error, "the demonstration writer has ended");
    }
}

async fn write_readings(url: &str) -> Result<(), DemoWriterError> {
    let client = Client::connect(ConnectOptions::new(url)?.name("demo writer")).await?;
    let file = client.default_file();
    let mut ticks = tokio::time::interval(READING_EVERY);
    for reading in 0_u64.. {
        ticks.tick().await;
        append_reading(&file, reading).await?;
        if reading.is_multiple_of(READINGS_PER_FRAME) {
            append_frame(&file, reading).await?;
        }
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "counts of readings stay far below 2^52")]
async fn append_reading(file: &File, reading: u64) -> Result<(), DemoWriterError> {
    let time = crate::clock::now();
    let phase = reading as f64 / 20.0;
    let temperature = 294.0 + 1.5 * phase.sin() + 0.2 * (phase * 7.3).sin();
    file.append("/live/time", 0, &Values::from_slice(&[1], &[time])?).await?;
    file.append("/live/temperature", 0, &Values::from_slice(&[1], &[temperature])?).await?;
    let message = if reading.is_multiple_of(10) { "shutter moved" } else { "reading taken" };
    file.append("/live/log", 0, &Values::from_texts(&[1], &[format!("{reading}: {message}")])?)
        .await?;
    Ok(())
}

/// A beam spot that wanders over the detector.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "pixels and counts are small, and never negative"
)]
async fn append_frame(file: &File, reading: u64) -> Result<(), DemoWriterError> {
    let phase = reading as f64 / 40.0;
    let (center_x, center_y) = (32.0 + 14.0 * phase.cos(), 32.0 + 10.0 * (phase * 1.7).sin());
    let mut counts = Vec::new();
    for y in 0..FRAME_SIDE {
        for x in 0..FRAME_SIDE {
            let distance = (x as f64 - center_x).powi(2) + (y as f64 - center_y).powi(2);
            let noise = (x * 7919 + y * 104_729 + reading * 31) % 23;
            counts.push((1200.0 * (-distance / 60.0).exp()) as u16 + noise as u16);
        }
    }
    let frame = Values::from_slice(&[1, FRAME_SIDE, FRAME_SIDE], &counts)?;
    file.append("/live/frames", 0, &frame).await?;
    Ok(())
}
