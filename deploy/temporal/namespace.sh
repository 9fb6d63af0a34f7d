#!/bin/sh
# Registers Doorbell's namespace and search attributes; what is there already
# stays, the retention is set anew. TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE are
# read by the command itself.
set -eu

# A server that has just started refuses for a while, and a new namespace takes
# some seconds to be known everywhere.
patiently() {
	tries=0
	until "$@"; do
		tries=$((tries + 1))
		if [ "$tries" -ge 30 ]; then
			echo "gave up after $tries tries: $*" >&2
			exit 1
		fi
		sleep 2
	done
}

namespace() {
	if temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
		temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
	else
		temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION" \
			--description "one workflow per sales lead"
	fi
}

search_attributes() {
	temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" \
		--name Dealer --type Keyword \
		--name Owner --type Keyword \
		--name Source --type Keyword \
		--name Phase --type Keyword \
		--name Stage --type Keyword \
		--name LeadStatus --type Keyword \
		--name Track --type Keyword \
		--name CloseReason --type Keyword \
		--name Escalation --type Int \
		--name NextDeadline --type Datetime
}

patiently temporal operator cluster health
patiently namespace
patiently search_attributes
