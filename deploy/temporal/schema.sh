#!/bin/sh
# Creates Temporal's databases and brings their schema to the version of this
# image. Each step does nothing where it was done before. The address, role and
# password come from SQL_* in the environment.
set -eu

schemas=/etc/temporal/schema/postgresql/v12

bring_up() {
	database=$1
	versions=$2
	temporal-sql-tool --db "$database" create
	temporal-sql-tool --db "$database" setup-schema --version 0.0
	temporal-sql-tool --db "$database" update-schema --schema-dir "$versions"
}

bring_up temporal "$schemas/temporal/versioned"
bring_up temporal_visibility "$schemas/visibility/versioned"
