//! Colour maps as tables of 256 colours.

use colorous::Gradient;

/// Red, green, blue, opacity, as the canvas wants them.
pub type Rgba = [u8; 4];

/// The colours of 256 equal steps from the lower to the upper end of a range.
pub type Lut = [Rgba; 256];

/// A colour map by its usual name; `reversed` exchanges its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colormap {
    name: &'static str,
    pub reversed: bool,
}

impl Default for Colormap {
    fn default() -> Self {
        Self { name: "viridis", reversed: false }
    }
}

impl Colormap {
    /// In the order of menus and of the key that steps through them.
    pub const NAMES: [&'static str; 9] =
        ["viridis", "gray", "inferno", "magma", "plasma", "cividis", "turbo", "blues", "rdbu"];

    /// `name`, or `name-r` for the reversed map.
    pub fn from_name(name: &str) -> Option<Self> {
        let (name, reversed) = match name.strip_suffix("-r") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let name = Self::NAMES.into_iter().find(|known| *known == name)?;
        Some(Self { name, reversed })
    }

    pub fn name(self) -> &'static str {
        self.name
    }

    /// As [`Self::from_name`] reads it.
    pub fn address(self) -> String {
        format!("{}{}", self.name, if self.reversed { "-r" } else { "" })
    }

    /// Takes the colors of `other`; reversed or not as before.
    pub fn choose(&mut self, other: Self) {
        self.name = other.name;
    }

    #[must_use]
    pub fn next(self) -> Self {
        let position = Self::NAMES.iter().position(|name| *name == self.name).unwrap_or(0);
        Self { name: Self::NAMES[(position + 1) % Self::NAMES.len()], ..self }
    }

    pub fn lut(self) -> Lut {
        let mut lut = [[0, 0, 0, 255]; 256];
        for (step, colour) in lut.iter_mut().enumerate() {
            let fraction = step as f64 / 255.0;
            *colour = self.colour(if self.reversed { 1.0 - fraction } else { fraction });
        }
        lut
    }

    fn colour(self, fraction: f64) -> Rgba {
        let gradient: Gradient = match self.name {
            "gray" => {
                let level = (fraction * 255.0).round() as u8;
                return [level, level, level, 255];
            }
            "inferno" => colorous::INFERNO,
            "magma" => colorous::MAGMA,
            "plasma" => colorous::PLASMA,
            "cividis" => colorous::CIVIDIS,
            "turbo" => colorous::TURBO,
            "blues" => colorous::BLUES,
            "rdbu" => colorous::RED_BLUE,
            _ => colorous::VIRIDIS,
        };
        let colour = gradient.eval_continuous(fraction);
        [colour.r, colour.g, colour.b, 255]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn viridis_is_the_known_one() {
        let lut = Colormap::default().lut();
        assert_eq!(lut[0], [68, 1, 84, 255]);
        let yellow = lut[255];
        assert!(yellow[0] > 245 && yellow[1] > 220 && yellow[2] < 60, "{yellow:?}");
    }

    #[test]
    fn reversing_exchanges_the_ends() {
        for name in Colormap::NAMES {
            let plain = Colormap::from_name(name).unwrap();
            let reversed = Colormap::from_name(&format!("{name}-r")).unwrap();
            assert_eq!(plain.lut()[0], reversed.lut()[255]);
            assert_eq!(Colormap::from_name(&reversed.address()), Some(reversed));
        }
        assert_eq!(Colormap::from_name("jet"), None);
    }

    #[test]
    fn every_map_has_its_own_colours_and_the_key_reaches_them_all() {
        let mut seen = Vec::new();
        let mut map = Colormap::default();
        for _ in 0..Colormap::NAMES.len() {
            let middle = map.lut()[100];
            assert!(!seen.contains(&middle), "{}", map.name());
            seen.push(middle);
            map = map.next();
        }
        assert_eq!(map, Colormap::default());
    }

    #[test]
    fn gray_is_gray() {
        let lut = Colormap::from_name("gray").unwrap().lut();
        assert_eq!((lut[0], lut[128], lut[255]), ([0, 0, 0, 255], [128, 128, 128, 255], [255; 4]));
    }
}
