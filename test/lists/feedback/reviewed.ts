// Hits, decisions and outcomes as a review service writes them, on a log in memory.
import { createHash } from 'node:crypto'
import { encodeDecision, evidenceDigest, type Decision } from '../../../src/contract/decision.ts'
import { encodeHit, type Hit, type Match } from '../../../src/contract/hit.ts'
import { encodeOutcomeRecord, type Outcome } from '../../../src/contract/outcome.ts'
import { MemoryLog } from '../../../src/log/memory-log.ts'
import { hitOf, matchOf } from '../../review/made-hits.ts'

export const TOPICS = { hits: 'hits', decisions: 'decisions', outcomes: 'outcomes' } as const
export const AT = '2026-05-06T07:08:09Z'
/** Words that may never leave. */
export const SECRETS = [
  'a-reviewer',
  'another-reviewer',
  'a-platform',
  'a-report',
  'the reason in words',
  'a-content',
] as const

const uuid = (text: string): string => {
  const hex = createHash('sha256').update(text).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** A match of an MD5 of these entries, each `source:sourceId`. */
export function md5MatchOf(...entries: readonly string[]): Match {
  const value = createHash('md5').update(entries.join()).digest('hex')
  return matchOf('m', {
    type: 'md5',
    value,
    knownValue: value,
    known: entries.map((entry) => {
      const [source = '', sourceId = ''] = entry.split(':')
      return {
        source,
        sourceId,
        origin: source,
        classification: { scheme: 'ncmec', code: 'A1' },
        addedAt: AT,
      }
    }),
  })
}

export const hitWith = (name: string, ...matches: readonly Match[]): Hit =>
  hitOf({
    platform: 'a-platform',
    reportId: `a-report-${name}`,
    matches,
    report: { contentRef: 'a-content' },
  })

export const decisionOn = (hit: Hit, fields: Partial<Decision> = {}): Decision => ({
  schema: 'decision/1',
  decisionId: uuid(hit.hitId + (fields.verdict ?? '')),
  hitId: hit.hitId,
  evidence: evidenceDigest(hit.matches),
  verdict: 'list-error-suspected',
  reviewer: 'a-reviewer',
  reason: 'the reason in words',
  decidedAt: AT,
  opinions: [
    {
      reviewer: 'another-reviewer',
      verdict: 'list-error-suspected',
      decidedAt: AT,
    },
  ],
  ...fields,
})

export const outcomeOf = (hit: Hit, fields: Partial<Outcome> = {}): Outcome => ({
  schema: 'outcome/1',
  outcomeId: uuid(`outcome ${hit.hitId}`),
  hitId: hit.hitId,
  decisionId: uuid(hit.hitId),
  finding: 'confirmed',
  basis: 'search-warrant',
  reportedBy: 'a-reviewer',
  reason: 'the reason in words',
  reportedAt: AT,
  ...fields,
})

export class ReviewedLog {
  readonly log = new MemoryLog()

  static async make(): Promise<ReviewedLog> {
    const reviewed = new ReviewedLog()
    for (const topic of Object.values(TOPICS))
      await reviewed.log.createTopic({ topic, partitions: 2, config: {} })
    return reviewed
  }

  async hits(...hits: readonly Hit[]): Promise<void> {
    await this.log.produce(
      TOPICS.hits,
      hits.map((hit) => ({ key: hit.hitId, value: encodeHit(hit) })),
    )
  }

  async decide(...decisions: readonly Decision[]): Promise<void> {
    await this.log.produce(
      TOPICS.decisions,
      decisions.map((one) => ({ key: one.hitId, value: encodeDecision(one) })),
    )
  }

  async find(...outcomes: readonly Outcome[]): Promise<void> {
    await this.log.produce(
      TOPICS.outcomes,
      outcomes.map((one) => ({ key: one.hitId, value: encodeOutcomeRecord(one) })),
    )
  }
}
