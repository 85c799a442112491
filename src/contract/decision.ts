// Decisions: what a reviewer says of a hit.
import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { decodeMessage } from './decode.ts'
import { canonicalJson, sha256Hex } from './json.ts'
import type { Match } from './hit.ts'
import { Sha256Hex, Timestamp } from './primitives.ts'
import type { Rejection } from './rejection.ts'

const DECISION_MAX_BYTES = 32 * 1024
/** A reviewer's reason and note, in characters. */
const REASON_MAX = 500
const NOTE_MAX = 4_000

/** Reviewers here have not seen the file: so no verdict says "confirmed". That is an outcome's word. */
export const VERDICTS = [
  'refer',
  'needs-second',
  'insufficient',
  'duplicate',
  'out-of-scope',
  'list-error-suspected',
] as const
export type Verdict = (typeof VERDICTS)[number]

/** Text that a person wrote: no control characters but tab and line feed. */
const written = (maxLength: number) =>
  Type.String({ maxLength, pattern: '^[^\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f]*$' })
export const Reason = written(REASON_MAX)
/** Never empty or blank: who asks later has only this to go by. */
export const GivenReason = Type.Intersect([Reason, Type.String({ minLength: 1, pattern: '\\S' })])
export const Note = written(NOTE_MAX)

/** The identity provider's own name for a person (`sub`). */
export const Subject = Type.String({ pattern: '^[\\u0021-\\u007e]{1,255}$' })

const Opinion = Type.Object(
  { reviewer: Subject, verdict: Type.Enum([...VERDICTS]), decidedAt: Timestamp },
  { additionalProperties: false },
)

export const Decision = Type.Object(
  {
    schema: Type.Literal('decision/1'),
    decisionId: Type.String({ pattern: '^[0-9a-f-]{36}$', description: 'UUID.' }),
    hitId: Sha256Hex,
    evidence: {
      ...Sha256Hex,
      description: "SHA-256 over the canonical JSON of the hit's matches, as decided on.",
    },
    verdict: Type.Enum([...VERDICTS]),
    reviewer: Subject,
    reason: Reason,
    decidedAt: Timestamp,
    opinions: Type.Array(Opinion, {
      maxItems: 3,
      description:
        'The blind opinions that came before this decision, first one first. Empty: one person decided.',
    }),
    supersedes: Type.Optional(
      Type.String({
        pattern: '^[0-9a-f-]{36}$',
        description: 'The decision that this one corrects: it no longer stands.',
      }),
    ),
  },
  {
    additionalProperties: false,
    description:
      'What a reviewer decided on a hit. Reviewers here have not seen the file; what a lawful viewing elsewhere found is an outcome. Of several decisions on one hit the one that no other supersedes stands.',
  },
)
export type Decision = Static<typeof Decision>

const decision = Compile(Decision)

export const encodeDecision = (value: Decision): string => canonicalJson(value)

/** Reads a decision from a record's bytes, or says why it is none. */
export const decodeDecision = (bytes: Uint8Array | null): Decision | Rejection =>
  decodeMessage(decision, bytes, DECISION_MAX_BYTES)

/** What a decision is made on: another digest means other matches. */
export const evidenceDigest = (matches: readonly Match[]): string => sha256Hex(canonicalJson(matches))

/** The digest over the evidence of several hits, in any order. */
export const evidenceOfAll = (
  hits: readonly { readonly hitId: string; readonly evidence: string }[],
): string =>
  sha256Hex(
    hits
      .map(({ hitId, evidence }) => `${hitId}:${evidence}\n`)
      .toSorted()
      .join(''),
  )
