#!/bin/sh
# Makes the passwords and keys of deploy/compose.yaml: files in deploy/compose/secrets, open to you alone. What is there
# stays as it is. Writes deploy/.env, which says as whom the containers read them.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets

# $1: the name of the file. Its content comes from standard input.
keep() {
  if [ -s "secrets/$1" ]; then
    cat >/dev/null
  else
    cat >"secrets/$1.new"
    mv "secrets/$1.new" "secrets/$1"
    echo "made secrets/$1"
  fi
}

# 32 bytes of the system's random numbers, as letters and digits.
password() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

for name in postgres-password owner-password server-password grafana-password; do password | keep "$name"; done
printf 'postgres://hashwarden_owner:%s@postgres:5432/hashwarden_review' "$(cat secrets/owner-password)" | keep database-owner-url
printf 'postgres://hashwarden_review:%s@postgres:5432/hashwarden_review' "$(cat secrets/server-password)" | keep database-url
openssl genpkey -algorithm ed25519 | keep audit-key

# Containers run as the owner of the files, never as root.
user=$(id -u):$(id -g)
if [ "$(id -u)" = 0 ]; then
  user=65532:65532
  chown -R "$user" secrets
fi
echo "HASHWARDEN_USER=$user" >../.env
