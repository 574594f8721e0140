//! How a place and its parameters are written in an address: `/f/<file>/<path...>?name=value`.

use hdf5_async_protocol::model::ObjectPath;

/// What is shown: a file, if one is chosen, and an object in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub file: Option<String>,
    pub path: ObjectPath,
}

impl Place {
    pub fn in_file(file: &str, path: ObjectPath) -> Self {
        Self { file: Some(file.to_owned()), path }
    }

    /// Reads the path of an address; what is no place is the start page.
    pub fn parse(pathname: &str) -> Self {
        let nowhere = Self { file: None, path: ObjectPath::root() };
        let Some(rest) = pathname.strip_prefix("/f/") else { return nowhere };
        let mut parts = rest.split('/');
        let file = decode(parts.next().unwrap_or_default());
        if file.is_empty() {
            return nowhere;
        }
        let names: Vec<String> = parts.map(decode).collect();
        let path = ObjectPath::new(&format!("/{}", names.join("/")));
        Self { file: Some(file), path: path.unwrap_or_else(|_| ObjectPath::root()) }
    }

    /// The address, without origin. A file in a folder keeps its `/` encoded, so that it stays one part.
    pub fn to_url(&self, parameters: &Parameters) -> String {
        let mut url = String::from("/");
        if let Some(file) = &self.file {
            url.push_str("f/");
            encode_into(&mut url, file, "");
            for name in self.path.names() {
                url.push('/');
                encode_into(&mut url, name, ":@,+=&$");
            }
        }
        parameters.write_into(&mut url);
        url
    }
}

/// The query of an address, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub fn parse(query: &str) -> Self {
        let query = query.strip_prefix('?').unwrap_or(query);
        let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(&value.replace('+', " ")))
        });
        Self(pairs.collect())
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn set(&mut self, name: &str, value: Option<&str>) {
        let known = self.0.iter().position(|(known, _)| known == name);
        match (known, value) {
            (Some(position), Some(value)) => value.clone_into(&mut self.0[position].1),
            (Some(position), None) => {
                self.0.remove(position);
            }
            (None, Some(value)) => self.0.push((name.to_owned(), value.to_owned())),
            (None, None) => {}
        }
    }

    /// What belongs to the page and not to the object shown.
    pub fn keep_only_embed(&mut self) {
        self.0.retain(|(name, _)| name == "embed");
    }

    fn write_into(&self, url: &mut String) {
        for (position, (name, value)) in self.0.iter().enumerate() {
            url.push(if position == 0 { '?' } else { '&' });
            encode_into(url, name, "");
            url.push('=');
            encode_into(url, value, ":@,/[]$");
        }
    }
}

/// Percent-encodes all but RFC 3986's unreserved characters and those in `also_plain`.
fn encode_into(url: &mut String, text: &str, also_plain: &str) {
    for byte in text.bytes() {
        let character = char::from(byte);
        let plain = byte.is_ascii_alphanumeric()
            || matches!(character, '-' | '.' | '_' | '~')
            || also_plain.contains(character) && byte.is_ascii();
        if plain {
            url.push(character);
        } else {
            const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
            url.push('%');
            url.push(char::from(DIGITS[usize::from(byte >> 4)]));
            url.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}

/// A `%` that no two hexadecimal digits follow stands for itself.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digits = (*first == b'%').then(|| after.first_chunk::<2>()).flatten();
        let decoded = digits
            .and_then(|digits| str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(decoded.unwrap_or(*first));
        rest = if decoded.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(file: &str, path: &str) -> String {
        let place = Place::in_file(file, ObjectPath::new(path).unwrap());
        let url = place.to_url(&Parameters::default());
        assert_eq!(Place::parse(&url), place, "{url}");
        url
    }

    #[test]
    fn places_survive_the_address_bar() {
        assert_eq!(round_trip("run.h5", "/"), "/f/run.h5");
        assert_eq!(round_trip("2026/run 1.h5", "/entry/data"), "/f/2026%2Frun%201.h5/entry/data");
        assert_eq!(round_trip("a.h5", "/50%/ü?#"), "/f/a.h5/50%25/%C3%BC%3F%23");
    }

    #[test]
    fn anything_else_is_the_start_page() {
        for text in ["/", "", "/f/", "/x/y", "/f"] {
            assert_eq!(Place::parse(text).file, None, "{text}");
        }
    }

    #[test]
    fn parameters_keep_order_and_text() {
        let mut parameters = Parameters::parse("?v=grid&sel=3,+:,%202:9&embed=1");
        assert_eq!(parameters.get("sel"), Some("3, :, 2:9"));
        parameters.set("v", Some("line"));
        parameters.set("embed", None);
        let place = Place::in_file("a", ObjectPath::root());
        assert_eq!(place.to_url(&parameters), "/f/a?v=line&sel=3,%20:,%202:9");
        parameters.set("embed", Some("1"));
        parameters.keep_only_embed();
        assert_eq!(place.to_url(&parameters), "/f/a?embed=1");
    }
}
