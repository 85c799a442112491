import { describe, expect, test } from 'vitest'
import { knownHashKey, type KnownHash } from '../../src/contract/known-hash.ts'
import type { Report } from '../../src/contract/report.ts'
import { PackedKnownSet } from '../../src/known/packed/packed-known-set.ts'
import { SetReader } from '../../src/known/set-reader.ts'
import { Matcher } from '../../src/matcher/matcher.ts'
import { ReportSieve } from '../../src/matcher/report-sieve.ts'
import { randomBalancedHash, seededRandom } from '../../src/hash/random-hash.ts'
import { flipped, oriented } from './altered-values.ts'
import { BLOCKHASH, entry, MD5, PDQ, POLICY, reported, reportOf, withRule } from './fixtures.ts'

function shared(): {
  set: PackedKnownSet
  reader: SetReader
  apply: (one: KnownHash, gone?: boolean) => void
} {
  const set = new PackedKnownSet('multi-index', 0, 1)
  const reader = new SetReader(set.openReader(), 0)
  let offset = 0
  const apply = (one: KnownHash, gone = false): void =>
    set.apply({ identity: one, key: knownHashKey(one), entry: gone ? null : one }, offset++)
  return { set, reader, apply }
}

const report = (...hashes: Report['hashes'][number][]) => reportOf(hashes)

describe('the sieve', () => {
  test('keeps every report that the matcher makes a hit of, in every orientation and by every type', () => {
    const random = seededRandom(11)
    const { set, reader, apply } = shared()
    const known = Array.from({ length: 300 }, () => randomBalancedHash(random))
    for (const [n, value] of known.entries()) apply(entry('pdq', value, { sourceId: `${n}` }))
    apply(entry('md5', MD5))
    apply(entry('blockhash', BLOCKHASH))
    set.publish()
    const reports = [
      ...known.map((value, n) => report(reported('pdq', flipped(oriented(value, n % 8), n % 40, n), 90))),
      ...Array.from({ length: 500 }, () => report(reported('pdq', randomBalancedHash(random), 90))),
      report(reported('md5', MD5.toUpperCase())),
      report(reported('blockhash', BLOCKHASH)),
    ]
    const { reports: done, suspects } = new ReportSieve(reader, POLICY).sift(
      reader.newestFrame(),
      reports,
      Infinity,
    )
    const hits = new Matcher(set, POLICY).match(reports)
    expect(done).toBe(reports.length)
    expect(suspects).toEqual(
      reports
        .keys()
        .filter((place) => hits[place] !== undefined)
        .toArray(),
    )
    expect(suspects.length).toBeGreaterThan(200)
  })

  test('sees a change when it is published, all of it, with the position', () => {
    const { set, reader, apply } = shared()
    const sieve = new ReportSieve(reader, POLICY)
    const reports = [report(reported('pdq', PDQ, 90))]
    const suspects = (): readonly number[] => sieve.sift(reader.newestFrame(), reports, Infinity).suspects
    apply(entry('pdq', PDQ))
    expect(suspects()).toEqual([])
    set.publish()
    expect(suspects()).toEqual([0])
    expect(reader.newestFrame().position).toBe(1)
    apply(entry('pdq', PDQ), true)
    expect(suspects()).toEqual([0])
    set.publish()
    expect(suspects()).toEqual([])
    expect(reader.newestFrame().position).toBe(2)
  })

  test('asks only what can make a hit: enough quality, and not what merely corroborates', () => {
    const { set, reader, apply } = shared()
    apply(entry('pdq', PDQ))
    apply(entry('blockhash', BLOCKHASH))
    set.publish()
    const reports = [report(reported('pdq', PDQ, 10)), report(reported('blockhash', BLOCKHASH))]
    const sift = (policy: typeof POLICY): readonly number[] =>
      new ReportSieve(reader, policy).sift(reader.newestFrame(), reports, Infinity).suspects
    expect(sift(POLICY)).toEqual([])
    expect(sift(withRule('blockhash', { part: 'hit' }))).toEqual([1])
  })

  test('ends when its time is up, with the first reports', () => {
    const random = seededRandom(12)
    const { set, reader, apply } = shared()
    apply(entry('pdq', PDQ))
    set.publish()
    const reports = Array.from({ length: 200 }, (_, n) =>
      report(reported('pdq', n % 2 === 0 ? PDQ : randomBalancedHash(random), 90)),
    )
    const { reports: done, suspects } = new ReportSieve(reader, POLICY).sift(reader.newestFrame(), reports, 0)
    expect(done).toBeGreaterThanOrEqual(1)
    expect(suspects).toEqual(
      reports
        .keys()
        .filter((place) => place < done && place % 2 === 0)
        .toArray(),
    )
  })

  test('cannot share an index that is kept in one thread', () => {
    expect(() => new PackedKnownSet('flat', 0, 1).openReader()).toThrow(/multi-indices only/)
  })
})
