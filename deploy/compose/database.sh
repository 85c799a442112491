#!/bin/sh
# Makes the database of deploy/compose.yaml and its two roles, or sets the passwords of the files again. Runs in the
# container `database`, with psql.
set -eu
# psql reads the passwords: they are in no argument that another process could see.
PGPASSWORD=$(cat /run/secrets/postgres-password)
OWNER_PASSWORD=$(cat /run/secrets/owner-password)
SERVER_PASSWORD=$(cat /run/secrets/server-password)
export PGPASSWORD OWNER_PASSWORD SERVER_PASSWORD
exec psql --host="${PGHOST:-postgres}" --username=postgres --no-psqlrc --quiet --set=ON_ERROR_STOP=1 <<'SQL'
\getenv owner_password OWNER_PASSWORD
\getenv server_password SERVER_PASSWORD
-- A failed statement must not put a password into the server's log.
set log_min_error_statement = panic;
select 'create role hashwarden_owner login' where not exists (select from pg_roles where rolname = 'hashwarden_owner') \gexec
select 'create role hashwarden_review login' where not exists (select from pg_roles where rolname = 'hashwarden_review') \gexec
alter role hashwarden_owner password :'owner_password';
alter role hashwarden_review password :'server_password';
select 'create database hashwarden_review owner hashwarden_owner' where not exists (select from pg_database where datname = 'hashwarden_review') \gexec
SQL
