// Which case each hit goes into: pure, on what was read from the store under its locks.
import { encodeHit, type Hit } from '../../contract/hit.ts'
import { mergeHits } from '../../contract/hit-merge.ts'
import type { OpenedBecause } from '../store/tables.ts'
import { factsOfHit, unitedFacts, type Facts } from './case-facts.ts'
import type { CaseSubject } from './case-subject.ts'
import { hitRow, type HitRow } from './hit-row.ts'

/**
 * A case whose hits have this many bytes is full, too: a hit may have 256 KiB. A thousand of 128 KiB took 0.9 GB of memory to
 * show and 51 s to decide; fewer bytes take less.
 */
const CASE_BYTES = 8 * 2 ** 20

/** A case that was stored, or that begins with this batch: then it has no id yet. */
export interface PlannedCase {
  caseId: string | undefined
  readonly subject: CaseSubject
  readonly part: number
  readonly because: OpenedBecause
  readonly earlier: PlannedCase | undefined
  /** A hit of it waits for a first opinion: others may still join. */
  readonly takesHits: boolean
  hits: number
  /** Of the texts of its hits. */
  bytes: number
  undecided: number
  /** Undefined: no hit has been added. */
  facts: Facts | undefined
  /** A hit of it says other things than before, or has left undecided: its facts have to be counted anew. */
  isStale: boolean
  /** A hit has left it undecided: whose turn it is may have changed. */
  isLeft: boolean
}

/** A hit as it was stored. */
export interface StoredHit {
  /** Its canonical text. */
  readonly body: string
  readonly inCase: PlannedCase
  readonly isDecided: boolean
  /** The keys of the matches that its decision or its newest opinion was given on; undefined if it has neither. */
  readonly judgedOn: readonly string[] | undefined
}

export interface PlannedHit {
  readonly row: HitRow
  /** What was stored of it, and in which case; undefined: it is new. */
  readonly before: Before | undefined
  readonly inCase: PlannedCase
  /** The case of its decision or opinions, of a hit that is found again with evidence that these did not know. */
  readonly reopenedFrom: PlannedCase | undefined
}

interface Before {
  readonly hit: Hit
  readonly inCase: PlannedCase
}

/** Subjects by key in hexadecimal digits; of each, the number of its last part and that case, if it is still stored. */
export interface SubjectState {
  lastPart: number
  last: PlannedCase | undefined
}

export interface IntakeState {
  readonly subjects: ReadonlyMap<string, SubjectState>
  readonly stored: ReadonlyMap<string, StoredHit>
}

/** A hit on its way in: what all records of one batch say of one id, and its subject. */
export interface IncomingHit {
  readonly hit: Hit
  readonly subject: CaseSubject
}

export interface IntakePlan {
  readonly added: readonly PlannedHit[]
  readonly changed: readonly PlannedHit[]
  /** In the order in which each names the one before. */
  readonly newCases: readonly PlannedCase[]
}

/**
 * Puts every hit into a case. A hit that is stored already stays where it is, whatever else a later record says of its
 * uploader: a reviewer may be looking at it. Mutates the cases and subjects of the state: they are the plan's, too.
 */
export function planIntake(
  state: IntakeState,
  incoming: readonly IncomingHit[],
  hitsPerCase: number,
): IntakePlan {
  const planning = new Planning(state, hitsPerCase)
  for (const one of incoming) planning.take(one)
  return planning
}

class Planning implements IntakePlan {
  readonly added: PlannedHit[] = []
  readonly changed: PlannedHit[] = []
  readonly newCases: PlannedCase[] = []
  readonly #state: IntakeState
  readonly #hitsPerCase: number

  constructor(state: IntakeState, hitsPerCase: number) {
    this.#state = state
    this.#hitsPerCase = hitsPerCase
  }

  take({ hit, subject }: IncomingHit): void {
    const before = this.#state.stored.get(hit.hitId)
    if (before) this.#merge(before, hit)
    else {
      const row = hitRow(hit)
      const inCase = this.#caseFor(subject)
      enter(inCase, row)
      this.added.push({ row, before: undefined, inCase, reopenedFrom: undefined })
    }
  }

  #merge({ body, inCase, judgedOn, isDecided }: StoredHit, hit: Hit): void {
    // The store holds only hits that were checked on their way in.
    const before = JSON.parse(body) as Hit
    const merged = mergeHits(before, hit)
    if (encodeHit(merged) === body) return
    const row = hitRow(merged)
    if (judgedOn !== undefined && isNewEvidence({ before, merged, row, judgedOn })) {
      const next = this.#caseFor(inCase.subject, inCase)
      inCase.hits--
      inCase.bytes -= bytesOf(body)
      if (!isDecided) Object.assign(inCase, { isStale: true, isLeft: true })
      enter(next, row)
      this.changed.push({ row, before: { hit: before, inCase }, inCase: next, reopenedFrom: inCase })
      return
    }
    if (!isDecided && saysOtherwise(before, row)) inCase.isStale = true
    inCase.bytes += bytesOf(row.body) - bytesOf(body)
    this.changed.push({ row, before: { hit: before, inCase }, inCase, reopenedFrom: undefined })
  }

  /** The case that the subject's hits go into now. A reopened hit doesn't go back into the case that it has left. */
  #caseFor(subject: CaseSubject, leaving?: PlannedCase): PlannedCase {
    const state = this.#state.subjects.get(subject.key.toString('hex'))
    if (!state) throw new Error('A subject was not locked before its hits were stored')
    const { last } = state
    const isFull = last !== undefined && (last.hits >= this.#hitsPerCase || last.bytes >= CASE_BYTES)
    if (last?.takesHits && !isFull && last !== leaving) return last
    const next: PlannedCase = {
      caseId: undefined,
      subject,
      part: ++state.lastPart,
      because: leaving
        ? 'new-evidence'
        : !last
          ? 'first'
          : last.takesHits
            ? 'earlier-full'
            : 'after-decision',
      earlier: leaving ?? last,
      takesHits: true,
      hits: 0,
      bytes: 0,
      undecided: 0,
      facts: undefined,
      isStale: false,
      isLeft: false,
    }
    this.newCases.push(next)
    state.last = next
    return next
  }
}

/** Nearly all of it is ASCII, so characters are bytes. */
const bytesOf = (body: string): number => body.length

function enter(inCase: PlannedCase, row: HitRow): void {
  const facts = factsOfHit(row)
  inCase.hits++
  inCase.bytes += bytesOf(row.body)
  inCase.undecided++
  inCase.facts = inCase.facts ? unitedFacts(inCase.facts, facts) : facts
}

/**
 * Whether the decision did not know all of it. A hit names its best matches only: so another report under its id may take
 * the place of the one that was decided on, and bring no match that is among them.
 */
const isNewEvidence = ({
  before,
  merged,
  row,
  judgedOn,
}: {
  readonly before: Hit
  readonly merged: Hit
  readonly row: HitRow
  readonly judgedOn: readonly string[]
}): boolean =>
  merged.reportDigest !== before.reportDigest || row.match_keys.some((key) => !judgedOn.includes(key))

/** Whether the facts of its case may shrink, say because its grade is another one now. */
const saysOtherwise = (before: Hit, now: HitRow): boolean =>
  JSON.stringify(factsOfHit(hitRow(before))) !== JSON.stringify(factsOfHit(now))
