use tempfile::TempDir;

use super::*;

/// A directory of a test's own.
struct Directory(TempDir);

impl Directory {
    fn new() -> Self {
        // These tests sync thousands of times: in memory, where the system has a place there.
        let in_memory = TempDir::new_in("/dev/shm");
        Self(in_memory.or_else(|_| TempDir::new()).unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("alice.log")
    }

    fn open(&self) -> Log {
        Log::open(self.path()).unwrap()
    }

    fn stored(&self) -> Stored {
        self.open().stored()
    }
}

fn sync(log: &mut Log) -> Result<(), StorageError> {
    match log.begin_sync() {
        Some(begun) => log.end_sync(begun.wait()),
        None => Ok(()),
    }
}

/// Without zeros, which would complete what is cut.
const SEVEN: u64 = u64::from_le_bytes([7; 8]);
const EIGHT: u64 = u64::from_le_bytes([8; 8]);

/// One record of each kind, and what it leaves; gives the file's length after each too.
fn written(directory: &Directory) -> Vec<(u64, Stored)> {
    let mut log = directory.open();
    let mut states = vec![(log.len, log.stored())];
    for step in 0..7 {
        match step {
            0 => log.persist("fp 1", "body 1").unwrap(),
            1 => log.persist("fp 2", "body 2").unwrap(),
            2 => log.receive(SEVEN, "received 7").unwrap(),
            3 => log.forget("fp 1"),
            4 => log.receive(EIGHT, "received 8").unwrap(),
            5 => log.handled(SEVEN),
            _ => log.persist("fp 3", "body 3 é").unwrap(),
        }
        sync(&mut log).unwrap();
        states.push((log.len, log.stored()));
    }
    let last = &states.last().unwrap().1;
    assert_eq!(last.outbox, ["body 2", "body 3 é"]);
    assert_eq!(last.inbox, [(EIGHT, "received 8".to_owned())]);
    assert_eq!(last.received, [SEVEN, EIGHT]);
    states
}

/// What is persisted after this is not lost behind what was there.
fn accepts_more(directory: &Directory) {
    let mut log = directory.open();
    log.persist("next", "next").unwrap();
    sync(&mut log).unwrap();
    drop(log);
    assert_eq!(directory.stored().outbox.last().unwrap(), "next");
}

#[test]
fn a_tail_cut_at_any_byte_costs_only_the_record_that_is_cut() {
    let directory = Directory::new();
    let states = written(&directory);
    let whole = fs::read(directory.path()).unwrap();
    assert_eq!(states.last().unwrap().0, whole.len() as u64);
    for len in 0..=whole.len() {
        // Some file systems leave zeros after a crash.
        for zeros in [0, 50] {
            let mut bytes = whole[..len].to_vec();
            bytes.resize(len + if len < HEADER.len() { 0 } else { zeros }, 0);
            fs::write(directory.path(), bytes).unwrap();
            let expected = states.iter().rfind(|(at, _)| *at <= len as u64);
            let expected = expected.map(|(_, stored)| stored.clone());
            assert_eq!(directory.stored(), expected.unwrap_or_default(), "{len}");
            accepts_more(&directory);
        }
    }
}

#[test]
fn a_damaged_byte_costs_only_its_record() {
    let directory = Directory::new();
    let states = written(&directory);
    let whole = fs::read(directory.path()).unwrap();
    let start = |number: usize| usize::try_from(states[number].0).unwrap();
    for number in 0..states.len() - 1 {
        // The same, without this record.
        let mut without = whole[..start(number)].to_vec();
        without.extend(&whole[start(number + 1)..]);
        fs::write(directory.path(), without).unwrap();
        let expected = directory.stored();
        for at in start(number)..start(number + 1) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            fs::write(directory.path(), bytes).unwrap();
            assert_eq!(directory.stored(), expected, "byte {at}");
        }
        accepts_more(&directory);
    }
}

#[test]
fn damage_and_an_unfinished_tail_are_told_apart() {
    let directory = Directory::new();
    let states = written(&directory);
    let mut bytes = fs::read(directory.path()).unwrap();
    let first = usize::try_from(states[1].0 - states[0].0).unwrap();
    *bytes.get_mut(HEADER.len() + 9).unwrap() ^= 1;
    bytes.truncate(bytes.len() - 1);
    let last = states[states.len() - 1].0 - states[states.len() - 2].0;
    let skipped = scan(&bytes[HEADER.len()..], |_| {});
    let expected = Skipped {
        damaged: first,
        tail: usize::try_from(last).unwrap() - 1,
    };
    assert_eq!(skipped, expected);
}

#[test]
fn what_is_no_outbox_is_left_alone() {
    let directory = Directory::new();
    let text = "MobileIM outbox 2\nfrom the future";
    fs::write(directory.path(), text).unwrap();
    let error = Log::open(directory.path()).unwrap_err();
    assert_eq!(error, StorageError::NotAnOutbox(directory.path()));
    assert_eq!(fs::read_to_string(directory.path()).unwrap(), text);
}

#[test]
fn the_file_stays_small_and_its_order_stays() {
    let directory = Directory::new();
    let mut log = directory.open();
    let body = "x".repeat(1000);
    for number in 0..5_000 {
        log.persist(&format!("fp {number}"), &format!("{number} {body}"))
            .unwrap();
        log.receive(number, &format!("{number} {body}")).unwrap();
        sync(&mut log).unwrap();
        if number % 100 != 0 {
            log.forget(&format!("fp {number}"));
            log.handled(number);
        }
        let most = 2 * log.kept.len() + SPARE + 6_000;
        assert!(log.len < most, "{} of {most}", log.len);
    }
    let expected = log.stored();
    drop(log);
    assert_eq!(directory.stored(), expected);
    let numbers = expected
        .outbox
        .iter()
        .chain(expected.inbox.iter().map(|it| &it.1));
    let numbers = numbers.map(|it| it.split_once(' ').unwrap().0.to_owned());
    let hundreds = || (0..50).map(|it| (100 * it).to_string());
    assert!(numbers.eq(hundreds().chain(hundreds())));
    assert!(expected.received.into_iter().eq(0..5_000));
}

#[test]
fn only_the_last_received_ones_are_remembered_but_all_are_there_to_be_handled() {
    let directory = Directory::new();
    let mut log = directory.open();
    log.receive(u64::MAX, "waits").unwrap();
    for hash in 0..50_000 {
        log.receive(hash, "x").unwrap();
        log.handled(hash);
        if hash % 1_000 == 0 {
            sync(&mut log).unwrap();
        }
    }
    drop(log);
    for _ in 0..2 {
        let mut log = directory.open();
        let stored = log.stored();
        assert!(stored.received.into_iter().eq(40_000..50_000));
        assert_eq!(stored.inbox, [(u64::MAX, "waits".to_owned())]);
        // The next time, from a file that was written anew.
        log.rewrite().unwrap();
        assert!(log.len < 200_000, "{}", log.len);
    }
}

#[test]
fn a_user_has_one_program_at_a_time() {
    let directory = Directory::new();
    let log = directory.open();
    let error = Log::open(directory.path()).unwrap_err();
    assert_eq!(error, StorageError::InUse(directory.path()));
    drop(log);
    directory.open();
}

/// A disk that is full: neither can the file be written to, nor another take its place.
#[cfg(target_os = "linux")]
struct Full<'a>(&'a Directory);

#[cfg(target_os = "linux")]
impl<'a> Full<'a> {
    fn fill(directory: &'a Directory, log: &mut Log) -> Self {
        log.file = Arc::new(private::open_to_append(Path::new("/dev/full")).unwrap());
        fs::create_dir(directory.path().with_extension("new")).unwrap();
        Self(directory)
    }

    fn make_room(self) {
        fs::remove_dir(self.0.path().with_extension("new")).unwrap();
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_refuses_messages_and_spares_what_is_there() {
    let directory = Directory::new();
    let mut log = directory.open();
    log.persist("fp 1", "body 1").unwrap();
    log.receive(1, "received 1").unwrap();
    sync(&mut log).unwrap();
    let full = Full::fill(&directory, &mut log);
    for fp in ["fp 2", "fp 3"] {
        let error = log.persist(fp, "body").unwrap_err();
        assert!(matches!(error, StorageError::Io { .. }), "{error:?}");
        assert_eq!(log.stored().outbox, ["body 1"]);
    }
    log.receive(2, "received 2").unwrap_err();
    log.handled(1);
    sync(&mut log).unwrap_err();
    full.make_room();
    log.persist("fp 4", "body 4").unwrap();
    sync(&mut log).unwrap();
    drop(log);
    let stored = directory.stored();
    assert_eq!(stored.outbox, ["body 1", "body 4"]);
    assert_eq!(stored.inbox, [(2, "received 2".to_owned())]);
    assert_eq!(stored.received, [1, 2]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_program_that_ends_while_the_disk_is_full_leaves_what_was_safe() {
    let directory = Directory::new();
    let mut log = directory.open();
    log.persist("fp 1", "body 1").unwrap();
    log.receive(1, "received 1").unwrap();
    sync(&mut log).unwrap();
    let before = log.stored();
    let full = Full::fill(&directory, &mut log);
    log.persist("fp 2", "body 2").unwrap_err();
    log.forget("fp 1");
    sync(&mut log).unwrap_err();
    drop(log);
    full.make_room();
    assert_eq!(directory.stored(), before);
}

#[test]
fn messages_that_are_taken_back_are_not_in_the_file() {
    for new_file in [true, false] {
        let directory = Directory::new();
        let mut log = directory.open();
        log.persist("fp 1", "body 1").unwrap();
        sync(&mut log).unwrap();
        log.receive(7, "received 7").unwrap();
        log.persist("fp 2", "body 2").unwrap();
        log.persist("fp 3", "body 3").unwrap();
        if !new_file {
            fs::create_dir(directory.path().with_extension("new")).unwrap();
        }
        log.take_back(&io::ErrorKind::StorageFull.into());
        // A killed program writes no more.
        drop(log);
        if !new_file {
            fs::remove_dir(directory.path().with_extension("new")).unwrap();
        }
        let stored = directory.stored();
        assert_eq!(stored.outbox, ["body 1"]);
        assert_eq!(stored.received, [7]);
    }
}

#[test]
fn a_directory_that_cannot_be_made_is_told_by_name() {
    let directory = Directory::new();
    fs::write(directory.0.path().join("file"), "").unwrap();
    let path = directory.0.path().join("file/sub/alice.log");
    let error = Log::open(path).unwrap_err();
    assert!(matches!(error, StorageError::Io { .. }), "{error:?}");
    assert!(error.to_string().contains("file/sub"), "{error}");
}

#[test]
#[cfg(unix)]
fn nobody_else_may_read_what_is_made() {
    use std::os::unix::fs::PermissionsExt as _;

    let directory = Directory::new();
    let path = directory.0.path().join("a/b/alice.log");
    let mut log = Log::open(path.clone()).unwrap();
    log.rewrite().unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for (path, expected) in [
        (path.as_path(), 0o600),
        (&path.with_extension("lock"), 0o600),
        (path.parent().unwrap(), 0o700),
        (path.ancestors().nth(2).unwrap(), 0o700),
    ] {
        assert_eq!(mode(path), expected, "{}", path.display());
    }
}
