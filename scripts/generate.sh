#!/bin/sh
# Writes the generated code from its sources, or with --check compares it and
# fails when they differ.
set -eu

if [ "${1:-}" != --check ]; then
	bin/tools/sqlc generate
	bin/tools/oapi-codegen -config api/oapi-codegen.yaml api/openapi.yaml
	bin/tools/templ generate -log-level error -path web
	exit
fi

fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
stale=

bin/tools/sqlc diff || stale="store/db does not match migrations/ and store/queries/"

# Where the code goes stands in the configuration and nowhere else.
api=$(sed -n 's/^output: *//p' api/oapi-codegen.yaml)
sed "s#^output:.*#output: $fresh/api.go#" api/oapi-codegen.yaml >"$fresh/oapi-codegen.yaml"
bin/tools/oapi-codegen -config "$fresh/oapi-codegen.yaml" api/openapi.yaml
if ! diff -u "$api" "$fresh/api.go" >"$fresh/diff" 2>&1; then
	head -n 40 "$fresh/diff"
	stale="${stale:+$stale; }$api does not match api/openapi.yaml"
fi

# templ writes beside its sources, so it works on a copy of them.
mkdir "$fresh/pages"
(cd web && find . -name '*.templ' | tar -cf - -T -) | tar -xf - -C "$fresh/pages"
bin/tools/templ generate -log-level error -path "$fresh/pages"
(cd web && find . -name '*_templ.go' | sort) >"$fresh/committed"
(cd "$fresh/pages" && find . -name '*_templ.go' | sort) >"$fresh/written"
if ! diff -u "$fresh/committed" "$fresh/written"; then
	stale="${stale:+$stale; }web/ has pages without their code, or code without its page"
fi
while read -r page; do
	if ! cmp -s "web/$page" "$fresh/pages/$page"; then
		stale="${stale:+$stale; }web/$page does not match its .templ"
	fi
done <"$fresh/written"

if [ -n "$stale" ]; then
	echo "doorbell: $stale: run 'make generate' and commit the result." >&2
	exit 1
fi
