import { expect, inject, test } from 'vitest'
import { hashPictures } from '../../src/cli/local/pictures.ts'
import { makeReport } from '../../src/hashing/make-report.ts'
import { hammingDistance } from '../../src/hash/distance.ts'
import { packed, parseHashValue, type HashValue } from '../../src/hash/hash-value.ts'
import { orient, ORIENTATIONS } from '../../src/hash/orientation.ts'
import { IMAGES_FOLDER } from '../../src/sample/photographs.ts'
import { readVectors } from '../hashing/reference-vectors.ts'
import { knownHash } from '../fixtures/entries.ts'
import { Deployment } from './deployment.ts'

const RADIUS = 31

/** The least distance over all orientations, by trying each. */
function leastDistance(query: HashValue, known: HashValue): number {
  const oriented = new Uint32Array(8)
  const distances = ORIENTATIONS.map((_, index) => {
    orient(packed(known), 0, index, oriented, 0)
    return hammingDistance(packed(query), 0, oriented, 0)
  })
  return Math.min(...distances)
}

/** What brute force over the hashes of the reference implementation finds: `copy of picture → known picture`. */
function predicted(knownPictures: readonly string[]): Map<string, string[]> {
  const vectors = readVectors('altered-vectors.json').map((vector) => {
    const value = parseHashValue('pdq', vector.hash)
    if (!value) throw new Error('a vector is no hash')
    return { ...vector, value, name: `${vector.picture} ${vector.alteration}` }
  })
  const known = vectors.filter(
    ({ picture, alteration }) => alteration === 'original' && knownPictures.includes(picture),
  )
  return new Map(
    vectors.map(({ name, value, quality }) => [
      name,
      known
        .filter((one) => quality >= 50 && leastDistance(value, one.value) <= RADIUS)
        .map(({ picture }) => picture),
    ]),
  )
}

test('pictures through a real Kafka: found is exactly what brute force over the reference’s hashes predicts', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const { pictures, copies, problems } = await hashPictures(IMAGES_FOLDER, () => {})
  expect({ pictures: pictures.length, problems }).toEqual({ pictures: 10, problems: [] })
  const known = pictures.filter((picture) => picture.known)
  const nameOf = new Map<string, string>()
  const entries = known.flatMap(({ name, hashes }) =>
    hashes
      .filter(({ type }) => type === 'pdq')
      .map(({ value }) => {
        nameOf.set(value, name)
        return knownHash('pdq', value)
      }),
  )
  await deployment.addKnown(...entries)
  await deployment.startMatcher()
  const reports = copies.map(({ hashes }) => makeReport('pictures', hashes))
  await deployment.submit(...reports)
  await deployment.untilAllMatched()

  const copyOf = new Map(
    reports.map(({ reportId }, index) => [
      reportId,
      `${copies[index].picture.name} ${copies[index].alteration}`,
    ]),
  )
  const found = new Map([...copyOf.values()].map((name): [string, string[]] => [name, []]))
  for (const { report, matches } of await deployment.hits()) {
    found.set(
      copyOf.get(report.reportId) ?? '',
      matches.map(({ knownValue }) => nameOf.get(knownValue) ?? ''),
    )
  }
  expect(found).toEqual(predicted(known.map(({ name }) => name)))
  expect([...found.values()].flat().length).toBeGreaterThan(55)
})
