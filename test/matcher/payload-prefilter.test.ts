import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { REPORT_MAX_BYTES, type ReportedHash } from '../../src/contract/report.ts'
import { HASH_TYPE_NAMES, hexDigits, isPerceptual, type HashType } from '../../src/hash/hash-type.ts'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { Matcher } from '../../src/matcher/matcher.ts'
import { RetroMatcher } from '../../src/matcher/retro-matcher.ts'
import { ChangedValues } from '../../src/matcher/changed-values.ts'
import { report as anyReport } from '../contract/arbitraries.ts'
import { flipped, oriented } from './altered-values.ts'
import { entry } from '../fixtures/entries.ts'
import {
  BLOCKHASH,
  MD5,
  OTHER_PDQ,
  PDQ,
  POLICY,
  reported,
  reportOf,
  setOf,
  SHA1,
  SHA256,
} from './fixtures.ts'

const VALUES = { sha256: SHA256, sha1: SHA1, md5: MD5, pdq: PDQ, blockhash: BLOCKHASH }

/** What looks back when the value of each of these types has changed. */
function lookingBackFor(...types: readonly HashType[]): RetroMatcher {
  const touched = new ChangedValues()
  const entries = types.map((type) => entry(type, VALUES[type]))
  for (const one of entries) touched.add(one)
  return new RetroMatcher(touched, POLICY, new Matcher(setOf(...entries), POLICY), { expectedReports: 1 })
}

const bytesOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))

const printedAt = (space: number, type: HashType): Buffer =>
  Buffer.from(`${' '.repeat(space)}[{"value":"${VALUES[type]}"}]`)

/** How JSON may say the same: spaces, fields in any order, any character of a text by its number. */
interface Style {
  readonly space: string
  readonly isBackwards: boolean
  readonly escapeOneIn: number
}

function printed(value: unknown, style: Style): string {
  const { space, isBackwards, escapeOneIn } = style
  const list = (parts: readonly string[]): string => parts.map((part) => space + part + space).join(',')
  if (Array.isArray(value)) return `[${list(value.map((element) => printed(element, style)))}]`
  if (value !== null && typeof value === 'object') {
    const fields = Object.entries(value).map(
      ([name, field]) => printed(name, style) + space + ':' + space + printed(field, style),
    )
    return `{${list(isBackwards ? fields.toReversed() : fields)}}`
  }
  const text = JSON.stringify(value)
  if (typeof value !== 'string' || escapeOneIn === 0) return text
  return text.replace(/[a-z0-9]/gi, (character, at: number) =>
    at % escapeOneIn === 0 ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}` : character,
  )
}

const anyStyle: fc.Arbitrary<Style> = fc.record({
  space: fc.constantFrom('', '', ' ', '\n\t', '\r\n   '),
  isBackwards: fc.boolean(),
  escapeOneIn: fc.constantFrom(0, 0, 0, 7, 61),
})

const nearHash: fc.Arbitrary<ReportedHash> = fc
  .tuple(fc.constantFrom(...HASH_TYPE_NAMES), fc.nat(40), fc.nat(7), fc.boolean())
  .map(([type, bits, form, isUpper]) => {
    const near =
      type === 'pdq'
        ? flipped(oriented(PDQ, form), bits)
        : type === 'blockhash'
          ? flipped(BLOCKHASH, bits % 14)
          : VALUES[type]
    return reported(type, isUpper ? near.toUpperCase() : near, isPerceptual(type) ? 40 + bits : undefined)
  })

describe('reports that nobody has read', () => {
  test('are candidates at least where they are a hit once they are read, however they are printed', () => {
    let hits = 0
    fc.assert(
      fc.property(
        fc.subarray([...HASH_TYPE_NAMES], { minLength: 1 }),
        fc.array(fc.tuple(anyReport, fc.array(nearHash, { maxLength: 3 }), anyStyle), { maxLength: 6 }),
        (types, drafts) => {
          const retro = lookingBackFor(...types)
          const reports = drafts.map(([report, near]) => ({
            report: {
              ...report,
              mediaType: 'video' as const,
              hashes: [...report.hashes.slice(near.length), ...near],
            },
            receivedAtMs: 0,
          }))
          const payloads = reports.map(({ report }, n) => Buffer.from(printed(report, drafts[n][2])))
          const { done: prefiltered, candidates } = retro.prefilter(payloads)
          expect(prefiltered).toBe(reports.length)
          for (const [place, hit] of retro.match(reports).entries()) {
            if (!hit) continue
            hits++
            expect(candidates).toContain(place)
          }
        },
      ),
      { numRuns: 500, interruptAfterTimeLimit: 30_000 },
    )
    expect(hits).toBeGreaterThan(100)
  })

  test('are candidates only where a hash comes near a value that is sought', () => {
    const random = seededRandom(5)
    const values = Array.from({ length: 600 }, (_, n) =>
      n % 50 === 0 ? flipped(oriented(PDQ, n % 8), n % 32) : randomBalancedHash(random),
    )
    const payloads = values.map((value, n) =>
      bytesOf(reportOf([reported('pdq', value, 90), reported('md5', n === 7 ? MD5 : SHA1.slice(8))]).report),
    )
    const near = values
      .keys()
      .filter((n) => n % 50 === 0)
      .toArray()
    expect(lookingBackFor('pdq').prefilter(payloads).candidates).toEqual(near)
    expect(lookingBackFor('md5').prefilter(payloads).candidates).toEqual([7])
    expect(lookingBackFor('sha1').prefilter(payloads).candidates).toEqual([])
    const silent = { ...POLICY, hashes: { sha1: POLICY.hashes.sha1 ?? { part: 'hit' } } }
    const touched = new ChangedValues()
    touched.add(entry('pdq', PDQ))
    const without = new RetroMatcher(touched, silent, new Matcher(setOf(), silent), { expectedReports: 1 })
    expect(without.prefilter(payloads)).toEqual({ done: payloads.length, candidates: [] })
  })

  test('are no candidates for what they name otherwise than a hash, or for what is no report', () => {
    const { report } = reportOf([reported('pdq', OTHER_PDQ, 90)], { contentRef: MD5, reportId: PDQ })
    const retro = lookingBackFor('pdq', 'md5')
    const padded = { ...reportOf([reported('md5', MD5)]).report, contentRef: 'x'.repeat(REPORT_MAX_BYTES) }
    const payloads = [bytesOf(report), null, Buffer.alloc(0), Buffer.from(MD5), bytesOf(padded)]
    expect(retro.prefilter(payloads)).toEqual({ done: payloads.length, candidates: [] })
  })

  test('that print more values than a report has are read', () => {
    const some = Array.from({ length: 17 }, () => reported('md5', SHA1.slice(8)))
    const retro = lookingBackFor('md5')
    expect(retro.prefilter([bytesOf(some), bytesOf(some.slice(1))]).candidates).toEqual([0])
  })

  test('are found wherever in the bytes a value stands', () => {
    const retro = lookingBackFor('md5', 'sha256')
    const spaces = Array.from({ length: 2 * hexDigits('sha256') }, (_, space) => space)
    const payloads = spaces.flatMap((space) => [printedAt(space, 'md5'), printedAt(space, 'sha256')])
    expect(retro.prefilter(payloads).candidates).toEqual([...payloads.keys()])
  })
})

test.each([0, 30])('a prefilter that stops every %d µs ends with what it finds at once', (budget) => {
  const payloads = Array.from({ length: 300 }, (_, n) =>
    bytesOf(
      reportOf([reported('pdq', flipped(PDQ, n % 60, n % 5), 90), reported('blockhash', BLOCKHASH)]).report,
    ),
  )
  for (const types of [['pdq'], ['pdq', 'blockhash']] as const) {
    const retro = lookingBackFor(...types)
    const found: number[] = []
    for (let at = 0; at < payloads.length;) {
      const { done, candidates } = retro.prefilter(payloads.slice(at), budget)
      expect(done).toBeGreaterThanOrEqual(1)
      found.push(...candidates.map((place) => at + place))
      at += done
    }
    expect(found).toEqual(retro.prefilter(payloads).candidates)
    expect(found.length).toBeGreaterThan(100)
  }
})
