#!/usr/bin/env bash
# A test that is not counted cannot fail anyone: these are the counters of tools/lib.sh on what the runners print.
source "$(dirname "$0")/../lib.sh"

# expect NAME EXPECTED ACTUAL
expect() {
    if [ "$2" = "$3" ]; then echo "ok $1"; else echo "not ok $1: expected '$2', got '$3'"; fi
}

expect "nextest: all passed" "14 0" "$(count_nextest <<'END'
        PASS [   0.007s] (11/14) testkit::it a_test_of_3_failed_things
     Summary [   1.050s] 14 tests run: 14 passed, 2 skipped
END
)"
expect "nextest: every kind of failure" "7 6" "$(count_nextest <<'END'
     Summary [  21.0s] 13 tests run: 7 passed (1 slow, 2 flaky, 1 leaky), 3 failed (1 leaky), 1 exec failed, 2 timed out, 8 skipped
        FAIL [   0.1s] (1/13) model it::x
END
)"
expect "nextest: interrupted" "1 1" "$(count_nextest <<<'     Summary [   0.2s] 2/20 tests run: 1 passed, 1 failed, 0 skipped')"
expect "nextest: nothing ran" "0 0" "$(count_nextest <<<'error: could not compile')"
expect "cargo test: several programs" "5 2" "$(count_cargo_test <<'END'
test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s
test result: FAILED. 2 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s
END
)"
expect "unittest: all passed" "4 0" "$(printf '....\nRan 4 tests in 0.1s\n\nOK\n' | count_unittest)"
expect "unittest: failures, errors and skips" "4 3" \
    "$(printf 'Ran 9 tests in 0.1s\n\nFAILED (failures=2, errors=1, skipped=1, expected failures=1)\n' | count_unittest)"
expect "node: failures and cancelled tests" "12 3" \
    "$(printf '✔ a page (1.2ms)\nℹ tests 15\nℹ pass 12\nℹ fail 2\nℹ cancelled 1\nℹ skipped 0\n' | count_node)"
expect "tap" "2 1" "$(printf 'ok a\nnot ok b\nok c\n' | count_tap)"

version() { if is_at_least "$1" "$2"; then echo yes; else echo no; fi; }
expect "versions compare by number" "yes yes no no" \
    "$(version 1.96.0 1.95) $(version 1.100.0 1.95) $(version 1.94.1 1.95) $(version 1.9 1.95)"
