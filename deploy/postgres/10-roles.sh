#!/bin/sh
# Runs once, when the volume is empty: a role and a database for Doorbell, and a
# role for Temporal that may create its own two databases. Neither is superuser.
set -eu

psql --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres \
	--set doorbell="$DOORBELL_DB_PASSWORD" --set temporal="$TEMPORAL_DB_PASSWORD" <<'SQL'
CREATE ROLE doorbell LOGIN PASSWORD :'doorbell';
CREATE DATABASE doorbell OWNER doorbell;
CREATE ROLE temporal LOGIN CREATEDB PASSWORD :'temporal';
SQL
