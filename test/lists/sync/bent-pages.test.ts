// Pages as after a release of a server that nobody spoke of: what they no longer say must not count as read.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openSources } from '../../../src/lists/sync/open-sources.ts'
import { seededRandom } from '../../../src/sample/random-hash.ts'
import { judgeLists } from '../../faults/sync/judge-lists.ts'
import { MovingLists } from '../../faults/sync/moving-lists.ts'
import { eventually } from '../../fixtures/eventually.ts'
import { KNOWN, openLog } from './list-topics.ts'
import { start } from './started-poller.ts'

type ServerName = 'ncmec' | 'stopNcii' | 'tat' | 'threatExchange'

async function lists(): Promise<{ readonly moving: MovingLists; readonly secrets: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-bent-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const secrets = join(folder, 'secrets')
  mkdirSync(secrets)
  const moving = new MovingLists(join(folder, 'folder'), seededRandom(4))
  await moving.listen()
  onTestFinished(() => moving.close())
  for (let move = 0; move < 40; move++) moving.move()
  moving.calm()
  return { moving, secrets }
}

test.each<[ServerName, string]>([
  ['ncmec', 'fingerprints'],
  ['ncmec', 'member'],
  ['stopNcii', 'hashValue'],
  ['stopNcii', 'hashStatus'],
  ['stopNcii', 'signalType'],
  ['tat', 'hash_digest'],
  ['tat', 'algorithm'],
  ['threatExchange', 'indicator'],
  ['threatExchange', 'MALICIOUS'],
])(
  '%s: a page that names %s in another way is counted and shown, and the range is read again',
  async (server, what) => {
    const { moving, secrets } = await lists()
    const name = server.toLowerCase()
    const settings = moving.sources(secrets).filter((source) => source.name === name)
    const [source] = openSources(
      settings.map((one) => (one.kind === 'ncmec' ? { ...one, since: yesterday() } : one)),
      KNOWN,
    )
    const log = await openLog()
    const { poller, poll, metrics } = await start(log, source.client, {
      source: name,
      openIntake: () => source.openIntake(log),
    })
    const { faults } = moving[server]
    await eventually(async () => {
      // What has just changed at NCMEC is on no page yet.
      if (faults.length === 0) faults.push({ kind: 'replaced', what, by: `new-${what}` })
      await poll()
      return poller.state.problem !== undefined
    })
    expect(poller.state.problem).toMatchObject({ code: 'corrupt-page' })
    const { values } = await metrics.listPagesRefused.get()
    expect(values).toMatchObject([{ labels: { source: name, code: 'corrupt-page' } }])
    // A whole group is not taken in before all of its pages were read.
    if (server !== 'threatExchange')
      expect((await metrics.listRecordsRefused.get()).values[0]?.value).toBeGreaterThan(10)
    moving.calm()
    await eventually(async () => {
      await poll()
      const { problems } = await judgeLists(log, KNOWN, moving)
      return !problems.some((problem) => problem.startsWith(`${name}:`))
    })
    expect(poller.state.problem).toBeUndefined()
  },
)

const yesterday = (): string => new Date(Date.now() - 86_400_000).toISOString()
