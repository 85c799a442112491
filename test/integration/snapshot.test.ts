import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import type { KnownHash } from '../../src/contract/known-hash.ts'
import type { MatcherProcess } from '../../src/cli/local/matcher-process.ts'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { readSnapshotHeader } from '../../src/known/snapshot/load-snapshot.ts'
import { readSnapshotKey } from '../../src/known/snapshot/snapshot-key.ts'
import type { SnapshotHeader } from '../../src/known/snapshot/snapshot-header.ts'
import { SnapshotRefusal } from '../../src/known/snapshot/snapshot-refusal.ts'
import { readToEnd } from '../../src/log/read-to-end.ts'
import { knownHash, pdqReport } from '../fixtures/entries.ts'
import { eventually } from '../fixtures/eventually.ts'
import { Deployment } from './deployment.ts'

const random = seededRandom(5)
const newEntry = (): KnownHash => knownHash('pdq', randomBalancedHash(random))

const changed = (entry: KnownHash): KnownHash => ({ ...entry, tags: ['changed'] })

/** A deployment whose matchers keep an encrypted snapshot. */
async function withSnapshot() {
  const deployment = await Deployment.on(inject('kafkaBrokers'))
  const file = join(deployment.folder, 'known.snapshot')
  const keyFile = join(deployment.folder, 'snapshot.key')
  writeFileSync(keyFile, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 })
  let asked = 0
  return {
    deployment,
    file,
    startMatcher: () => deployment.startMatcher(undefined, { snapshot: { file, keyFile, everyMinutes: 60 } }),
    header: async (): Promise<SnapshotHeader> => {
      const header = await readSnapshotHeader(file, await readSnapshotKey(keyFile))
      if (header instanceof SnapshotRefusal) throw header
      return header
    },
    /** Which of these are found, and by which state of the set. */
    ask: async (...entries: KnownHash[]) => {
      const reports = entries.map(({ value }) => pdqReport(value, `ask-${asked++}`))
      await deployment.submit(...reports)
      await deployment.untilAllMatched()
      const hits = await deployment.hits()
      const found = reports.map(({ reportId }) => hits.find(({ report }) => report.reportId === reportId))
      return { found: found.map((hit) => hit !== undefined), knownSet: found.find(Boolean)?.knownSet }
    },
    [Symbol.asyncDispose]: () => deployment[Symbol.asyncDispose](),
  }
}

/** The lines of a matcher's log with this message. */
const logged = ({ logFile }: MatcherProcess, message: string): Record<string, unknown>[] =>
  readFileSync(logFile, 'utf8')
    .split('\n')
    .filter((line) => line.includes(message))
    .map((line) => JSON.parse(line))

test('a matcher that starts again reads on from its snapshot, and has the set that a fresh one has', async () => {
  await using own = await withSnapshot()
  const { deployment, header } = own
  const [kept, gone, later] = [newEntry(), newEntry(), newEntry()]
  await deployment.addKnown(kept, gone)
  const first = await own.startMatcher()
  expect((await own.ask(kept, gone, later)).found).toEqual([true, true, false])
  await eventually(async () => (await header()).entries === 2)
  await first.stop()
  expect(await first.exitCode).toBe(0)
  const { offset, digest } = await header()

  await deployment.removeKnown(gone)
  await deployment.addKnown(later)
  const second = await own.startMatcher()
  const again = await own.ask(kept, gone, later)
  expect(again.found).toEqual([true, false, true])
  expect(logged(second, 'Snapshot loaded')).toMatchObject([{ offset, entries: 2 }])
  await second.stop()
  // It wrote what had changed, at its end.
  expect(await header()).toMatchObject({ offset: offset + 2, entries: 2, digest: again.knownSet?.digest })
  expect((await header()).digest).not.toBe(digest)

  await deployment.startMatcher()
  expect((await own.ask(kept)).knownSet).toEqual(again.knownSet)
})

test('a snapshot that is damaged is refused with one line, and the topic read from its beginning', async () => {
  await using own = await withSnapshot()
  const known = newEntry()
  await own.deployment.addKnown(known)
  const first = await own.startMatcher()
  expect((await own.ask(known)).found).toEqual([true])
  await first.stop()
  const bytes = readFileSync(own.file)
  bytes[bytes.length - 40] ^= 1
  writeFileSync(own.file, bytes)

  const second = await own.startMatcher()
  expect((await own.ask(known)).found).toEqual([true])
  expect(logged(second, own.file)).toMatchObject([{ code: 'damaged' }])
  expect(logged(second, 'Snapshot loaded')).toEqual([])
  // It is replaced at once, not in an hour.
  await eventually(async () => logged(second, 'Snapshot written').length === 1)
  await second.stop()
  const third = await own.startMatcher()
  expect((await own.ask(known)).found).toEqual([true])
  expect(logged(third, 'Snapshot loaded').length).toBe(1)
})

test('after compaction the topic is known again, or, where its landmark is gone, read from its beginning', async () => {
  await using own = await withSnapshot()
  const { deployment } = own
  const { knownHashes } = deployment.settings.topics
  const [description] = await deployment.log.describe([knownHashes])
  // Every second a new segment, and each that is closed is compacted as soon as the broker looks.
  const config = { 'segment.ms': '1000', 'min.cleanable.dirty.ratio': '0.0' }
  await deployment.log.alterTopic({ ...description, config })
  const isLeft = async (offset: number): Promise<boolean> => {
    let found = false
    await readToEnd(deployment.log, knownHashes, (record) => {
      found ||= record.offset === offset
    })
    return found
  }
  const [early, last] = [newEntry(), newEntry()]
  await deployment.addKnown(early, last)
  const first = await own.startMatcher()
  expect((await own.ask(early, last)).found).toEqual([true, true])
  await first.stop()

  // Offset 0 is the record _topic.
  await deployment.addKnown(changed(early))
  await eventually(async () => {
    await deployment.addKnown(newEntry())
    return !(await isLeft(1))
  })
  const second = await own.startMatcher()
  expect((await own.ask(early, last)).found).toEqual([true, true])
  expect(logged(second, 'Snapshot loaded')).toMatchObject([{ offset: 3 }])
  process.kill(second.pid, 'SIGKILL')
  await second.exitCode

  await deployment.addKnown(changed(last))
  await eventually(async () => {
    await deployment.addKnown(newEntry())
    return !(await isLeft(2))
  })
  const third = await own.startMatcher()
  expect((await own.ask(early, last)).found).toEqual([true, true])
  expect(logged(third, own.file)).toMatchObject([{ code: 'other-topic' }])
})

test('a matcher whose key file others may read does not start', async () => {
  await using own = await withSnapshot()
  const keyFile = join(own.deployment.folder, 'open.key')
  writeFileSync(keyFile, randomBytes(32), { mode: 0o644 })
  const matcher = await own.deployment.startMatcher(undefined, {
    snapshot: { file: own.file, keyFile, everyMinutes: 60 },
  })
  expect(await matcher.exitCode).toBe(1)
  expect(readFileSync(matcher.logFile, 'utf8')).toContain(`chmod 600 ${keyFile}`)
})
