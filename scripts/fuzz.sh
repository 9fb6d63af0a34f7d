#!/bin/sh
# Runs every fuzz target for FUZZTIME, a time (20s) or a number of inputs (1000x):
# with a number it is the same work each time, which is what `make test` wants.
#
# One program per package runs all of its targets. The fuzzer is led by what our
# own code does with an input and not by the libraries: to have those watched too
# they would all be compiled once more, which takes longer than the fuzzing.
#
# A failing input is written below the package's testdata/fuzz and belongs into
# the commit that mends it; what is only interesting is kept in bin/fuzz.
set -eu

root=$(pwd)
mkdir -p bin/fuzz/found
module=$("${GO:-go}" list -m)
found=
failed=
for package in $(grep -rl --include='*_test.go' --exclude-dir=engine --exclude-dir=tools '^func Fuzz' . | xargs -n1 dirname | sort -u); do
	"${GO:-go}" test -c -vet=off -gcflags="$module/...=-d=libfuzzer" -o bin/fuzz/targets.test "$package"
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$package"/*_test.go); do
		found=yes
		echo "== $target in $package"
		(cd "$package" && "$root/bin/fuzz/targets.test" -test.run '^$' -test.fuzz "^$target\$" -test.fuzztime "${FUZZTIME:-20s}" \
			-test.fuzzminimizetime 100x -test.fuzzcachedir "$root/bin/fuzz/found/$package") || failed="$failed $target"
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
