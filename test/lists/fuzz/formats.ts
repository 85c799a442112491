// The formats that are fuzzed, each with its corpus: the test data of test/lists/formats/data.
import { readFileSync } from 'node:fs'
import type { CsvMapping } from '../../../src/lists/formats/csv-mapping.ts'
import { readMappedCsv } from '../../../src/lists/formats/csv.ts'
import { readHma } from '../../../src/lists/formats/hma.ts'
import { readIcse } from '../../../src/lists/formats/icse.ts'
import { readLines } from '../../../src/lists/formats/lines.ts'
import { readMd5sum } from '../../../src/lists/formats/md5sum.ts'
import { readMisp } from '../../../src/lists/formats/misp.ts'
import { readNcmec } from '../../../src/lists/formats/ncmec.ts'
import { readNsrl } from '../../../src/lists/formats/nsrl.ts'
import { readOwnCsv } from '../../../src/lists/formats/own-csv.ts'
import { readStix } from '../../../src/lists/formats/stix.ts'
import { readStopNcii } from '../../../src/lists/formats/stopncii.ts'
import { readTat } from '../../../src/lists/formats/tat.ts'
import { readThreatExchangeCsv } from '../../../src/lists/formats/threatexchange-csv.ts'
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

const XML_TOKENS = [
  ...Array.from('<>/&;"\'= \n'),
  '<![CDATA[',
  ']]>',
  '<!--',
  '-->',
  '<!DOCTYPE a [<!ENTITY b "c">]>',
  '<?x',
  '?>',
  '&amp;',
  '&#x30;',
  '&#0;',
  '&b;',
  'xmlns="urn:x"',
  'xmlns:x="urn:x"',
  '<x:',
  '<a>',
  '</a>',
  '<a/>',
  '\u0000',
  '\ud800',
] as const

const CSV_TOKENS = [
  ...Array.from('",;\t|\n\r\'= '),
  '""',
  '";"',
  '","',
  '\n\n',
  '\u0000',
  '\ufeff',
  '\ufffd',
] as const

const MAPPING: CsvMapping = {
  delimiter: ',',
  header: true,
  columns: {
    id: 'Image Ref',
    hashes: { md5: 'MD5', sha1: 'SHA-1' },
    status: 'Status',
    code: 'Category',
    series: 'Series',
    victimIdentified: 'Identified',
    tags: 'Tags',
    changedAt: 'Assessed',
  },
  status: { live: ['Active'], withdrawn: ['Removed'] },
  dates: 'DD/MM/YYYY',
}

/** By the names that `--format` has, or nearly. */
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
  ncmec: {
    read: (text) => readNcmec(text),
    corpus: data('ncmec.xml'),
    tokens: [
      ...XML_TOKENS,
      '<image>',
      '</image>',
      '<deletedImage>',
      '<member id="1"/>',
      '<id>',
      '<fingerprints>',
      'href=""',
      '<feedback>',
      'maxTimestamp="',
    ],
  },
  icse: {
    read: readIcse,
    corpus: data('icse.csv'),
    tokens: [...CSV_TOKENS, ';Y;', ';N;', ';Yes', ';No', ';True;', ';Image;', 'Baseline', 'MD5;'],
  },
  'threatexchange-csv': {
    read: readThreatExchangeCsv,
    corpus: data('threatexchange.csv'),
    tokens: [...CSV_TOKENS, 'pdq,', 'md5,', 'POSITIVE_CLASS', 'category'],
  },
  csv: {
    read: (text) => readMappedCsv(text, MAPPING),
    corpus: data('hotline.csv'),
    tokens: [...CSV_TOKENS, 'Active,', 'Removed,', '01/02/2026', 'Status,'],
  },
  'own-csv': {
    read: (text) => readOwnCsv(text),
    corpus: data('hashwarden.csv'),
    tokens: [...CSV_TOKENS, 'match,', 'md5,', 'disabled,', '\\', '\\;'],
  },
  lines: {
    read: readLines,
    corpus: data('lines.txt'),
    tokens: ['md5 ', 'pdq ', ' ', '\t', '\n', '#', '{', '"hashes":[', 'quality ', '\u0000', '\ufffd'],
    isByLine: true,
  },
  md5sum: {
    read: readMd5sum,
    corpus: data('md5sum.txt'),
    tokens: ['\\', '  ', ' *', '\n', 'MD5 (', ') = ', '#', '\u0000'],
    isByLine: true,
  },
  nsrl: {
    read: readNsrl,
    corpus: data('nsrl.csv'),
    tokens: [...CSV_TOKENS, '"SHA-1","MD5",'],
  },
}
