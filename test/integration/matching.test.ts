import { describe, expect, inject, test } from 'vitest'
import { decodeDeadLetter, type DeadLetter } from '../../src/contract/dead-letter.ts'
import { sha256Hex } from '../../src/contract/json.ts'
import { unpackHex, packed } from '../../src/hash/hash-value.ts'
import { randomBalancedHash, seededRandom, writeNearHash } from '../../src/sample/random-hash.ts'
import { readToEnd } from '../../src/log/read-to-end.ts'
import { decodePosition } from '../../src/stream/live/set-position.ts'
import { knownHash, pdqReport } from '../fixtures/entries.ts'
import { eventually } from '../fixtures/eventually.ts'
import { Deployment } from './deployment.ts'

const random = seededRandom(1)

function near(
  value: ReturnType<typeof randomBalancedHash>,
  distanceBits: number,
): ReturnType<typeof randomBalancedHash> {
  const words = new Uint32Array(8)
  writeNearHash(random, packed(value), 0, distanceBits, words, 0)
  return unpackHex(words, 0, 8)
}

describe('reports on a real Kafka', () => {
  test('a report within the distance makes a hit, one beyond it does not, and a redelivered one makes the same hit', async () => {
    await using deployment = await Deployment.on(inject('kafkaBrokers'))
    const known = randomBalancedHash(random)
    await deployment.addKnown(knownHash('pdq', known))
    await deployment.startMatcher()
    const within = pdqReport(near(known, 30), 'within')
    await deployment.submit(within, pdqReport(near(known, 32), 'beyond'), within)
    await deployment.untilAllMatched()
    const hits = await deployment.hits()
    expect(hits.map(({ report }) => report.reportId)).toEqual(['within', 'within'])
    expect(new Set(hits.map(({ hitId }) => hitId)).size).toBe(1)
    expect(hits[0].matches[0]).toMatchObject({ type: 'pdq', knownValue: known, distance: 30, threshold: 31 })
  })

  test('each record that is no report makes one dead letter without its payload, and the partition goes on', async () => {
    await using deployment = await Deployment.on(inject('kafkaBrokers'))
    const { log, settings } = deployment
    const known = randomBalancedHash(random)
    await deployment.addKnown(knownHash('pdq', known))
    const good = pdqReport(known)
    const secret = 'do-not-copy-me'
    const bad: Record<string, Buffer> = {
      'not-json': Buffer.from(`{"schema":"report/1","${secret}`),
      oversized: Buffer.from(JSON.stringify({ ...good, contentRef: secret, padding: 'x'.repeat(17_000) })),
      'unknown-field': Buffer.from(JSON.stringify({ ...good, [secret]: 1 })),
      'wrong-hash-length': Buffer.from(JSON.stringify({ ...good, hashes: [{ type: 'pdq', value: 'abcd' }] })),
      'not-utf8': Buffer.concat([
        Buffer.from(`{"${secret}":"`),
        Buffer.from([0xff, 0xfe]),
        Buffer.from('"}'),
      ]),
      empty: Buffer.alloc(0),
    }
    // One key: one partition, so that the good report stands behind all the bad ones.
    const key = 'same-partition'
    const payloads = [
      ...Object.values(bad),
      Buffer.from(JSON.stringify({ ...good, reportId: 'behind-them' })),
    ]
    await log.produce(
      settings.topics.reports,
      payloads.map((value) => ({ key, value })),
    )
    await deployment.startMatcher()
    await deployment.untilAllMatched()

    expect((await deployment.hits()).map(({ report }) => report.reportId)).toEqual(['behind-them'])
    const letters: DeadLetter[] = []
    await readToEnd(log, settings.topics.deadLetters, ({ value }) => {
      expect(value?.includes(secret)).toBe(false)
      const letter = decodeDeadLetter(value)
      if ('sha256' in letter) letters.push(letter)
    })
    const expected = Object.entries(bad).map(([code, payload], offset) => ({
      topic: settings.topics.reports,
      offset,
      size: payload.length,
      sha256: sha256Hex(payload),
      reason: { code, at: expect.any(String) },
    }))
    const byOffset = letters.sort((a, b) => a.offset - b.offset)
    expect(byOffset).toMatchObject(expected)
    expect(letters.length).toBe(expected.length)
  })

  test('an added known hash matches and a removed one stops matching, without a restart', async () => {
    await using deployment = await Deployment.on(inject('kafkaBrokers'))
    const always = knownHash('pdq', randomBalancedHash(random))
    const later = knownHash('pdq', randomBalancedHash(random))
    await deployment.addKnown(always)
    await deployment.startMatcher()
    let asked = 0
    const isFound = async (): Promise<boolean> => {
      const report = pdqReport(later.value, `ask-${asked++}`)
      await deployment.submit(report)
      await deployment.untilAllMatched()
      return (await deployment.reportIdsWithHit()).has(report.reportId)
    }
    expect(await isFound()).toBe(false)
    await deployment.addKnown(later)
    await eventually(isFound)
    await deployment.removeKnown(later)
    await eventually(async () => !(await isFound()))
  })

  test('a commit says at which position of the known set its batch was matched', async () => {
    await using deployment = await Deployment.on(inject('kafkaBrokers'))
    const { log, settings } = deployment
    await deployment.addKnown(knownHash('pdq', randomBalancedHash(random)))
    const [{ end }] = await log.offsets(settings.topics.knownHashes)
    await deployment.submit(pdqReport(randomBalancedHash(random)))
    await deployment.startMatcher()
    await deployment.untilAllMatched()
    const [commit] = await log.committed(settings.match.group, settings.topics.reports)
    const position = decodePosition(commit.metadata)
    expect(position?.topicId).toMatch(/^[0-9a-f-]{36}$/)
    expect(position?.offset).toBe(end)
  })
})
