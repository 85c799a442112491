// The fate of a field that a later version has added, in each record: as deploy/versions.md says it.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { decodeDeadLetter } from '../../src/contract/dead-letter.ts'
import { decodeDecision } from '../../src/contract/decision.ts'
import { decodeHit } from '../../src/contract/hit.ts'
import { decodeKnownHash } from '../../src/contract/known-hash.ts'
import { decodeOutcomeRecord } from '../../src/contract/outcome.ts'
import { Rejection } from '../../src/contract/rejection.ts'
import { decodeReport } from '../../src/contract/report.ts'
import { decodeStatus } from '../../src/contract/status.ts'
import { landedRecords } from '../fixtures/landed/landed.ts'

const { knownHashes, ...records } = landedRecords()
const [{ key, value: knownHash }] = knownHashes

/** By schema: a record, how it is read, and the fate of a field that its reader does not know. */
const FATES = [
  ['report/1', records.reports[0], decodeReport, 'refuses it'],
  ['known-hash/1', knownHash, (bytes: Buffer) => decodeKnownHash(Buffer.from(key), bytes), 'refuses it'],
  ['hit/1', records.hits[0], decodeHit, 'leaves the field out'],
  ['decision/1', records.decisions[0], decodeDecision, 'leaves the field out'],
  ['outcome/1', records.outcomes[0], decodeOutcomeRecord, 'leaves the field out'],
  ['dead-letter/1', records.deadLetters[0], decodeDeadLetter, 'leaves the field out'],
  ['status/1', records.statuses[0], decodeStatus, 'leaves the field out'],
] as const

const withFields = (text: string, fields: object): Buffer =>
  Buffer.from(JSON.stringify({ ...JSON.parse(text), ...fields }))

test.each(FATES)(
  'of a %s with a field of a later version the reader does as the page says',
  (_, text, decode, fate) => {
    const decoded = decode(withFields(text, { newer: { more: 1 } }))
    if (fate === 'refuses it') expect(decoded).toEqual(new Rejection('unknown-field'))
    else expect(decoded).toStrictEqual(JSON.parse(text))
  },
)

test.each(FATES)('a %s of another number is another message, and refused', (schema, text, decode) => {
  const decoded = decode(withFields(text, { schema: schema.replace('/1', '/2') }))
  expect(decoded).toBeInstanceOf(Rejection)
})

test('the page on versions says the fate of each record', () => {
  const page = readFileSync(new URL('../../deploy/versions.md', import.meta.url), 'utf8')
  for (const [schema, , , fate] of FATES) {
    const row = page.split('\n').find((line) => line.startsWith('|') && line.includes(`\`${schema}\``))
    expect(row, schema).toContain(fate)
  }
})
