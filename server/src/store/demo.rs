//! The demonstration file: an experiment as laboratories write them, and one dataset of every common datatype.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use hdf5::types::{FixedAscii, VarLenArray, VarLenAscii, VarLenUnicode};
use hdf5::{Extent, File, Group, H5Type, SimpleExtents};
use ndarray::{Array1, Array2, Array3};

/// Pixels along each side of a detector frame.
pub const FRAME_SIDE: u64 = 64;

const SIDE: usize = 128;
const FRAMES: usize = 60;

#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error("the folder {} cannot be made: {source}", path.display())]
    Folder { path: PathBuf, source: std::io::Error },
    #[error("the demonstration file cannot be written: {0}")]
    Hdf5(#[from] hdf5::Error),
    #[error("a text of the demonstration file is not valid: {0}")]
    Text(#[from] hdf5::types::StringError),
}

/// A row of the demonstration table.
#[derive(Clone, Copy, H5Type)]
#[repr(C)]
struct Peak {
    h: i32,
    k: i32,
    l: i32,
    intensity: f64,
    indexed: bool,
}

#[derive(Clone, Copy, H5Type)]
#[repr(u8)]
enum Shutter {
    Closed = 0,
    Open = 1,
    Fault = 2,
}

#[derive(Clone, Copy, H5Type)]
#[repr(C)]
struct Impedance {
    r: f64,
    i: f64,
}

/// Writes the file at `path`, which must not exist.
///
/// # Errors
/// When HDF5 cannot write it.
pub fn write(path: &Path) -> Result<(), DemoError> {
    let file = File::create_excl(path)?;
    text_attribute(&file, "title", "A demonstration of HDF5 Async")?;
    write_entry(&file.create_group("entry")?)?;
    write_datatypes(&file.create_group("datatypes")?)?;
    write_links(&file)?;
    write_live(&file.create_group("live")?)?;
    file.flush()?;
    Ok(())
}

fn text_attribute(location: &hdf5::Location, name: &str, text: &str) -> Result<(), DemoError> {
    let value = VarLenUnicode::from_str(text)?;
    location.new_attr::<VarLenUnicode>().create(name)?.write_scalar(&value)?;
    Ok(())
}

fn unit(dataset: &hdf5::Dataset, unit: &str) -> Result<(), DemoError> {
    text_attribute(dataset, "units", unit)
}

/// A detector run in the manner of NeXus.
#[expect(clippy::cast_precision_loss, reason = "indices of a small image")]
fn write_entry(entry: &Group) -> Result<(), DemoError> {
    text_attribute(entry, "NX_class", "NXentry")?;
    text_attribute(entry, "title", "Rings of a powder sample")?;
    let sample = entry.create_group("sample")?;
    text_attribute(&sample, "NX_class", "NXsample")?;
    let name = VarLenUnicode::from_str("LaB₆ standard")?;
    sample.new_dataset::<VarLenUnicode>().create("name")?.write_scalar(&name)?;
    let temperature = sample.new_dataset::<f64>().create("temperature")?;
    temperature.write_scalar(&294.3)?;
    unit(&temperature, "K")?;

    let data = entry.create_group("data")?;
    text_attribute(&data, "NX_class", "NXdata")?;
    text_attribute(&data, "signal", "frames")?;
    let stack = Array3::from_shape_fn((FRAMES, SIDE, SIDE), |(frame, y, x)| ring(frame, y, x));
    let chunks = (1, SIDE, SIDE);
    let frames = data.new_dataset::<u16>().shape(stack.dim()).chunk(chunks).shuffle().deflate(4);
    let frames = frames.create("frames")?;
    frames.write(&stack)?;
    unit(&frames, "counts")?;
    let angle = data
        .new_dataset_builder()
        .with_data(&Array1::linspace(-6.4, 6.4, SIDE))
        .create("two_theta")?;
    unit(&angle, "deg")?;
    let profile = Array1::from_shape_fn(20_000, |index| {
        let angle = index as f64 / 400.0;
        200.0 * (-(angle - 21.3).powi(2) / 0.02).exp()
            + 90.0 * (-(angle - 30.4).powi(2) / 0.03).exp()
            + angle.sin()
    });
    data.new_dataset_builder().with_data(&profile).create("profile")?;
    let map = Array2::from_shape_fn((300, 400), |(y, x)| {
        let (y, x) = (y as f32 / 40.0, x as f32 / 40.0);
        if (y - 3.0).hypot(x - 5.0) < 0.5 { f32::NAN } else { y.sin() * x.cos() + 0.1 * x }
    });
    data.new_dataset_builder().with_data(&map).create("map")?;
    let peaks = Array1::from_shape_fn(240, |index| {
        let index = i32::try_from(index).unwrap_or(0);
        let intensity = 1e4 / f64::from(1 + index % 37);
        Peak { h: index % 6, k: (index / 6) % 6, l: index / 36, intensity, indexed: index % 5 != 0 }
    });
    entry.new_dataset_builder().with_data(&peaks).create("peaks")?;
    Ok(())
}

/// Rings that grow with the frame, over a little noise.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "indices of a small image, and counts that are small and never negative"
)]
fn ring(frame: usize, y: usize, x: usize) -> u16 {
    let center = SIDE as f64 / 2.0;
    let radius = (y as f64 - center).hypot(x as f64 - center);
    let wave = (radius / 6.0 - frame as f64 / 8.0).cos().max(0.0).powi(6);
    let noise = (x * 7919 + y * 104_729 + frame * 31) % 17;
    (900.0 * wave * (-radius / 50.0).exp()) as u16 + noise as u16
}

fn write_datatypes(group: &Group) -> Result<(), DemoError> {
    macro_rules! integers {
        ($($name:literal: $type:ty),+) => {
            $(group.new_dataset_builder().with_data(&[<$type>::MIN, 0, 1, <$type>::MAX]).create($name)?;)+
        };
    }
    integers!("int8": i8, "int16": i16, "int32": i32, "int64": i64);
    integers!("uint8": u8, "uint16": u16, "uint32": u32, "uint64": u64);
    group.new_dataset_builder().with_data(&[0.1_f32, f32::NAN, f32::INFINITY]).create("float32")?;
    group.new_dataset_builder().with_data(&[0.1_f64, f64::MIN, f64::MAX]).create("float64")?;
    group.new_dataset_builder().with_data(&[true, false, true]).create("bool")?;
    let fixed = [FixedAscii::<8>::from_ascii("alpha")?, FixedAscii::from_ascii("beta")?];
    group.new_dataset_builder().with_data(&fixed).create("fixed_string")?;
    let texts = ["", "γ-ray", "a longer line of text"].map(VarLenUnicode::from_str);
    let texts = texts.into_iter().collect::<Result<Vec<_>, _>>()?;
    group.new_dataset_builder().with_data(&texts).create("string")?;
    group
        .new_dataset::<VarLenAscii>()
        .create("scalar_string")?
        .write_scalar(&VarLenAscii::from_ascii("one")?)?;
    group
        .new_dataset_builder()
        .with_data(&[Shutter::Closed, Shutter::Open, Shutter::Fault])
        .create("enum")?;
    let impedances = [Impedance { r: 50.0, i: -3.5 }, Impedance { r: 75.0, i: 0.0 }];
    group.new_dataset_builder().with_data(&impedances).create("complex")?;
    let sequences = [VarLenArray::from_slice(&[1_i32, 2, 3]), VarLenArray::from_slice(&[])];
    group.new_dataset_builder().with_data(&sequences).create("sequence")?;
    let unit_vectors = Array2::<f32>::eye(3);
    group.new_dataset_builder().with_data(&unit_vectors).create("matrix")?;
    group.new_dataset::<f64>().shape(Extent::fixed(0)).create("empty")?;
    Ok(())
}

fn write_links(file: &File) -> Result<(), DemoError> {
    let links = file.create_group("links")?;
    links.link_soft("/entry/data/frames", "soft")?;
    links.link_soft("/entry/removed", "dangling")?;
    file.link_hard("/entry/peaks", "/links/hard")?;
    Ok(())
}

/// Datasets that the writer of the demonstration appends to.
fn write_live(live: &Group) -> Result<(), DemoError> {
    let growing = SimpleExtents::resizable([0]);
    for (name, dataset_unit) in [("time", "s since 1970-01-01"), ("temperature", "K")] {
        let dataset = live.new_dataset::<f64>().shape(growing.clone()).chunk(1024).create(name)?;
        unit(&dataset, dataset_unit)?;
    }
    live.new_dataset::<VarLenUnicode>().shape(growing).chunk(256).create("log")?;
    let side = usize::try_from(FRAME_SIDE).unwrap_or(SIDE);
    let frames =
        SimpleExtents::new([Extent::resizable(0), Extent::fixed(side), Extent::fixed(side)]);
    live.new_dataset::<u16>()
        .shape(frames)
        .chunk((1, side, side))
        .shuffle()
        .deflate(4)
        .create("frames")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_written_whole_and_only_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("demo.h5");
        write(&path).unwrap();
        let file = File::open(&path).unwrap();
        assert_eq!(file.dataset("entry/data/frames").unwrap().shape(), [FRAMES, SIDE, SIDE]);
        assert_eq!(file.dataset("links/soft").unwrap().shape(), [FRAMES, SIDE, SIDE]);
        assert!(file.dataset("live/frames").unwrap().is_resizable());
        assert_eq!(file.group("datatypes").unwrap().len(), 19);
        assert!(write(&path).is_err());
    }
}
