#!/usr/bin/env bash
# What CI runs: set-up from nothing, types, lint, build, all tests, and a test that fails for each guard
# that goes. The last line is `N passed, N failed, N skipped`.
set -uo pipefail
cd "$(dirname "$0")/.."
report=$(mktemp)
trap 'rm -f "$report"' EXIT
failed=0

step() {
  echo "== $1" >&2
  shift
  "$@" || { echo "FAILED: $*" >&2; failed=$((failed + 1)); }
}

bash test/setup.sh system || { echo "0 passed, 1 failed, 0 skipped"; exit 1; }
step types npm run -s types
step lint npm run -s lint
step build npm run -s build
step tests npx vitest run --reporter=default --reporter=json --outputFile.json="$report"
step guards npm run -s verify:guards

# A failed step counts as one failure beside the tests' own.
node -e '
  const [file, steps] = process.argv.slice(1)
  let tests = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 }
  try { tests = JSON.parse(require("node:fs").readFileSync(file, "utf8")) } catch {}
  const failed = Math.max(tests.numFailedTests, Number(steps) > 0 ? 1 : 0)
  console.log(`${tests.numPassedTests} passed, ${failed} failed, ${tests.numPendingTests + tests.numTodoTests} skipped`)
' "$report" "$failed"
exit $((failed > 0))
