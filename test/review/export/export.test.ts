// Exported cases: in the form of the other tools, with nothing in them that the store doesn't know for certain.
import fc from 'fast-check'
import { Compile } from 'typebox/compile'
import { expect, test } from 'vitest'
import { CyberTipExport, FileDetails, VicsExport } from '../../../src/contract/case-export.ts'
import type { Hit, Match } from '../../../src/contract/hit.ts'
import type { CaseHit } from '../../../src/contract/review.ts'
import { VERDICTS } from '../../../src/contract/decision.ts'
import { cyberTipJson } from '../../../src/review/export/cybertip-json.ts'
import { vicsJson } from '../../../src/review/export/vics-json.ts'
import { hit as anyHit } from '../../contract/arbitraries.ts'
import { caseOf, decided, entry, hitOf, matchOf } from './case-view.ts'

const AUDIT = { entries: [] }
const cyberTip = Compile(CyberTipExport)
const vics = Compile(VicsExport)

const detailsOf = (hit: Hit): FileDetails => {
  const [file] = cyberTipJson(caseOf([decided(hit)]), AUDIT).files
  if (!file) throw new Error('The hit is not among the files')
  return file.fileDetails
}
const mediaOf = (hits: readonly Hit[]) => vicsJson(caseOf(hits.map((one) => decided(one))), AUDIT)

/** <fileDetails> in the schema that NCMEC publishes. */
const FIELDS_OF_API = [
  'reportId',
  'fileId',
  'fileName',
  'originalFileName',
  'uploadedToEspTimestamp',
  'locationOfFile',
  'fileViewedByEsp',
  'exifViewedByEsp',
  'publiclyAvailable',
  'fileRelevance',
  'fileAnnotations',
  'industryClassification',
  'originalFileHash',
  'ipCaptureEvent',
  'deviceId',
  'details',
  'additionalInfo',
]

const EXACT = matchOf('sha256', [entry('ncmec', 'A1')])
const withReport = (report: Partial<Hit['report']>, matches: Match[] = [EXACT]): Hit => {
  const hit = hitOf(1, matches)
  return { ...hit, report: { ...hit.report, ...report } }
}

test('file details stand in the order of NCMEC’s API, and only what the store knows is in them', () => {
  const hit = withReport(
    {
      cybertipId: '123456789',
      viewed: { thisFile: 'yes', by: 'human' },
      annotations: ['generativeAi', 'viral', 'viral'],
    },
    [EXACT, matchOf('md5', [entry('ncmec', 'A1')]), matchOf('pdq', [entry('iwf', 'A')])],
  )
  const details = detailsOf(hit)
  const names = Object.keys(details)
  expect(names).toEqual(FIELDS_OF_API.filter((name) => names.includes(name)))
  expect(Object.keys(FileDetails.properties)).toEqual(
    FIELDS_OF_API.filter((name) => Object.hasOwn(FileDetails.properties, name)),
  )
  expect(details).toMatchObject({
    reportId: '123456789',
    fileViewedByEsp: true,
    fileRelevance: 'Reported',
    fileAnnotations: { viral: true, generativeAi: true },
    industryClassification: 'A1',
    originalFileHash: [
      { hashType: 'SHA256', value: 'a'.repeat(64) },
      { hashType: 'MD5', value: 'a'.repeat(32) },
    ],
    details: [{ nameValuePair: [{ type: 'HASH', name: 'PDQ', value: 'a'.repeat(64) }] }],
  })
  expect(Object.keys(details.fileAnnotations ?? {})).toEqual(['viral', 'generativeAi'])
})

test.each<[Hit['report']['viewed'], boolean | undefined]>([
  [{ thisFile: 'yes' }, true],
  [{ thisFile: 'yes', by: 'human' }, true],
  [{ thisFile: 'yes', by: 'automated' }, undefined],
  [{ thisFile: 'no' }, false],
  [{ thisFile: 'no', by: 'automated' }, false],
  [{ thisFile: 'unknown' }, undefined],
  [{ thisFile: 'unknown', by: 'human' }, undefined],
])('of a platform that says %j, fileViewedByEsp says %s', (viewed, said) => {
  const details = detailsOf(withReport({ viewed }))
  expect(details.fileViewedByEsp).toBe(said)
  expect(Object.hasOwn(details, 'fileViewedByEsp')).toBe(said !== undefined)
})

test.each<[string, Match[], string | undefined]>([
  ['the SHA-256 of an A1 entry', [EXACT], 'A1'],
  [
    'MD5 and SHA-1 of one B2 entry',
    [matchOf('sha1', [entry('ncmec', 'B2')]), matchOf('md5', [entry('ncmec', 'B2')])],
    'B2',
  ],
  [
    'MD5 and SHA-1 of two entries',
    [matchOf('sha1', [entry('ncmec', 'B2')]), matchOf('md5', [entry('ncmec', 'B2', 'other')])],
    undefined,
  ],
  ['an MD5 alone, which can be forged', [matchOf('md5', [entry('ncmec', 'A1')])], undefined],
  ['a picture that looks like an A1', [matchOf('pdq', [entry('ncmec', 'A1')])], undefined],
  ['two classes', [matchOf('sha256', [entry('ncmec', 'A1'), entry('ncmec', 'A2', 'x')])], undefined],
  ['another list’s A1', [matchOf('sha256', [entry('sample', 'A1')])], undefined],
  ['a class that the scale doesn’t have', [matchOf('sha256', [entry('ncmec', 'C1')])], undefined],
])('the industry classification comes from lists that have this very file: %s', (_, matches, said) => {
  expect(detailsOf(hitOf(1, matches)).industryClassification).toBe(said)
})

test('the words of each list are given, and no value of a list is', () => {
  const hit = hitOf(1, [
    matchOf('sha256', [entry('iwf', 'A')]),
    matchOf('pdq', [entry('ncmec', 'A1')], { orientation: 'mirrored-left-right' }),
  ])
  const text = detailsOf(hit).additionalInfo.join('\n')
  expect(text).toContain('SHA256 is equal: list iwf, entry 42-7, class iwf:A, added 2026-01-10T00:00:00Z.')
  expect(text).toContain('PDQ differs in 12 of 256 bits (at most 31), mirrored-left-right: list ncmec')
  const all = JSON.stringify([cyberTipJson(caseOf([decided(hit)]), AUDIT), mediaOf([hit])])
  expect(all.toLowerCase()).not.toContain('e'.repeat(64))
})

const found = (finding: CaseHit['outcomes'][number]['finding'], at: string): CaseHit['outcomes'][number] => ({
  outcomeId: '00000000-0000-4000-8000-00000000000a',
  hitId: '1',
  finding,
  basis: 'search-warrant',
  reportedBy: 'detective',
  reason: '',
  reportedAt: `2026-12-${at}T00:00:00.000Z`,
})

const id = (number: number): string => String(number).padStart(64, '0')

test('only referred hits are files; what was decided otherwise, or found to be another file, is named apart', () => {
  const hits: CaseHit[] = [
    ...VERDICTS.map((verdict, at) => decided(hitOf(at + 1, [EXACT]), verdict)),
    decided(hitOf(9, [EXACT]), 'refer', false),
    { ...decided(hitOf(10, [EXACT])), isWaiting: true },
    { hit: hitOf(11, [EXACT]), evidence: '', isWaiting: false, outcomes: [] },
    { ...decided(hitOf(12, [EXACT])), outcomes: [found('not-a-match', '02'), found('confirmed', '01')] },
    { ...decided(hitOf(13, [EXACT])), outcomes: [found('confirmed', '02'), found('not-a-match', '01')] },
  ]
  const { files, notReferred } = cyberTipJson(caseOf(hits), AUDIT)
  expect(files.map(({ hitId }) => hitId)).toEqual([id(1), id(13)])
  expect(notReferred).toEqual([
    ...VERDICTS.slice(1).map((verdict, at) => ({ hitId: id(at + 2), verdict })),
    { hitId: id(9) },
    { hitId: id(10) },
    { hitId: id(11) },
    { hitId: id(12), verdict: 'refer', finding: 'not-a-match' },
  ])
  const exported = vicsJson(caseOf(hits), AUDIT)
  expect(exported['@hashwarden.notReferred']).toEqual(notReferred)
  expect(exported.value[0]?.Media).toHaveLength(2)
})

test('notes of reviewers stay inside', () => {
  const view = caseOf([decided(hitOf(1, [EXACT]))])
  expect(JSON.stringify([cyberTipJson(view, AUDIT), vicsJson(view, AUDIT)])).not.toContain('An internal note')
})

test('of different reports under one id, only the hashes of the one that is shown are exported', () => {
  const hit = hitOf(
    1,
    [
      matchOf('sha256', [entry('ncmec', 'A1')], { reportDigest: 'c'.repeat(64), value: 'b'.repeat(64) }),
      matchOf('md5', [entry('ncmec', 'A2')]),
    ],
    { reportsDiffer: true },
  )
  const details = detailsOf(hit)
  expect(details.originalFileHash).toEqual([{ hashType: 'MD5', value: 'a'.repeat(32) }])
  expect(details.industryClassification).toBeUndefined()
  expect(details.additionalInfo.join(' ')).toContain('different reports under one id')
})

test('VICS names itself first, has hashes in upper case and empty where unknown, and the category of the list', () => {
  const exported = mediaOf([
    hitOf(2, [matchOf('md5', [entry('vics-us', '2')])]),
    withReport({ byteLength: 1234 }, [
      matchOf('sha256', [entry('vics-us', '1')]),
      matchOf('sha1', [entry('vics-us', '1')]),
    ]),
  ])
  expect(Object.keys(exported)[0]).toBe('@odata.context')
  expect(exported['@odata.context']).toBe(
    'http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/US/$metadata#Cases',
  )
  expect(exported.value).toMatchObject([
    {
      CaseID: '7',
      SourceApplicationName: 'hashwarden',
      Media: [
        {
          MediaID: 1,
          Category: 1,
          MD5: '',
          SHA1: 'A'.repeat(40),
          MediaSize: 1234,
          AlternativeHashes: [{ HashName: 'SHA256', HashValue: 'A'.repeat(64) }],
        },
        { MediaID: 2, Category: null, MD5: 'A'.repeat(32), SHA1: '', AlternativeHashes: [] },
      ],
    },
  ])
})

test('without one country’s scheme for all, nothing has a category', () => {
  const us = hitOf(1, [matchOf('sha256', [entry('vics-us', '1')])])
  const ca = hitOf(2, [matchOf('sha256', [entry('vics-ca', '1')])])
  const exported = mediaOf([us, ca])
  expect(exported['@odata.context']).toContain('/Default/')
  expect(exported.value[0]?.Media.map(({ Category }) => Category)).toEqual([null, null])
  const two = mediaOf([hitOf(1, [matchOf('sha256', [entry('vics-us', '1'), entry('vics-us', '2', 'x')])])])
  expect(two.value[0]?.Media[0]?.Category).toBeNull()
})

test('every case keeps the schema, and the same case in another order gives the same bytes', () => {
  const outcomes: CaseHit['outcomes'] = []
  const hits = fc.uniqueArray(fc.tuple(anyHit, fc.constantFrom(...VERDICTS)), {
    maxLength: 4,
    selector: ([{ hitId }]) => hitId,
  })
  fc.assert(
    fc.property(hits, (all) => {
      const view = caseOf(all.map(([hit, verdict]) => ({ ...decided(hit, verdict), outcomes })))
      const turned = { ...view, hits: view.hits.toReversed() }
      for (const [make, check] of [
        [cyberTipJson, cyberTip],
        [vicsJson, vics],
      ] as const) {
        const exported = make(view, AUDIT)
        expect(check.Check(exported), JSON.stringify(check.Errors(exported).slice(0, 2))).toBe(true)
        expect(JSON.stringify(make(turned, AUDIT))).toBe(JSON.stringify(exported))
      }
    }),
    { numRuns: 100 },
  )
})
