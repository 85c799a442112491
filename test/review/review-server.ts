// The PostgreSQL that the tests of the review room share: vitest starts it before the first and ends it after the last of
// them. Each test has a database of its own: see review-store.ts.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import type { ProvidedContext } from 'vitest'
import type { TestProject } from 'vitest/node'
import { freePort } from '../../src/cli/local/broker-address.ts'
import { migrateCurations } from '../../src/review/curation/curation-schema.ts'
import { migrateSamples } from '../../src/review/operations/sample-store.ts'
import { connect } from '../../src/review/store/connect.ts'
import { LOCAL_SERVER_ROLE, startLocalServer } from '../../src/review/store/local-server.ts'
import { migrate } from '../../src/review/store/migrate.ts'
import { startShared, type Started } from '../fixtures/shared-start.ts'
import { urlOfDatabase } from './database-url.ts'

declare module 'vitest' {
  interface ProvidedContext {
    reviewServer: {
      readonly ownerUrl: string
      readonly serverUrl: string
      /** The name of a migrated database that tests copy. */
      readonly template: string
    }
  }
}

const TEMPLATE = 'review_template'

export default async function provideReviewServer(project: TestProject): Promise<() => Promise<void>> {
  const { given, end } = await startShared('PostgreSQL', startServer)
  project.provide('reviewServer', given)
  return end
}

async function startServer(): Promise<Started<ProvidedContext['reviewServer']>> {
  const folder = await mkdtemp(join(tmpdir(), 'hashwarden-review-'))
  await chmod(folder, 0o711)
  const removeFolder = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    const server = await startLocalServer({
      folder,
      port: await freePort(),
      // The data go with the folder: nothing has to survive a power cut.
      settings: { fsync: 'off', full_page_writes: 'off', max_connections: '400' },
    })
    const { ownerUrl, serverUrl } = server
    await makeTemplate(ownerUrl)
    return {
      given: { ownerUrl, serverUrl, template: TEMPLATE },
      end: async () => {
        await server.stop()
        await removeFolder()
      },
    }
  } catch (error) {
    await removeFolder()
    throw error
  }
}

async function makeTemplate(ownerUrl: string): Promise<void> {
  await using owner = connect(ownerUrl, { connections: 1 })
  await sql`create database ${sql.id(TEMPLATE)}`.execute(owner)
  await using template = connect(urlOfDatabase(ownerUrl, TEMPLATE), { connections: 1 })
  await migrate(template, LOCAL_SERVER_ROLE)
  await migrateCurations(template, LOCAL_SERVER_ROLE)
  await migrateSamples(template, LOCAL_SERVER_ROLE)
}
