// What people have decided on the entries of lists, with who and why: in a schema of its own, because versions
// before 0.2.0 refuse a database whose own tables have changed, and an upgrade has a way back.
import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { ReviewDatabase } from '../store/connect.ts'
import { migrateOwnSchema, type OwnSchema } from '../store/own-schema.ts'

const STATEMENTS = [
  // The topic of known hashes says what holds, and never who said so or why. A row without `done_at` waits for its publishing:
  // the outbox can't carry it, because the version before knows no such topic and would fail at its row.
  `create table curation.curations (
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
  `create index curations_waiting on curation.curations (at) where done_at is null`,
  `create index curations_newest on curation.curations (at desc)`,
]

const curations: Migration = {
  up: async (db: Kysely<unknown>) => {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
  },
}

const SCHEMA: OwnSchema = {
  name: 'curation',
  migrations: { '001-curations': curations },
  // What a person has decided stays as it is: the server adds only that it is done.
  rights: { curations: 'select, insert, update (done_at, entries)' },
}

/** Runs the migrations that are missing, as the owner; with `serverRole` it grants that role its use. */
export const migrateCurations = (db: ReviewDatabase, serverRole?: string): Promise<readonly string[]> =>
  migrateOwnSchema(db, SCHEMA, serverRole)
