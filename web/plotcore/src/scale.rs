//! How values become places along an axis or a colour bar.

/// A monotonic function from values to places; only differences of places matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    #[default]
    Linear,
    /// Base 10; values of 0 and below have no place.
    Log,
    /// `sign(v) * log10(1 + |v|)`: logarithmic far from zero, linear near it.
    Symlog,
    /// `sign(v) * sqrt(|v|)`.
    Sqrt,
    /// As symlog, without the corner at zero.
    Asinh,
}

impl Scale {
    pub const ALL: [Self; 5] = [Self::Linear, Self::Log, Self::Symlog, Self::Sqrt, Self::Asinh];

    /// The name in addresses and menus.
    pub fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Log => "log",
            Self::Symlog => "symlog",
            Self::Sqrt => "sqrt",
            Self::Asinh => "asinh",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scale| scale.name() == name)
    }

    /// The place of `value`; NaN where it has none.
    pub fn forward(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Log if value > 0.0 => value.log10(),
            Self::Log => f64::NAN,
            Self::Symlog => value.signum() * value.abs().ln_1p() * std::f64::consts::LOG10_E,
            Self::Sqrt => value.signum() * value.abs().sqrt(),
            Self::Asinh => value.asinh(),
        }
    }

    /// The value at `place`.
    pub fn inverse(self, place: f64) -> f64 {
        match self {
            Self::Linear => place,
            Self::Log => 10_f64.powf(place),
            Self::Symlog => place.signum() * (place.abs() / std::f64::consts::LOG10_E).exp_m1(),
            Self::Sqrt => place.signum() * place * place,
            Self::Asinh => place.sinh(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inverse_undoes_forward() {
        for scale in Scale::ALL {
            for value in [1e-9, 0.5, 1.0, 7.0, 1e3, 6.022e23] {
                let back = scale.inverse(scale.forward(value));
                assert!((back / value - 1.0).abs() < 1e-9, "{scale:?} {value} {back}");
            }
        }
        for scale in [Scale::Linear, Scale::Symlog, Scale::Sqrt, Scale::Asinh] {
            for value in [-3.5, 0.0, -1e6] {
                let back = scale.inverse(scale.forward(value));
                assert!((back - value).abs() <= value.abs() * 1e-9, "{scale:?} {value} {back}");
            }
        }
    }

    #[test]
    fn every_scale_is_monotonic() {
        for scale in Scale::ALL {
            let places: Vec<f64> =
                [0.001, 0.1, 1.0, 2.0, 1e5].map(|value| scale.forward(value)).to_vec();
            assert!(places.is_sorted_by(|a, b| a < b), "{scale:?}");
        }
    }

    #[test]
    fn log_has_no_place_for_zero_and_below() {
        assert!(Scale::Log.forward(0.0).is_nan());
        assert!(Scale::Log.forward(-1.0).is_nan());
        assert!(Scale::Log.forward(f64::NAN).is_nan());
    }

    #[test]
    fn names_come_back() {
        for scale in Scale::ALL {
            assert_eq!(Scale::from_name(scale.name()), Some(scale));
        }
        assert_eq!(Scale::from_name("gamma"), None);
    }
}
