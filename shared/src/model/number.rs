//! A single number in a reply: exact as an integer, and with NaN and the infinities as values have them in JSON.

use serde::de::{Error as _, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    Signed(i64),
    Unsigned(u64),
    Real(f64),
}

impl Number {
    /// The nearest double.
    #[expect(clippy::cast_precision_loss, reason = "the nearest double is what is promised")]
    pub fn to_f64(self) -> f64 {
        match self {
            Self::Signed(number) => number as f64,
            Self::Unsigned(number) => number as f64,
            Self::Real(number) => number,
        }
    }
}

impl From<i128> for Number {
    /// Beyond 64 bits the nearest double.
    #[expect(clippy::cast_precision_loss, reason = "the nearest double is what is promised")]
    fn from(number: i128) -> Self {
        match (i64::try_from(number), u64::try_from(number)) {
            (Ok(number), _) => Self::Signed(number),
            (_, Ok(number)) => Self::Unsigned(number),
            _ => Self::Real(number as f64),
        }
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Signed(number) => serializer.serialize_i64(number),
            Self::Unsigned(number) => serializer.serialize_u64(number),
            Self::Real(number) if number.is_nan() => serializer.serialize_str("NaN"),
            Self::Real(f64::INFINITY) => serializer.serialize_str("Infinity"),
            Self::Real(f64::NEG_INFINITY) => serializer.serialize_str("-Infinity"),
            Self::Real(number) => serializer.serialize_f64(number),
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Signed(i64),
            Unsigned(u64),
            Real(f64),
            Text(String),
        }
        match Form::deserialize(deserializer)? {
            Form::Signed(number) => Ok(Self::Signed(number)),
            Form::Unsigned(number) => Ok(Self::Unsigned(number)),
            Form::Real(number) => Ok(Self::Real(number)),
            Form::Text(text) => match text.as_str() {
                "NaN" => Ok(Self::Real(f64::NAN)),
                "Infinity" => Ok(Self::Real(f64::INFINITY)),
                "-Infinity" => Ok(Self::Real(f64::NEG_INFINITY)),
                _ => Err(D::Error::invalid_value(Unexpected::Str(&text), &"a number")),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_as_they_were() {
        let numbers = [
            (Number::from(-3), "-3"),
            (Number::from(i128::from(u64::MAX)), "18446744073709551615"),
            (Number::from(1 << 70), "1.1805916207174113e+21"),
            (Number::Real(0.5), "0.5"),
            (Number::Real(f64::INFINITY), "\"Infinity\""),
            (Number::Real(f64::NEG_INFINITY), "\"-Infinity\""),
        ];
        for (number, text) in numbers {
            assert_eq!(serde_json::to_string(&number).unwrap(), text);
            assert_eq!(serde_json::from_str::<Number>(text).unwrap(), number);
        }
        assert_eq!(serde_json::to_string(&Number::Real(f64::NAN)).unwrap(), "\"NaN\"");
        assert!(serde_json::from_str::<Number>("\"NaN\"").unwrap().to_f64().is_nan());
        assert!(serde_json::from_str::<Number>("\"1\"").is_err());
    }
}
