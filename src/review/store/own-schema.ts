// Tables beside those of the review: in a schema of their own, with a history of migrations of their own, where no other
// version looks. So a version that does not know them still starts on the same database.
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { ReviewDatabase } from './connect.ts'
import { refuseIncompatible, whileGranting } from './migrate.ts'
import { runMigrations } from './run-migrations.ts'

export interface OwnSchema {
  /** Of the schema in PostgreSQL. */
  readonly name: string
  /** In the order of their names. One that has been released never changes: the next one does. */
  readonly migrations: Readonly<Record<string, Migration>>
  /** What the server may do with each table, as SQL's `grant` has it. */
  readonly rights: Readonly<Record<string, string>>
  /** All in it may be lost. So a version works with whatever a later one has made of it, or does without. */
  readonly isLosable?: true
}

/**
 * Kysely's history of migrations, and the lock while they run: other names than those of the review's tables, because a
 * version that does not know this schema finds its own by name.
 */
const HISTORY = 'migrations'
const HISTORY_LOCK = 'migrations_lock'

/** Runs the migrations that are missing, as the owner of the schema; with `serverRole` it grants that role its use. */
export async function migrateOwnSchema(
  db: ReviewDatabase,
  schema: OwnSchema,
  serverRole?: string,
): Promise<readonly string[]> {
  const done = await runMigrations(db, {
    migrations: schema.migrations,
    readNewer: () => laterMigrations(db, schema),
    place: {
      migrationTableSchema: schema.name,
      migrationTableName: HISTORY,
      migrationLockTableName: HISTORY_LOCK,
    },
  })
  if (serverRole !== undefined) await grant(db, schema, serverRole)
  return done
}

const grant = (db: ReviewDatabase, { name, rights }: OwnSchema, serverRole: string): Promise<void> =>
  whileGranting(db, async (tx) => {
    const role = sql.id(serverRole)
    await sql`grant usage on schema ${sql.id(name)} to ${role}`.execute(tx)
    for (const [table, granted] of Object.entries(rights))
      await sql`grant ${sql.raw(granted)} on ${sql.id(name, table)} to ${role}`.execute(tx)
    // At each start the server looks whether a migration is missing.
    for (const table of [HISTORY, HISTORY_LOCK])
      await sql`grant select on ${sql.id(name, table)} to ${role}`.execute(tx)
  })

/** Run by a later version. @throws NewerStoreError if this one can't work with them. */
async function laterMigrations(db: ReviewDatabase, schema: OwnSchema): Promise<readonly string[]> {
  const history = `${schema.name}.${HISTORY}`
  const { rows: found } = await sql<{ isThere: boolean }>`
    select to_regclass(${history}) is not null as "isThere"`.execute(db)
  if (!found[0].isThere) return []
  const { rows } = await sql<{ name: string }>`
    select name from ${sql.id(schema.name, HISTORY)} order by name`.execute(db)
  const later = rows.map(({ name }) => name).filter((name) => !Object.hasOwn(schema.migrations, name))
  if (!schema.isLosable) refuseIncompatible(later.map((name) => `${schema.name}.${name}`))
  return later
}
