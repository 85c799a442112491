// The formats that are fuzzed, each with its corpus: the test data of test/lists/formats/data.
import { readFileSync } from 'node:fs'
import { readHma } from '../../../src/lists/formats/hma.ts'
import { readMisp } from '../../../src/lists/formats/misp.ts'
import { readStix } from '../../../src/lists/formats/stix.ts'
import { readStopNcii } from '../../../src/lists/formats/stopncii.ts'
import { readTat } from '../../../src/lists/formats/tat.ts'
import { readThreatExchangeUpdates } from '../../../src/lists/formats/threatexchange-updates.ts'
import { readVics } from '../../../src/lists/formats/vics.ts'
import type { ReadItems } from '../../../src/lists/list-item.ts'
import type { FuzzedFormat } from './fuzz.ts'

const data = (...names: readonly string[]): readonly Buffer[] =>
  names.map((name) => readFileSync(new URL(`../formats/data/${name}`, import.meta.url)))

const JSON_TOKENS = [
  ...Array.from('{}[],:"\\ \n'),
  '[[',
  '{"a":',
  '[]',
  '{}',
  '""',
  'null',
  'true',
  'false',
  'NaN',
  '-Infinity',
  '-',
  '1e',
  '0.',
  '1e999',
  '01',
  '/* a */',
  '"\\u0000"',
  '\\ud800',
  '\\u',
  '\\x41',
  '"__proto__":',
  '"constructor":{"prototype":1},',
  '},{',
  '],[',
  '{"',
  '":"',
  ']}',
] as const

const json = (read: ReadItems, names: readonly string[], ...tokens: readonly string[]): FuzzedFormat => ({
  read,
  corpus: data(...names),
  tokens: [...JSON_TOKENS, ...tokens],
  check: (text) => JSON.parse(text.toString('utf8')),
})

/** By the names that `--format` has. */
export const FUZZED: Readonly<Record<string, FuzzedFormat>> = {
  vics: json(
    readVics,
    ['vics-2.0.json', 'vics-1.3-cases.json'],
    '"value":[',
    '"Media":[',
    '"MediaID":',
    '"mediaid":1,',
    '"Category":"1",',
    '"MD5":"',
    '"PhotoDNA":',
    '"AlternativeHashes":[{',
    '"HashName":"',
    '"HashValue":',
    '"Tags":";,",',
    '"DateUpdated":"/Date(',
    '"@odata.context":"',
    '"CaseID":',
  ),
  stopncii: json(
    readStopNcii,
    ['stopncii.json'],
    '"hashRecords":[',
    '"signalType":"',
    '"hashStatus":"Withdrawn",',
    '"hashValue":',
  ),
  tat: json(
    readTat,
    ['tat.json'],
    '"results":[',
    '"deleted":true,',
    '"algorithm":"',
    '"id":',
    '"updated_on":',
  ),
  threatexchange: json(
    readThreatExchangeUpdates,
    ['threatexchange.json'],
    '"data":[',
    '"descriptors":',
    '"status":"MALICIOUS",',
    '"reactions":',
    '"owner":{',
  ),
  hma: json(readHma, ['hma.json'], '"signals":{', '"disable_until_ts":', '"pdq":"'),
  misp: json(
    readMisp,
    ['misp.json'],
    '"Event":{',
    '"Attribute":[',
    '"Object":[',
    '"to_ids":',
    '"deleted":',
    '"type":"filename|md5",',
    '|',
  ),
  stix: json(
    readStix,
    ['stix.json'],
    '"objects":[',
    '"pattern":"',
    "[file:hashes.MD5 = '",
    ' OR ',
    ' AND ',
    "']",
    '"revoked":',
    '"valid_until":"',
  ),
}
