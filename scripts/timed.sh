#!/bin/sh
# timed.sh LABEL COMMAND... runs one step of `make test` and tells how long it
# took; --begin starts a new list of steps, --end prints it.
set -eu

steps=bin/.steps

case $1 in
--begin)
	mkdir -p bin
	: >"$steps"
	;;
--end)
	awk -F '\t' '
		{printf "%6d s  %s\n", $1, $2; all += $1}
		END {printf "%6d s  all\n", all}' "$steps"
	;;
*)
	label=$1
	shift
	printf '\n== %s\n' "$label"
	start=$(date +%s)
	if "$@"; then code=0; else code=$?; fi
	took=$(($(date +%s) - start))
	printf '%s\t%s\n' "$took" "$label" >>"$steps"
	if [ "$code" -ne 0 ]; then
		printf '== %s failed after %s s\n' "$label" "$took" >&2
	fi
	exit "$code"
	;;
esac
