#!/usr/bin/env bash
# Runs everything that tries to lose money, and writes the page of what happened:
# bin/proof/README.md, every run's whole output beside it. It goes on behind a run
# that found something, so that the page tells all, and fails at the end.
set -uo pipefail
cd "$(dirname "$0")/.."
page=bin/proof/README.md
rm -rf bin/proof && mkdir -p bin/proof
cat >"$page" <<PAGE
# What was tried to lose money

Commit $(git rev-parse --short HEAD)$(git diff --quiet HEAD 2>/dev/null || echo ', with changes'), $(date -u +'%Y-%m-%d %H:%M UTC'), $(nproc) CPUs, $(go version | cut -d' ' -f3-4).
Each run can be made alone: \`make sim\`, \`make mutants\`, \`make powercuts\`, \`make faults\`, \`make kills\`. To see one go red, break the product:
\`make break BUG=01\` skips the intent, \`BUG=04\` trusts an unsigned answer, \`BUG=sync\` does not wait for the disk; \`cmd/sim/testdata/mutants\` has more.
PAGE
failed=0
run() { # NAME TITLE
	local from code
	from=$(date +%s)
	make --no-print-directory "$1" >"bin/proof/$1.log" 2>&1
	code=$?
	if [ $code -eq 0 ]; then
		echo "proof: $1: held, $(($(date +%s) - from)) s"
	else
		echo "proof: $1: FAILED with $code after $(($(date +%s) - from)) s; the end of bin/proof/$1.log:"
		tail -40 "bin/proof/$1.log"
		failed=1
	fi
	{
		printf '\n## %s: %s\n\n`make %s`, %s s.\n\n```\n' "$2" "$([ $code -eq 0 ] && echo held || echo FAILED)" "$1" $(($(date +%s) - from))
		# a line a subtest says no more than its parent's
		grep -vE '^(=== |    --- PASS|go (build|test|run) |cd |TILLPAY_|PASS$|ok  )' "bin/proof/$1.log"
		printf '```\n'
	} >>"$page"
}
run sim 'A simulator, virtual time, the production engine, ledger, queue and drivers'
run mutants '25 planted bugs'
run powercuts 'Power cuts of the real SQLite file'
run faults 'Every call to the disk fails, files are damaged, the disk is full'
run kills 'kill -9 of the built agent'
{
	printf '\n## What all this found, each with its test\n'
	for doc in simulator kills-and-cuts; do
		sed -n '/^## What it found/,/^## /{/^## /d;p}' "docs/$doc.md"
	done
} >>"$page"
cat "$page"
exit $failed
