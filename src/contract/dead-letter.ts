// Dead letters: pointers to records that could not be read as reports, and why.
import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { decodeMessage } from './decode.ts'
import { sha256Hex } from './json.ts'
import { Offset, Sha256Hex } from './primitives.ts'
import { REJECTION_CODES, type Rejection } from './rejection.ts'

export const DeadLetter = Type.Object(
  {
    schema: Type.Literal('dead-letter/1'),
    topic: Type.String({ pattern: '^[A-Za-z0-9._-]{1,249}$' }),
    partition: Type.Integer({ minimum: 0 }),
    offset: Offset,
    lastOffset: Type.Optional({
      ...Offset,
      description:
        'Only for a batch that was refused as a whole: the offset of its last record. `offset` is that of its first; `size` and `sha256` describe the batch as it is stored.',
    }),
    size: Type.Integer({ minimum: 0, description: 'Length of the payload in bytes.' }),
    sha256: Sha256Hex,
    reason: Type.Object(
      {
        code: Type.Enum([...REJECTION_CODES]),
        at: Type.String({ maxLength: 256, description: 'JSON pointer; empty: the whole message.' }),
      },
      { additionalProperties: false },
    ),
  },
  {
    additionalProperties: false,
    description:
      'A pointer to a record that could not be read as a report, or to a batch of them, and why. Never its payload.',
  },
)
export type DeadLetter = Static<typeof DeadLetter>

const deadLetter = Compile(DeadLetter)

/** The record's place in the log. */
export interface RecordPointer {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** A batch that was refused as a whole: facts of the batch as it is stored. */
export interface RefusedBatch {
  readonly code: 'batch-too-large' | 'batch-unreadable'
  readonly firstOffset: number
  /** In bytes. */
  readonly size: number
  readonly sha256: string
}

export function makeDeadLetter(at: RecordPointer, payload: Uint8Array | null, reason: Rejection): DeadLetter {
  return {
    schema: 'dead-letter/1',
    topic: at.topic,
    partition: at.partition,
    offset: at.offset,
    size: payload?.length ?? 0,
    sha256: sha256Hex(payload ?? ''),
    reason: { code: reason.code, at: reason.at },
  }
}

/** The dead letter of a whole batch whose records could not be read. `at` points to its last record. */
export function makeBatchDeadLetter(at: RecordPointer, batch: RefusedBatch): DeadLetter {
  return {
    schema: 'dead-letter/1',
    topic: at.topic,
    partition: at.partition,
    offset: batch.firstOffset,
    lastOffset: at.offset,
    size: batch.size,
    sha256: batch.sha256,
    reason: { code: batch.code, at: '' },
  }
}

/** Key of the dead letter. A record that is read twice gives the same key. */
export const deadLetterKey = ({ topic, partition, offset }: RecordPointer): string =>
  `${topic}-${partition}-${offset}`

export const decodeDeadLetter = (bytes: Uint8Array | null): DeadLetter | Rejection =>
  decodeMessage(deadLetter, bytes, 4 * 1024)
