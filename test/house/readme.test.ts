import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { exampleHit, jsonExamples } from '../../bench/render/example-hit.ts'
import { renderAll } from '../../bench/render.ts'
import { decodeHit } from '../../src/contract/hit.ts'
import { mergeHits } from '../../src/contract/hit-merge.ts'
import { decodeKnownHash, knownHashKey, type KnownHash } from '../../src/contract/known-hash.ts'
import { Rejection } from '../../src/contract/rejection.ts'
import { decodeReport } from '../../src/contract/report.ts'

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

test('the README’s figures, tables and charts are those of bench/results: `npm run bench:render` puts them in', async () => {
  for (const [path, text] of await renderAll()) {
    expect(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'), path).toBe(text)
  }
})

test('every JSON example in the README is a message that hashwarden takes or writes', () => {
  const examples = jsonExamples(README)
  expect([...examples.keys()]).toEqual(['report/1', 'known-hash/1', 'hit/1'])
  const bytes = (schema: string): Buffer => Buffer.from(examples.get(schema) ?? '')
  const known = JSON.parse(String(bytes('known-hash/1'))) as KnownHash
  const decoded = [
    decodeReport(bytes('report/1')),
    decodeKnownHash(Buffer.from(knownHashKey(known)), bytes('known-hash/1')),
    decodeHit(bytes('hit/1')),
  ]
  expect(decoded.filter((one) => one instanceof Rejection)).toEqual([])
})

test('the README’s hit is what the matcher makes of its report and its known hash', async () => {
  const hit = JSON.parse(jsonExamples(README).get('hit/1') ?? '')
  expect(await exampleHit(README)).toEqual(hit)
  expect(mergeHits(hit, hit)).toEqual(hit)
})

test('a hitId is made as the README says', () => {
  const { hitId, report } = JSON.parse(jsonExamples(README).get('hit/1') ?? '')
  const hash = createHash('sha256')
  for (const part of [report.platform, report.reportId]) {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(Buffer.byteLength(part))
    hash.update(length).update(part)
  }
  expect(hitId).toBe(hash.digest('hex'))
})
