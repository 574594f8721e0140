//! Predicates against rows whose answer is known, and refusals with their place.

use super::*;
use crate::query::parse;
use crate::values::parse as values_of;

fn rows() -> (Datatype, &'static str) {
    let datatype = serde_json::json!({"class": "compound", "size": 28, "members": [
        {"name": "id", "offset": 0, "datatype": "<i4"},
        {"name": "e", "offset": 4, "datatype": ">f8"},
        {"name": "hit", "offset": 12, "datatype": "|b1"},
        {"name": "tag", "offset": 13, "datatype": "|S3"},
        {"name": "state", "offset": 16, "datatype": {"class": "enum", "base": "|u1",
            "members": [{"name": "OFF", "value": 0}, {"name": "ON", "value": 1}]}},
        {"name": "at", "offset": 20, "datatype": {"class": "compound", "size": 8, "members": [
            {"name": "x", "offset": 0, "datatype": "<f4"}, {"name": "the y", "offset": 4, "datatype": "<u2"}]}}
    ]});
    let data = r#"[
        [-1, 0.5, true, "a", "ON", [1.5, 7]],
        [2, "NaN", false, "bb", "OFF", [-1, 65535]],
        [3, 1e30, true, "", "ON", [0, 3]],
        [2147483647, -0.0, false, "abc", "OFF", ["Infinity", 0]]
    ]"#;
    (serde_json::from_value(datatype).unwrap(), data)
}

fn matching(text: &str, datatype: &Datatype, data: &str, count: u64) -> Vec<usize> {
    let payload = values_of(data, datatype, &[count]).unwrap();
    let bound = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let bound = bound.bind(datatype).unwrap_or_else(|error| panic!("{text}: {error}"));
    bound.matching(&payload, count).unwrap()
}

#[test]
fn rows_are_found() {
    let (datatype, data) = rows();
    for (text, expected) in [
        ("id > 2", &[2, 3][..]),
        ("2 < id", &[2, 3]),
        ("id == 2 or id == 3", &[1, 2]),
        ("id in [3, 2, 2147483648]", &[1, 2]),
        ("id not in [3, 2.0]", &[0, 3]),
        ("not id in [3]", &[0, 1, 3]),
        ("e == 0", &[3]),
        ("e < 1", &[0, 3]),
        ("e != 0.5", &[1, 2, 3]),
        ("not e <= 1e30", &[1]),
        ("hit", &[0, 2]),
        ("not hit and id > 0", &[1, 3]),
        ("hit == false", &[1, 3]),
        ("hit in [true]", &[0, 2]),
        ("tag == 'bb'", &[1]),
        ("tag < \"abc\"", &[0, 2]),
        ("tag in ['a', 'abc', '']", &[0, 2, 3]),
        ("state == 'ON'", &[0, 2]),
        ("state != 'ON'", &[1, 3]),
        ("state in ['OFF', 7]", &[1, 3]),
        ("state >= 1", &[0, 2]),
        ("at.x > 0", &[0, 3]),
        ("at.`the y` == 65535", &[1]),
        ("0 <= at.x < 1.5", &[2]),
        ("at.x < id", &[1, 2]),
        ("(id > 0 and (hit or tag == 'bb')) or e == -0.0", &[1, 2, 3]),
        ("id > 0 and hit or id < 0 and hit", &[0, 2]),
        ("id > 9.5e300", &[]),
        ("id > -1e300", &[0, 1, 2, 3]),
        ("`id` == +2", &[1]),
    ] {
        assert_eq!(matching(text, &datatype, data, 4), expected, "{text}");
    }
}

#[test]
fn elements_without_members_are_called_value() {
    let floats: Datatype = ">f4".parse().unwrap();
    assert_eq!(matching("1 <= value < 3", &floats, "[0.5, 1, 2.5, 3, \"NaN\"]", 5), [1, 2]);
    let texts = Datatype::variable_string();
    let found =
        matching("value == 'O\\'Neill' or value > 'z'", &texts, r#"["a", "O'Neill", "é"]"#, 3);
    assert_eq!(found, [1, 2]);
    let bools = Datatype::Bool;
    assert_eq!(matching("not value", &bools, "[true, false]", 2), [1]);
    let unsigned: Datatype = "<u8".parse().unwrap();
    let data = "[18446744073709551615, 18446744073709551614]";
    assert_eq!(matching("value == 18446744073709551615", &unsigned, data, 2), [0]);
}

#[test]
fn mistakes_are_refused_where_they_stand() {
    let (datatype, _) = rows();
    for (text, position, mentions) in [
        ("", 0, "a name or a value is missing; here is the end"),
        ("id >", 4, "a name or a value"),
        ("id > 2 3", 7, "\"and\", \"or\" or the end"),
        ("(id > 2", 7, "\")\""),
        ("id = 2", 3, "'='"),
        ("id > 2 & hit", 7, "'&'"),
        ("tag == 'a", 7, "has no end"),
        ("id == 1.2.3", 6, "\"1.2.3\" is not a number"),
        ("id == 1e999", 6, "is not a number"),
        ("id in 3", 6, "a list such as"),
        ("id in [3 4]", 9, "\",\" or \"]\""),
        ("id in [hit]", 7, "a number, a text or a bool"),
        ("3", 1, "a comparison"),
        ("1 < 2", 2, "two literals"),
        ("ID == 1", 0, "no member \"ID\"; there are id, e, hit"),
        ("at.z == 1", 0, "no member \"z\"; there are x, the y"),
        ("id.x == 1", 0, "no member \"x\"; there are none"),
        ("at == 1", 0, "not compared"),
        ("id == 'x'", 3, "cannot be compared"),
        ("id == true", 3, "cannot be compared"),
        ("tag == 1", 4, "cannot be compared"),
        ("tag == id", 4, "cannot be compared"),
        ("state == 'BROKEN'", 6, "no value called \"BROKEN\""),
        ("state < 'ON'", 6, "cannot be compared"),
        ("id", 0, "needs a comparison"),
        ("not", 3, "a name or a value"),
        ("hit and and hit", 8, "a name or a value"),
        ("é == 1", 0, "no member \"é\""),
    ] {
        let error = match parse(text) {
            Err(error) => error,
            Ok(predicate) => predicate.bind(&datatype).expect_err(text),
        };
        assert_eq!(error.position, position, "{text}: {error}");
        assert!(error.to_string().contains(mentions), "{text}: {error}");
    }
    let deep = format!("{}hit{}", "(".repeat(65), ")".repeat(65));
    assert!(matches!(
        parse(&deep),
        Err(QueryError { position: 64, reason: Reason::TooDeep { .. } })
    ));
    let nots = format!("{}hit", "not ".repeat(1000));
    assert!(parse(&nots).is_err());
    let wide = vec!["hit"; 5000].join(" and ");
    assert!(parse(&wide).unwrap().bind(&datatype).is_ok());
    assert!(matches!(
        parse(&"x".repeat(1 << 17)),
        Err(QueryError { reason: Reason::TooLong { .. }, .. })
    ));
}

#[test]
fn the_members_that_are_looked_at_are_known() {
    let predicate = parse("id > 2 and (not at.x < e or tag in ['a']) or hit").unwrap();
    assert_eq!(
        predicate.members().into_iter().collect::<Vec<_>>(),
        ["at", "e", "hit", "id", "tag"]
    );
}
