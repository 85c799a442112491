// Brings the review store's tables up to this version. Run by the owner of the tables, not by the server's role.
import { sql, type Kysely, type Transaction } from 'kysely'
import { review } from './migrations/001-review.ts'
import { runMigrations } from './run-migrations.ts'
import type { Tables } from './tables.ts'

/** In the order of their names. One that has been released never changes: the next one does. */
const MIGRATIONS = { '001-review': review }

/**
 * Ends the name of a migration that the version before works with as well: see “A database of two versions” in
 * src/review/README.md.
 */
export const NEWER_COMPATIBLE = '-compatible'

/** A later version has changed the tables in a way that this one would misread. */
export class NewerStoreError extends Error {
  readonly code = 'NEWER_STORE'
  override readonly name = 'NewerStoreError'

  constructor(migrations: readonly string[]) {
    super(
      `A later version has migrated this database (${migrations.join(', ')}), and this one cannot work with it: start a version that has it, or restore the backup from before the upgrade`,
    )
  }
}

/** Tables that the server may only read and add to. */
const APPEND_ONLY: readonly (keyof Tables)[] = ['audit_entries', 'audit_checkpoints']

/**
 * Runs the migrations that are missing; several processes may do so at once. With `serverRole` it grants that role what
 * the server needs: everything but to change or delete audit entries.
 */
export async function migrate(db: Kysely<Tables>, serverRole?: string): Promise<readonly string[]> {
  const done = await runMigrations(db, { migrations: MIGRATIONS, readNewer: () => readNewer(db) })
  if (serverRole !== undefined) await whileGranting(db, (tx) => grantIn(tx, serverRole))
  return done
}

/** Migrations that were run and that this version has not. @throws NewerStoreError if one of them is not compatible. */
async function readNewer(db: Kysely<Tables>): Promise<readonly string[]> {
  const { rows: tables } = await sql<{ exists: boolean }>`
    select to_regclass('kysely_migration') is not null as exists`.execute(db)
  if (!tables[0].exists) return []
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)
  const newer = rows.map(({ name }) => name).filter((name) => !Object.hasOwn(MIGRATIONS, name))
  refuseIncompatible(newer)
  return newer
}

/** @throws NewerStoreError if one of these migrations of a later version is not marked as compatible. */
export function refuseIncompatible(newer: readonly string[]): void {
  const others = newer.filter((name) => !name.endsWith(NEWER_COMPATIBLE))
  if (others.length > 0) throw new NewerStoreError(others)
}

/** Whether the role of this connection may delete entries of the audit: it should not, unless it is the owner. */
export async function mayChangeAudit(db: Kysely<Tables>): Promise<boolean> {
  const { rows } = await sql<{ may: boolean }>`
    select has_table_privilege('audit_entries', 'delete') as may`.execute(db)
  return rows.some(({ may }) => may)
}

/** Any number that no other advisory lock of the database has. */
const GRANT_LOCK = 7_239_005

/**
 * In one transaction: at no moment may the role change the audit. One process after the other: of two that grant the same at
 * once PostgreSQL fails one.
 */
export const whileGranting = (
  owner: Kysely<Tables>,
  work: (tx: Transaction<Tables>) => Promise<void>,
): Promise<void> =>
  owner.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(${GRANT_LOCK})`.execute(tx)
    await work(tx)
  })

async function grantIn(db: Transaction<Tables>, role: string): Promise<void> {
  const name = sql.id(role)
  await sql`grant usage on schema public to ${name}`.execute(db)
  await sql`grant select, insert, update, delete on all tables in schema public to ${name}`.execute(db)
  await sql`grant usage on all sequences in schema public to ${name}`.execute(db)
  await sql`grant execute on function analyze_grown_tables() to ${name}`.execute(db)
  for (const table of APPEND_ONLY)
    await sql`revoke update, delete, truncate on ${sql.table(table)} from ${name}`.execute(db)
  // It has one row for ever, which appending changes.
  await sql`revoke insert, delete, truncate on audit_head from ${name}`.execute(db)
}
