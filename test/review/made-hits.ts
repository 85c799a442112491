// Hits for the tests of the review room: small ones, that keep the contract.
import { sha256Hex } from '../../src/contract/json.ts'
import { hitId, type Hit, type Match } from '../../src/contract/hit.ts'
import { grade, support } from '../../src/contract/grade.ts'

/** 64 hexadecimal digits that follow from a text. */
export const digestOf = (text: string): string => sha256Hex(text)

/** A match of a SHA-256 value that follows from `name`; `of` names the report. */
export const matchOf = (name: string, fields: Partial<Match> = {}): Match => ({
  reportDigest: digestOf('report'),
  type: 'sha256',
  value: digestOf(name),
  knownValue: digestOf(name),
  distance: 0,
  threshold: 0,
  known: [
    {
      source: 'example-list',
      sourceId: name,
      origin: 'example-list',
      classification: { scheme: 'ncmec', code: 'A1' },
      addedAt: '2026-01-02T03:04:05Z',
    },
  ],
  ...fields,
})

export interface MadeHit {
  readonly platform?: string
  readonly reportId: string
  /** Left out: the report names no uploader. */
  readonly actorRef?: string
  readonly collectionRef?: string
  readonly receivedAt?: string
  readonly matches?: readonly Match[]
  readonly fields?: Partial<Hit>
  readonly report?: Partial<Hit['report']>
}

export function hitOf({ platform = 'example', reportId, actorRef, collectionRef, ...made }: MadeHit): Hit {
  const matches = made.matches ?? [matchOf(`known-${reportId}`)]
  return {
    schema: 'hit/1',
    hitId: hitId(platform, reportId),
    report: {
      reportId,
      platform,
      observedAt: '2026-03-04T05:06:07Z',
      mediaType: 'image',
      contentRef: `content-${reportId}`,
      ...(actorRef === undefined ? {} : { actorRef }),
      ...(collectionRef === undefined ? {} : { collectionRef }),
      viewed: { thisFile: 'unknown' },
      basis: { kind: 'own-terms' },
      ...made.report,
    },
    receivedAt: made.receivedAt ?? '2026-03-04T05:06:08.000Z',
    reportDigest: digestOf('report'),
    matches: [...matches],
    matchCount: matches.length,
    truncated: false,
    grade: grade(matches),
    support: support(matches),
    priority: 1,
    expectedByChance: 0,
    knownSet: { offset: 1, digest: digestOf('set'), entries: 1 },
    policy: digestOf('policy'),
    retroactive: false,
    why: ['equal:sha256'],
    ...made.fields,
  }
}
