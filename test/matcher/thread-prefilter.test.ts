import { describe, expect, test } from 'vitest'
import { knownHashKey, type KnownHash } from '../../src/contract/known-hash.ts'
import type { Report } from '../../src/contract/report.ts'
import { PackedKnownSet } from '../../src/known/packed/packed-known-set.ts'
import { SetReader } from '../../src/known/set-reader.ts'
import { Matcher } from '../../src/matcher/matcher.ts'
import { ThreadPrefilter } from '../../src/matcher/thread-prefilter.ts'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { flipped, oriented } from './altered-values.ts'
import { entry } from '../fixtures/entries.ts'
import { BLOCKHASH, MD5, PDQ, POLICY, reported, reportOf, withRule } from './fixtures.ts'

function shared(): {
  set: PackedKnownSet
  reader: SetReader
  apply: (one: KnownHash, gone?: boolean) => void
} {
  const set = new PackedKnownSet({ readers: 1 })
  const reader = new SetReader(set.openReader(), 0)
  let offset = 0
  const apply = (one: KnownHash, gone = false): void =>
    set.apply({ identity: one, key: knownHashKey(one), entry: gone ? null : one }, offset++)
  return { set, reader, apply }
}

const report = (...hashes: Report['hashes'][number][]) => reportOf(hashes)

describe('the prefilter', () => {
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
    const { done, candidates } = new ThreadPrefilter(reader, POLICY).prefilter(
      reader.newestFrame(),
      reports,
      Infinity,
    )
    const hits = new Matcher(set, POLICY).match(reports)
    expect(done).toBe(reports.length)
    expect(candidates).toEqual(
      reports
        .keys()
        .filter((place) => hits[place] !== undefined)
        .toArray(),
    )
    expect(candidates.length).toBeGreaterThan(200)
  })

  test('sees a change when it is published, all of it, with the position', () => {
    const { set, reader, apply } = shared()
    const prefilter = new ThreadPrefilter(reader, POLICY)
    const reports = [report(reported('pdq', PDQ, 90))]
    const candidates = (): readonly number[] =>
      prefilter.prefilter(reader.newestFrame(), reports, Infinity).candidates
    apply(entry('pdq', PDQ))
    expect(candidates()).toEqual([])
    set.publish()
    expect(candidates()).toEqual([0])
    expect(reader.newestFrame().position).toBe(1)
    apply(entry('pdq', PDQ), true)
    expect(candidates()).toEqual([0])
    set.publish()
    expect(candidates()).toEqual([])
    expect(reader.newestFrame().position).toBe(2)
  })

  test('asks only what can make a hit: enough quality, and not what merely corroborates', () => {
    const { set, reader, apply } = shared()
    apply(entry('pdq', PDQ))
    apply(entry('blockhash', BLOCKHASH))
    set.publish()
    const reports = [report(reported('pdq', PDQ, 10)), report(reported('blockhash', BLOCKHASH))]
    const prefilter = (policy: typeof POLICY): readonly number[] =>
      new ThreadPrefilter(reader, policy).prefilter(reader.newestFrame(), reports, Infinity).candidates
    expect(prefilter(POLICY)).toEqual([])
    expect(prefilter(withRule('blockhash', { part: 'hit' }))).toEqual([1])
  })

  test('ends when its time is up, with the first reports', () => {
    const random = seededRandom(12)
    const { set, reader, apply } = shared()
    apply(entry('pdq', PDQ))
    set.publish()
    const reports = Array.from({ length: 200 }, (_, n) =>
      report(reported('pdq', n % 2 === 0 ? PDQ : randomBalancedHash(random), 90)),
    )
    const { done, candidates } = new ThreadPrefilter(reader, POLICY).prefilter(
      reader.newestFrame(),
      reports,
      0,
    )
    expect(done).toBeGreaterThanOrEqual(1)
    expect(candidates).toEqual(
      reports
        .keys()
        .filter((place) => place < done && place % 2 === 0)
        .toArray(),
    )
  })

  test('cannot share an index that is kept in one thread', () => {
    expect(() => new PackedKnownSet({ index: 'flat', readers: 1 }).openReader()).toThrow(/multi-indices only/)
  })
})
