// What looks like probing, and what doesn't.
import { expect, test } from 'vitest'
import { lookedAt, ProbingSketch } from '../../../src/gateway/probing/probing-sketch.ts'
import { seededRandom, type Random } from '../../../src/sample/random-hash.ts'
import { flipped, randomValue } from '../../../bench/gateway/probing/values.ts'

const random = seededRandom(1)

function open() {
  const sketch = new ProbingSketch(1)
  let seconds = 1
  return {
    /** How many alarms these values raise, one a second. */
    alarms: (pictures: Iterable<string>, actor: string | undefined): number => {
      let alarms = 0
      for (const picture of pictures)
        if (sketch.add('example', { actor, pictures: [picture] }, seconds++)) alarms++
      return alarms
    },
    wait: (more: number) => (seconds += more),
  }
}

function* variants(count: number, bits: number, from: Random = random, centre = randomValue(from)) {
  for (let n = 0; n < count; n++) yield flipped(centre, bits, from)
}

function* mixedWith(pictures: Iterable<string>, others: number) {
  for (const picture of pictures) {
    yield picture
    for (let n = 0; n < others; n++) yield randomValue(random)
  }
}

test('an account that sends many altered copies of one picture is suspected', () => {
  for (const bits of [8, 16, 31]) expect(open().alarms(variants(60, bits), 'account'), `${bits} bits`).toBe(1)
  expect(open().alarms(variants(20, 16), 'account')).toBe(0)
})

test('an account that hides its copies among other pictures is suspected, too', () => {
  expect(open().alarms(mixedWith(variants(60, 16), 2), 'account')).toBe(1)
})

test('the same value again and again is no sign of probing', () => {
  const { alarms } = open()
  const [few] = [[...variants(10, 8)]]
  for (let n = 0; n < 1_000; n++) expect(alarms(few, 'account')).toBe(0)
  expect(
    alarms(
      Array.from({ length: 10_000 }, () => few[0]),
      undefined,
    ),
  ).toBe(0)
})

test('many people who send copies of one picture are no sign of probing', () => {
  const { alarms } = open()
  const copies = [...variants(5_000, 16)]
  let all = 0
  for (const [at, copy] of copies.entries()) all += alarms([copy], `account-${at}`)
  expect(all).toBe(0)
})

test('different pictures of one account are no sign of probing', () => {
  expect(
    open().alarms(
      Array.from({ length: 20_000 }, () => randomValue(random)),
      'account',
    ),
  ).toBe(0)
})

test('copies within an hour count together, and those of another hour do not', () => {
  const { alarms, wait } = open()
  const centre = randomValue(random)
  for (let hour = 0; hour < 10; hour++) {
    expect(alarms(variants(25, 16, random, centre), 'account')).toBe(0)
    wait(3_700)
  }
})

test('of a platform that names no accounts, many altered copies are a sign, and encodings of one picture are none', () => {
  expect(open().alarms(variants(3_000, 24), undefined)).toBeGreaterThan(0)
  expect(open().alarms(variants(3_000, 4), undefined)).toBe(0)
})

test('of a report a picture with enough detail is looked at', () => {
  const value = randomValue(random)
  const md5 = { type: 'md5', value: '0123456789abcdef0123456789abcdef' } as const
  expect(lookedAt({ hashes: [md5] })).toBeUndefined()
  expect(lookedAt({ actorRef: 'a', hashes: [md5, { type: 'pdq', value }] })).toEqual({
    actor: 'a',
    pictures: [value],
  })
  expect(lookedAt({ hashes: [{ type: 'pdq', value, quality: 49 }] })).toBeUndefined()
})

test('a made-up picture beside the altered one in a report hides nothing: each of its PDQ hashes is looked at', () => {
  const [sketch, centre] = [new ProbingSketch(1), randomValue(random)]
  const alarms = Array.from({ length: 60 }, (_, at) => {
    const hashes = [randomValue(random), flipped(centre, 16, random)].map(
      (value) => ({ type: 'pdq', value }) as const,
    )
    const probe = lookedAt({ actorRef: 'account', hashes })
    return probe !== undefined && sketch.add('example', probe, at + 1)
  })
  expect(alarms.filter(Boolean)).toHaveLength(1)
})

test('other types of hashes, whose distances mean something else, are not looked at', () => {
  const value = randomValue(random)
  expect(lookedAt({ hashes: [{ type: 'blockhash', value }] })).toBeUndefined()
  expect(
    lookedAt({
      hashes: [
        { type: 'blockhash', value: randomValue(random) },
        { type: 'pdq', value },
      ],
    }),
  ).toEqual({ actor: undefined, pictures: [value] })
})
