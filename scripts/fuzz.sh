#!/bin/sh
# Runs every fuzz target for FUZZTIME. Go fuzzes one target at a time; a failing
# input is written below the package's testdata/fuzz and belongs into the commit
# that mends it.
set -eu

found=
failed=
for file in $(grep -rl --include='*_test.go' --exclude-dir=engine --exclude-dir=tools '^func Fuzz' . | sort); do
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file"); do
		found=yes
		echo "== $target in ${file%/*}"
		"${GO:-go}" test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-20s}" "${file%/*}" || failed="$failed $target"
	done
done
if [ -z "$found" ]; then
	echo "doorbell: no fuzz target found." >&2
	exit 1
fi
if [ -n "$failed" ]; then
	echo "doorbell: failed:$failed" >&2
	exit 1
fi
