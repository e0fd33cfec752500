//! The program with a store: what it has acknowledged outlives it, its database and its disk, however they end.

mod client;
mod crash;
mod disk;
mod full;
mod gone;
mod limits;
mod outage;
mod place;
mod server;
mod standby;
mod start;
mod submissions;
mod traffic;

/// Runs each of these tests on every store that outlives the program.
macro_rules! on_each_store {
    ($($test:ident),+ $(,)?) => {
        mod on_sqlite {
            $(
                #[test]
                fn $test() {
                    super::$test(&crate::place::Place::sqlite());
                }
            )+
        }

        mod on_postgres {
            $(
                #[test]
                fn $test() {
                    super::$test(&crate::place::Place::postgres());
                }
            )+
        }
    };
}
use on_each_store;
