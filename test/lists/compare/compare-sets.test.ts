// Two deployments compare what they hold, and show each other no hash.
import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../../../src/contract/json.ts'
import { Rejection } from '../../../src/contract/rejection.ts'
import { compareSets } from '../../../src/lists/compare/compare-sets.ts'
import { decodeSetSummary, summariseSet, type SetSummary } from '../../../src/lists/compare/set-summary.ts'
import { digits, entryOf, entryOfType, SharedTopic, TOPIC } from '../serve/shared-topic.ts'

const KEY = createSecretKey(randomBytes(32))
const IDS = Array.from({ length: 300 }, (_, n) => `f-${n}`)

const summaryOf = (topic: SharedTopic, key: KeyObject = KEY): Promise<SetSummary> =>
  summariseSet(topic.log, TOPIC, key, new Date())

async function topicOf(ids: readonly string[], source = 'a-list'): Promise<SharedTopic> {
  const topic = await SharedTopic.make()
  await topic.put(...ids.map((id) => entryOf(id, { source })))
  return topic
}

describe('two sets', () => {
  test('are equal whatever the order, the ids, the dates and the class, and however a topic came to its state', async () => {
    const one = await topicOf(IDS)
    const other = await topicOf([...IDS.toReversed(), 'not-there-any-more'])
    await other.remove(entryOf('not-there-any-more'))
    const again = entryOf('f-0', {
      sourceId: 'another-id',
      addedAt: '2020-01-01T00:00:00Z',
      classification: { scheme: 'us', code: '1' },
    })
    await other.put(again, again)
    const [comparison] = compareSets(await summaryOf(one), await summaryOf(other))
    expect(comparison).toMatchObject({ ours: 'a-list', isEqual: true, differing: [] })
    expect(comparison.here?.entries).toBe(300)
    expect(comparison.there?.entries).toBe(301)
    expect(comparison.there?.values).toBe(300)
  })

  test('differ by one missing value in one of 256 parts', async () => {
    const [comparison] = compareSets(
      await summaryOf(await topicOf(IDS)),
      await summaryOf(await topicOf(IDS.slice(1))),
    )
    expect(comparison.isEqual).toBe(false)
    expect(comparison.differing).toHaveLength(1)
    expect(comparison.differing[0]).toMatch(/^[0-9a-f]{2}$/)
  })

  test('differ by one value that is held back, removed, or no match any more', async () => {
    const whole = await summaryOf(await topicOf(IDS))
    for (const change of [{ held: { why: 'disabled' } }, { role: 'suppress' }] as const) {
      const topic = await topicOf(IDS)
      await topic.put(entryOf('f-7', change))
      expect(compareSets(whole, await summaryOf(topic))[0].isEqual).toBe(false)
      await topic.put(entryOf('f-7'))
      expect(compareSets(whole, await summaryOf(topic))[0].isEqual).toBe(true)
    }
  })

  test('tell the same digits of another type apart', async () => {
    const [one, other] = [await SharedTopic.make(), await SharedTopic.make()]
    await one.put(
      entryOfType('pdq', 'ed5325524043ae3d3caea5bab6a1ade400203b7e01c6fe5f0e415f7bd978dc60', 'f-1'),
    )
    await other.put(
      entryOfType('sha256', 'ed5325524043ae3d3caea5bab6a1ade400203b7e01c6fe5f0e415f7bd978dc60', 'f-1'),
    )
    expect(compareSets(await summaryOf(one), await summaryOf(other))[0].isEqual).toBe(false)
  })

  test('are compared under two names of one source, and a source that only one has differs', async () => {
    const [here, there] = [
      await summaryOf(await topicOf(IDS)),
      await summaryOf(await topicOf(IDS, 'from-them')),
    ]
    expect(compareSets(here, there, [{ ours: 'a-list', theirs: 'from-them' }])).toMatchObject([
      { isEqual: true },
    ])
    expect(compareSets(here, there).map(({ ours, isEqual }) => [ours, isEqual])).toEqual([
      ['a-list', false],
      ['from-them', false],
    ])
    expect(() => compareSets(here, there, [{ ours: 'a-lost', theirs: 'a-lost' }])).toThrow('written right')
  })
})

describe('a summary', () => {
  test('says nothing of a value to one without the key, and is refused under another key', async () => {
    const topic = await topicOf(IDS.slice(0, 1))
    const [one, other] = [await summaryOf(topic), await summaryOf(topic, createSecretKey(randomBytes(32)))]
    expect(canonicalJson(one)).not.toContain(digits('f-0'))
    expect(one.sources['a-list'].digest).not.toBe(other.sources['a-list'].digest)
    expect(() => compareSets(one, other)).toThrow('another key')
  })

  test('is read back from its JSON, and anything else is refused', async () => {
    const summary = await summaryOf(await topicOf(IDS))
    expect(decodeSetSummary(Buffer.from(canonicalJson(summary)))).toEqual(summary)
    expect(decodeSetSummary(Buffer.from('{"schema":"set-summary/1"}'))).toBeInstanceOf(Rejection)
  })
})
