// Runs migrations on a database that a later version may have migrated, or may be migrating.
import { Migrator, type Migration, type MigratorProps } from 'kysely/migration'
import type { ReviewDatabase } from './connect.ts'

export interface MigrationHistory {
  readonly migrations: Readonly<Record<string, Migration>>
  /** The names of migrations that a later version has run. Throws if this one can't work with them. */
  readonly readNewer: () => Promise<readonly string[]>
  /** Where the history is, if not where Kysely keeps it by default. */
  readonly place?: Pick<
    MigratorProps,
    'migrationTableSchema' | 'migrationTableName' | 'migrationLockTableName'
  >
}

/** Runs those that are missing. Returns their names. */
export const runMigrations = async (
  db: ReviewDatabase,
  history: MigrationHistory,
): Promise<readonly string[]> => runBeside(db, history, await history.readNewer())

/** `newer` are known by their names alone. */
async function runBeside(
  db: ReviewDatabase,
  history: MigrationHistory,
  newer: readonly string[],
): Promise<readonly string[]> {
  const stubs = newer.map((name): [string, Migration] => [name, { up: () => Promise.resolve() }])
  const migrations = { ...history.migrations, ...Object.fromEntries(stubs) }
  const provider = { getMigrations: () => Promise.resolve(migrations) }
  const { error, results = [] } = await new Migrator({ db, provider, ...history.place }).migrateToLatest()
  if (!error) return results.map(({ migrationName }) => migrationName)
  const newest = await history.readNewer()
  // A process of a later version has migrated meanwhile.
  if (newest.length > newer.length) return runBeside(db, history, newest)
  throw error
}
