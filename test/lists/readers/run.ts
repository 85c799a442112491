// `npm run test:readers`: the Python package threatexchange, unpatched, reads our endpoint, and gets exactly the set. It needs
// Python with venv, and PyPI the first time, so that `npm test` leaves it out. Without them it fails and says what to do.
import { deepEqual, equal } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pythonOf } from '../../../bench/peers/environment.ts'
import type { Entry } from '../../../src/contract/known-hash.ts'
import { memberNumber } from '../../../src/lists/serve/wire-names.ts'
import {
  CLIENT,
  digits,
  entryOf,
  entryOfType,
  hashOf,
  keptEntryOf,
  openSharing,
  PASSWORD,
  SharedTopic,
} from '../serve/shared-topic.ts'

/** Files of one second, and files a minute apart. */
const AT_ONCE = 2_600
const SPREAD = 400
const WITHDRAWN = 20

const python = pythonOf(
  {
    name: 'threatexchange',
    requirements: new URL('requirements.txt', import.meta.url),
    isClosed: true,
    modules: ['threatexchange.exchanges.clients.ncmec.hash_api'],
    what: 'threatexchange and requests, 3 MB',
  },
  console.log,
)

interface Update {
  readonly id: string
  readonly member: number
  readonly type: string
  readonly deleted: boolean
  readonly classification: string | null
  readonly fingerprints: Readonly<Record<string, string>>
}

interface Read {
  readonly status: { readonly id: number; readonly name: string }
  readonly members: Readonly<Record<string, number>>
  readonly reasons: object
  readonly entries: readonly Update[]
  readonly pages: number
  readonly probed: readonly Update[]
}

const pdqOf = (sourceId: string): Entry => entryOfType('pdq', digits(`pdq ${sourceId}`, 64), sourceId)
const atOnce = Array.from({ length: AT_ONCE }, (_, n) => `at-once-${n}`)
const withdrawn = atOnce.slice(0, WITHDRAWN)
const spread = Array.from({ length: SPREAD }, (_, n) => `spread-${n}`)

async function filledTopic(): Promise<SharedTopic> {
  const topic = await SharedTopic.make()
  await topic.put(...atOnce.map((id) => entryOf(id)), ...atOnce.slice(0, 100).map(pdqOf))
  await topic.put(entryOf('never', { handling: { audience: 'members', onward: 'none' } }))
  await topic.put(
    keptEntryOf('photodna', 'cd'.repeat(144), 'a-picture'),
    keptEntryOf('tmk-pdqf', 'QUJD', 'a-video'),
  )
  for (const [n, id] of spread.entries()) {
    topic.wait(60)
    await topic.put(entryOf(id, n % 2 === 0 ? { tags: ['media:video'] } : {}))
  }
  await topic.remove(...withdrawn.map((id) => entryOf(id)), ...withdrawn.map(pdqOf))
  topic.wait(60)
  return topic
}

/** What the reader has to get, by id. */
function expected(): ReadonlyMap<string, Update> {
  const member = memberNumber('source:a-list')
  const live = (id: string, type: string, fingerprints: Update['fingerprints']): Update => ({
    id,
    member,
    type,
    deleted: false,
    classification: 'A1',
    fingerprints,
  })
  const gone = (id: string): Update => ({
    ...live(id, 'image', {}),
    deleted: true,
    classification: null,
  })
  return new Map(
    [
      ...atOnce.map((id, n) => {
        const pdq = n < 100 ? { pdq: pdqOf(id).value } : {}
        return n < WITHDRAWN ? gone(id) : live(id, 'image', { md5: digits(id), ...pdq })
      }),
      live('a-picture', 'image', { pdna: Buffer.alloc(144, 0xcd).toString('base64') }),
      // Its fingerprint is an empty element.
      live('a-video', 'video', {}),
      ...spread.map((id, n) => live(id, n % 2 === 0 ? 'video' : 'image', { md5: digits(id) })),
    ].map((update) => [update.id, update]),
  )
}

const byId = (updates: readonly Update[]): ReadonlyMap<string, Update> =>
  new Map(updates.map((update) => [update.id, update]))

const folder = mkdtempSync(join(tmpdir(), 'hashwarden-readers-'))
const topic = await filledTopic()
const file = join(folder, 'hash')
writeFileSync(file, hashOf(PASSWORD), { mode: 0o600 })
const sharing = await openSharing(topic, {
  host: '127.0.0.1',
  port: 0,
  requestsPerMinute: 3_000,
  clients: [{ ...CLIENT, passwordHash: { file } }],
})
try {
  const range = [0, topic.nowMs / 1_000].map(String)
  const args = [
    new URL('read_threatexchange.py', import.meta.url).pathname,
    sharing.url,
    CLIENT.name,
    PASSWORD,
  ]
  const { stdout } = await promisify(execFile)(python, [...args, ...range], {
    // The package prints local time as UTC.
    env: { ...process.env, TZ: 'UTC', NO_PROXY: '127.0.0.1' },
    maxBuffer: 2 ** 26,
  })
  const read: Read = JSON.parse(stdout)
  const wanted = expected()
  deepEqual(read.status, { id: memberNumber('client:reader'), name: 'reader' })
  deepEqual(read.members, { 'a-list': memberNumber('source:a-list') })
  deepEqual(read.reasons, {})
  equal(read.entries.length, wanted.size, 'each entry once')
  deepEqual(byId(read.entries), wanted)
  deepEqual(byId(read.probed), wanted)
  console.log(
    `threatexchange 1.2.17 read ${wanted.size} entries in ${read.pages} pages, ${WITHDRAWN} of them withdrawn, and by probing ranges the same: as promised`,
  )
} finally {
  await sharing.close()
  rmSync(folder, { recursive: true })
}
