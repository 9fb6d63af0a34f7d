#!/bin/sh
# Sees to it that what a target needs is on this machine: go, cc, postgres,
# chromium, or dev_postgres, which is postgres unless the settings name one elsewhere.
# Debian's and Ubuntu's packages are installed when missing, as root or through
# sudo where it asks for no password; else one sentence says what to install.
set -eu

fail() {
	echo "doorbell: $*" >&2
	exit 1
}

# install_packages WHAT PACKAGE... brings Debian packages in, or says how to.
install_packages() {
	what=$1
	shift
	command -v apt-get >/dev/null 2>&1 ||
		fail "$what missing: please install it with this system's package manager, then run make again."
	as_root=
	if [ "$(id -u)" -ne 0 ]; then
		if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
			as_root="sudo -n"
		else
			fail "$what missing: please run 'sudo apt-get install $*', then run make again."
		fi
	fi
	echo "installing $* ($what missing)" >&2
	log=$(mktemp)
	if ! {
		$as_root apt-get -o DPkg::Lock::Timeout=120 update &&
			$as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 \
				install -y --no-install-recommends "$@"
	} >"$log" 2>&1 </dev/null; then
		tail -n 20 "$log" >&2
		rm -f "$log"
		fail "$what missing and installing it failed: please run 'apt-get install $*' as root, then run make again."
	fi
	rm -f "$log"
}

prepare_go() {
	command -v "${GO:-go}" >/dev/null 2>&1 ||
		fail "Go missing: please install Go $(awk '$1 == "go" {print $2}' go.mod) or newer from https://go.dev/dl/, then run make again."
}

# The race detector links with a C compiler and its headers.
prepare_cc() {
	if ! echo '#include <stdlib.h>' | ${CC:-cc} -E - >/dev/null 2>&1; then
		install_packages "C compiler" gcc libc6-dev
	fi
}

has_postgres() {
	for initdb in /usr/lib/postgresql/*/bin/initdb /usr/pgsql-*/bin/initdb "$(command -v initdb || true)"; do
		if [ -x "$initdb" ]; then
			return 0
		fi
	done
	return 1
}

# Only Postgres's programs are wanted; Doorbell keeps its own private cluster.
# Debian's package would also create and start one for the whole machine: a
# setting that is there only while the package is being installed prevents it.
prepare_postgres() {
	if has_postgres; then
		return
	fi
	no_cluster=/etc/postgresql-common/createcluster.d/doorbell.conf
	if [ "$(id -u)" -eq 0 ]; then
		as_root_do=
	else
		as_root_do="sudo -n"
	fi
	if [ -z "$as_root_do" ] || $as_root_do true 2>/dev/null; then
		trap '$as_root_do rm -f "$no_cluster"' EXIT
		$as_root_do mkdir -p "${no_cluster%/*}"
		echo "create_main_cluster = false" | $as_root_do tee "$no_cluster" >/dev/null
	fi
	install_packages "PostgreSQL's server programs" postgresql
	has_postgres || fail "PostgreSQL's server programs missing: please install the package 'postgresql', then run make again."
}

has_chromium() {
	for name in chromium chromium-browser google-chrome google-chrome-stable; do
		if command -v "$name" >/dev/null 2>&1 && "$name" --version >/dev/null 2>&1; then
			return 0
		fi
	done
	return 1
}

# The tests of the pages use a real browser. On Ubuntu the package is called
# otherwise and brings a snap, which does not work everywhere.
prepare_chromium() {
	if has_chromium; then
		return
	fi
	package=chromium
	if [ "$(. /etc/os-release 2>/dev/null && echo "${ID:-}")" = ubuntu ]; then
		package=chromium-browser
	fi
	install_packages "Chromium" "$package"
	has_chromium || fail "Chromium missing: the package '$package' does not work here; please install Chromium or Google Chrome, then run make again."
}

# The engine started here needs Postgres too.
prepare_dev_postgres() {
	if [ -z "${DATABASE_URL:-}" ] || [ -z "${TEMPORAL_ADDRESS:-}" ]; then
		prepare_postgres
	fi
}

for part in "$@"; do
	"prepare_$part"
done
