// Outcomes: what a lawful viewing elsewhere found of a file that was decided on.
import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { Reason, Subject } from './decision.ts'
import { decodeMessage } from './decode.ts'
import { canonicalJson } from './json.ts'
import { Sha256Hex, ShortText, SourceName, Timestamp } from './primitives.ts'
import type { Rejection } from './rejection.ts'

const OUTCOME_MAX_BYTES = 16 * 1024

export const FINDINGS = ['confirmed', 'not-a-match', 'known-entry-wrong'] as const
export type Finding = (typeof FINDINGS)[number]

/** On what basis the file was viewed. */
export const VIEWING_BASES = ['search-warrant', 'consent', 'exigency', 'provider-viewed', 'other'] as const
export type ViewingBasis = (typeof VIEWING_BASES)[number]

export const Outcome = Type.Object(
  {
    schema: Type.Literal('outcome/1'),
    outcomeId: Type.String({ pattern: '^[0-9a-f-]{36}$', description: 'UUID.' }),
    hitId: Sha256Hex,
    decisionId: Type.String({
      pattern: '^[0-9a-f-]{36}$',
      description: 'The decision that stood at the time.',
    }),
    finding: Type.Enum([...FINDINGS]),
    basis: Type.Enum([...VIEWING_BASES]),
    knownEntry: Type.Optional(
      Type.Object(
        { source: SourceName, sourceId: ShortText },
        {
          additionalProperties: false,
          description: 'The entry that is wrong, of the finding known-entry-wrong.',
        },
      ),
    ),
    reportedBy: Subject,
    reason: Reason,
    reportedAt: Timestamp,
  },
  {
    additionalProperties: false,
    description: 'What a lawful viewing elsewhere found. Only outcomes feed back into the lists.',
  },
)
export type Outcome = Static<typeof Outcome>

const outcome = Compile(Outcome)

export const encodeOutcomeRecord = (value: Outcome): string => canonicalJson(value)

/** Reads an outcome from a record's bytes, or says why it is none. */
export const decodeOutcomeRecord = (bytes: Uint8Array | null): Outcome | Rejection =>
  decodeMessage(outcome, bytes, OUTCOME_MAX_BYTES)
