#!/bin/sh
# Runs once, when the volume is empty: the two roles that Doorbell works as, the
# login of serve and worker which may be nothing else, the owner of the tables,
# who migrates, and a role for Temporal that may create its own two databases.
# None is superuser.
set -eu

psql --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres \
	--set doorbell="$DOORBELL_DB_PASSWORD" --set owner="$DOORBELL_OWNER_DB_PASSWORD" --set temporal="$TEMPORAL_DB_PASSWORD" <<'SQL'
CREATE ROLE doorbell_dealer NOLOGIN;
CREATE ROLE doorbell_system NOLOGIN;
CREATE ROLE doorbell LOGIN PASSWORD :'doorbell' IN ROLE doorbell_dealer, doorbell_system;
CREATE ROLE doorbell_owner LOGIN PASSWORD :'owner' IN ROLE doorbell_dealer, doorbell_system;
CREATE DATABASE doorbell OWNER doorbell_owner;
CREATE ROLE temporal LOGIN CREATEDB PASSWORD :'temporal';
SQL
