// What people have decided on the entries of lists, with who and why. The version before works without it.
import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

const STATEMENTS = [
  // The topic of known hashes says what holds, and never who said so or why. A row without `done_at` waits for its publishing:
  // the outbox can't carry it, because the version before knows no such topic and would fail at its row.
  `create table curations (
     curation_id uuid primary key,
     kind text not null check (kind in ('disable', 'enable', 'suppress', 'unsuppress', 'apply', 'refuse')),
     source text,
     target text not null,
     person text not null,
     reason text not null,
     until timestamptz,
     at timestamptz not null,
     done_at timestamptz,
     entries integer
   )`,
  `create index curations_waiting on curations (at) where done_at is null`,
  `create index curations_newest on curations (at desc)`,
]

export const lists: Migration = {
  up: async (db: Kysely<unknown>) => {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
  },
}
