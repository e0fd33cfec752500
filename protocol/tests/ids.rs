//! Which ids users can have.

use mobileim_protocol::{NO_ID_HAS, is_user_id};

/// Ids that begin with a character, end with it, or have it in between.
fn ids_with(char: char) -> [String; 3] {
    [format!("{char}a"), format!("a{char}"), format!("a{char}b")]
}

#[test]
fn no_id_has_the_character_that_parts_names_made_of_ids_but_those_like_it_are_taken() {
    for id in ids_with(NO_ID_HAS) {
        assert!(!is_user_id(&id), "{id:?}");
    }
    for char in ['\u{FFFE}', '\u{FFFD}', '\u{FFBF}', '\u{10FFFF}', 'ï'] {
        for id in ids_with(char) {
            assert!(is_user_id(&id), "{id:?}");
        }
    }
}
