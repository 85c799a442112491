// Tables beside those of the review: in a schema of their own, with a history of migrations of their own, where no other
// version looks. So a version that does not know them still starts on the same database.
import { sql } from 'kysely'
import { Migrator, type Migration } from 'kysely/migration'
import type { ReviewDatabase } from './connect.ts'
import { whileGranting } from './migrate.ts'

export interface OwnSchema {
  /** Of the schema in PostgreSQL. */
  readonly name: string
  /** In the order of their names. One that has been released never changes: the next one does. */
  readonly migrations: Readonly<Record<string, Migration>>
  /** What the server may do with each table, as SQL's `grant` has it. */
  readonly rights: Readonly<Record<string, string>>
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
  const migrations = { ...(await laterMigrations(db, schema.name)), ...schema.migrations }
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(migrations) },
    migrationTableSchema: schema.name,
    migrationTableName: HISTORY,
    migrationLockTableName: HISTORY_LOCK,
  })
  const { error, results } = await migrator.migrateToLatest()
  if (error) throw error
  if (serverRole !== undefined) await grant(db, schema, serverRole)
  return (results ?? []).map(({ migrationName }) => migrationName)
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

/** Run by a later version, and known by their names alone. */
async function laterMigrations(
  db: ReviewDatabase,
  schema: string,
): Promise<Readonly<Record<string, Migration>>> {
  const history = `${schema}.${HISTORY}`
  const { rows: found } = await sql<{ isThere: boolean }>`
    select to_regclass(${history}) is not null as "isThere"`.execute(db)
  if (!found[0].isThere) return {}
  const { rows } = await sql<{ name: string }>`select name from ${sql.id(schema, HISTORY)}`.execute(db)
  return Object.fromEntries(rows.map(({ name }) => [name, { up: () => Promise.resolve() }]))
}
