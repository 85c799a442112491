// The review service's own PostgreSQL, for `npm start` and `hashwarden review --local`.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startLocalServer, type LocalServer } from '../review/store/local-server.ts'
import { freePort } from './local/broker-address.ts'
import type { Databases } from './review-process.ts'

export const REVIEW_FOLDER = fileURLToPath(new URL('../../.cache/review', import.meta.url))

export interface LocalReviewStore extends Databases {
  readonly server: LocalServer
  stop(): Promise<void>
}

/** Throws LocalServerError where this machine can't run it. */
export async function startLocalReviewStore(
  folder = join(REVIEW_FOLDER, 'postgres'),
): Promise<LocalReviewStore> {
  const server = await startLocalServer({ folder, port: await freePort() })
  return { databaseUrl: server.serverUrl, ownerUrl: server.ownerUrl, server, stop: () => server.stop() }
}
