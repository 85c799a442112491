// Which entries that are held back stay in memory when there are more than fit.
import { hash } from 'node:crypto'
import { expect, test } from 'vitest'
import { encodeKnownHash, knownHashKey, type Entry } from '../../../src/contract/known-hash.ts'
import type { HashValue } from '../../../src/hash/hash-value.ts'
import { MemoryLog } from '../../../src/log/memory-log.ts'
import { HeldEntries } from '../../../src/review/curation/held-entries.ts'
import { entry } from '../../fixtures/entries.ts'
import { eventually } from '../../fixtures/eventually.ts'

const TOPIC = 'known-hashes'
/** The digits of a digest: canonical. */
const md5 = (name: string, fields: Parameters<typeof entry>[2] = {}): Entry =>
  entry('md5', hash('md5', name) as HashValue, { sourceId: name, ...fields })

test('many entries that an import holds back leave room for those that people hold, and the page says that some are missing', async () => {
  const log = new MemoryLog()
  await log.createTopic({ topic: TOPIC, partitions: 1, config: {} })
  const put = (entries: readonly Entry[]): Promise<void> =>
    log.produce(
      TOPIC,
      entries.map((one) => ({ key: knownHashKey(one), value: encodeKnownHash(one) })),
    )
  await put(['a', 'b', 'c', 'd'].map((name) => md5(name, { held: { why: 'disabled', by: 'list' } })))
  await put([md5('x', { held: { why: 'disabled' } }), md5('y', { held: { why: 'disabled' } })])
  const held = new HeldEntries(log, TOPIC, 2)
  const ids = (): readonly string[] => held.all.map((one) => one.entry.sourceId)
  try {
    await held.start()
    await eventually(async () => held.readShare === 1)
    expect(ids()).toEqual(['y', 'x', 'b', 'a'])
    expect(held.isCut).toBe(true)
    // One that is released makes room for another.
    await put([md5('x'), md5('z', { held: { why: 'disabled' } })])
    await eventually(async () => ids()[0] === 'z')
    expect(ids()).toEqual(['z', 'y', 'b', 'a'])
  } finally {
    await held.stop()
    await log.close()
  }
})
