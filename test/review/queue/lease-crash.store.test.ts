// Leases when PostgreSQL crashes: a token that was given is never given again.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freePort } from '../../../src/cli/local/broker-address.ts'
import { loadSettings } from '../../../src/settings/load-settings.ts'
import { storeHits } from '../../../src/review/intake/store-hits.ts'
import { ReviewService } from '../../../src/review/review-service.ts'
import { connect } from '../../../src/review/store/connect.ts'
import { LOCAL_SERVER_ROLE, startLocalServer } from '../../../src/review/store/local-server.ts'
import { migrate } from '../../../src/review/store/migrate.ts'
import { eventually } from '../../fixtures/eventually.ts'
import { hitOf } from '../made-hits.ts'
import { ADA } from '../sample-cases.ts'

test('a lease that was answered outlives a crash of PostgreSQL: no other holder gets its token', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hashwarden-crash-'))
  await chmod(folder, 0o711)
  const server = await startLocalServer({ folder, port: await freePort() })
  try {
    const owner = connect(server.ownerUrl, { connections: 1 })
    await migrate(owner, LOCAL_SERVER_ROLE)
    await owner.destroy()
    const { review: settings } = loadSettings(undefined, {})
    const before = connect(server.serverUrl)
    await storeHits(before, settings, [hitOf({ reportId: 'a', actorRef: 'x' })])
    const service = new ReviewService({ db: before, settings })
    const lease = await service.leaseNext(ADA, {})
    if (server.pid !== undefined) process.kill(server.pid, 'SIGKILL')
    await before.destroy()
    await server.restart()
    await using after = connect(server.serverUrl)
    await eventually(async () => {
      const { lease_token: token } = await after
        .selectFrom('cases')
        .select('lease_token')
        .executeTakeFirstOrThrow()
      expect(Number(token)).toBe(lease?.token)
      return true
    })
  } finally {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
})
