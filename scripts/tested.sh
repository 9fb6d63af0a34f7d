#!/bin/sh
# tested.sh COMMAND... runs tests. When they fail it says at the end once more
# which and why: a hundred packages, or what every goroutine was doing when the
# time was over, come after it otherwise, and some who read it see the end only.
set -u

mkdir -p bin
log=bin/.tested
code=bin/.tested-code
{
	"$@" 2>&1
	echo $? >"$code"
} | tee "$log"
read -r ended <"$code"
if [ "$ended" -ne 0 ]; then
	printf '\n== what failed\n'
	awk '
		/^(ok|FAIL|\?)[ \t]/ {said = 0}
		/^ *--- FAIL/ || /^panic: / || /^WARNING: DATA RACE/ || /^fatal error: / || /^#/ {said = 40}
		/^goroutine [0-9]+ / && said < 40 {said = 0}
		/^FAIL[ \t]/ {print; next}
		said-- > 0 {print substr($0, 1, 400)}' "$log" | tail -n 300
fi
rm -f "$log" "$code"
exit "$ended"
