#!/usr/bin/env bash
# fuzz.sh TARGET|all [SECONDS]: looks for input that breaks a promise. What is learned stays in the build folder, and is where the next
# run begins; what breaks a promise goes to fuzz/artifacts. fuzz.sh TARGET minimise: makes the committed corpus anew from all of it.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/versions.sh"
cd "$root"

PATH="$cache/tools/cargo-fuzz-$cargo_fuzz_version/bin:$PATH"
# cargo-fuzz sets unstable options of the very compiler that builds everything else.
export RUSTC_BOOTSTRAP=1

# libfuzzer TARGET FOLDER... -- [OPTION...]. No unsafe code is run, so there is nothing for a sanitizer to find.
libfuzzer() {
  cargo fuzz run --sanitizer none "$@" -max_len=1000
}

targets=(codec framing client mailbox)
if [[ "${1:-}" != all ]]; then
  targets=("${1:?fuzz.sh needs a target: ${targets[*]} or all}")
fi
for target in "${targets[@]}"; do
  learned="${CARGO_TARGET_DIR:-$root/target}/fuzz-corpus/$target"
  corpus="fuzz/corpus/$target"
  mkdir -p "$learned" "$corpus"
  if [[ "${2:-}" == minimise ]]; then
    all="$(mktemp -d)"
    mv "$corpus" "$all/before"
    mkdir "$corpus"
    # The fewest that reach all the code that is reached.
    libfuzzer "$target" "$corpus" "$learned" "$all/before" -- -set_cover_merge=1 -use_counters=0
    rm -r "$all"
  else
    libfuzzer "$target" "$learned" "$corpus" -- -max_total_time="${2:-60}" -print_final_stats=1
  fi
done
