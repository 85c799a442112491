// What the service does in the store by itself, again and again.
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { Sessions } from '../../src/review/sign-in/sessions.ts'
import { startUpkeep } from '../../src/review/start-upkeep.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import { eventually } from '../fixtures/eventually.ts'
import { ADA, BEN, CLEO, SampleRoom } from './sample-cases.ts'

const upkeep = (room: SampleRoom) =>
  startUpkeep({
    service: room.service,
    sessions: new Sessions(room.store.server),
    store: { failed: () => {}, reached: () => {} },
    logger: createLogger('silent'),
    adoptEveryMs: 20,
  })

test('a case that a process with earlier settings puts into a queue that is gone is found again, and browsers hear of it', async () => {
  await using room = await SampleRoom.open()
  await using listener = await room.store.listen()
  const { caseId: atStart } = await room.addCase({ queue: 'gone' })
  const running = upkeep(room)
  try {
    await eventually(async () => (await room.service.caseView(ADA, atStart)).case.queue === 'all')
    const { caseId } = await room.addCase()
    await room.store.owner.updateTable('cases').set({ queue: 'gone' }).where('case_id', '=', caseId).execute()
    await eventually(async () => (await room.service.caseView(ADA, caseId)).case.queue === 'all')
    expect(listener.heard).toContainEqual({ event: 'queue', queue: 'all' })
  } finally {
    await running.stop()
  }
})

test('a lease ends with its time, and with the last session of its holder', async () => {
  await using room = await SampleRoom.open()
  const sessions = new Sessions(room.store.server)
  const [{ caseId: timedOut }, { caseId: left }] = [await room.addCase(), await room.addCase()]
  await room.service.leaseCase(ADA, timedOut)
  await room.pass(601)
  await room.service.leaseCase(BEN, left)
  await sessions.begin({ ...BEN, name: 'Ben', isDevelopment: false })
  await room.store.owner
    .updateTable('sessions')
    .set({ seen_at: sql<Date>`now() - interval '1 hour'` })
    .execute()
  const running = upkeep(room)
  try {
    await eventually(async () => (await room.service.cases(CLEO, { state: 'open' })).cases.length === 2)
  } finally {
    await running.stop()
  }
})
