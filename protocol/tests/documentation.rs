//! The tables of docs/protocol.md that it says are checked.

use mobileim_protocol::{
    MessageType, Question, SenseMode, Span, Timing, Transport, encode_question,
};

const PAGE: &str = include_str!("../../docs/protocol.md");

/// The rows of the table with this header, cell by cell.
fn table(header: &str) -> Vec<Vec<&'static str>> {
    let (_, rest) = PAGE.split_once(header).expect("the table is there");
    rest.lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect()
}

#[test]
fn the_timing_table_is_the_codes() {
    let rows = table("| sense mode | stream client | stream server | UDP client | UDP server |");
    assert_eq!(rows.len(), SenseMode::ALL.len());
    for (row, mode) in rows.into_iter().zip(SenseMode::ALL) {
        assert_eq!(row[0], mode.to_string());
        let timing = |client: &str, server: &str| {
            Some(Timing {
                interval: Span::from_secs(mode.seconds()),
                client_timeout: Span::from_secs(client.parse().ok()?),
                server_timeout: Span::from_secs(server.parse().ok()?),
            })
        };
        assert_eq!(
            mode.timing(Transport::Tcp),
            timing(row[1], row[2]),
            "{mode}"
        );
        assert_eq!(
            mode.timing(Transport::WebSocket),
            timing(row[1], row[2]),
            "{mode}"
        );
        assert_eq!(
            mode.timing(Transport::Udp),
            timing(row[3], row[4]),
            "{mode}"
        );
    }
}

#[test]
fn the_message_types_are_the_codes() {
    let rows = table("| type | from | name | dataContent |");
    assert_eq!(rows.len(), 15);
    for row in rows {
        let kind = MessageType::from_code(row[0].parse().unwrap());
        assert_eq!(format!("{kind:?}"), row[2]);
        assert_eq!(kind.code().to_string(), row[0]);
    }
}

#[test]
fn the_questions_are_the_codes() {
    let rows = table("| ask | parameters | answer |");
    let names: Vec<_> = rows.iter().map(|row| row[0]).collect();
    assert_eq!(names, Question::NAMES);
    for row in rows {
        let parameters = row[1].trim_matches('`').trim_matches(['{', '}']);
        let parameters = parameters.split(',').filter(|name| !name.is_empty());
        let parameters: Vec<_> = parameters
            .map(|name| (name.trim_end_matches('?'), name.ends_with('?')))
            .collect();
        let asked = |is_asked: &dyn Fn(&str, bool) -> bool| {
            let with = parameters.iter().filter(|(name, may)| is_asked(name, *may));
            let with: Vec<_> = with
                .map(|(name, _)| match name.trim_matches('"') {
                    "before" | "after" | "limit" | "seq" => format!("{name}:7"),
                    "users" => format!("{name}:[\"d\"]"),
                    _ => format!("{name}:\"d\""),
                })
                .collect();
            let question = encode_question(row[0], &format!("{{{}}}", with.join(","))).unwrap();
            Question::decode(Some(&question)).map_err(|error| format!("{question}: {error}"))
        };
        let full = asked(&|_, _| true).unwrap();
        assert!(asked(&|_, may| !may).is_ok());
        for (missing, may) in &parameters {
            let rest = asked(&|name, _| name != *missing);
            assert!(
                if *may {
                    rest.unwrap() != full
                } else {
                    rest.is_err()
                },
                "{missing}"
            );
        }
    }
}
