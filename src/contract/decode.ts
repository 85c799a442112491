// Reads a message of our own from a record's bytes, or says why it is none.
import type { Validator } from 'typebox/compile'
import { parseJson } from './json.ts'
import { explain, Rejection } from './rejection.ts'

type ValidatorOf<Message> = Pick<Validator, 'Errors' | 'Clean'> & { Check(value: unknown): value is Message }

/**
 * Reads a message that a process of ours has written (a hit, a dead letter, a decision, an outcome). A later version may add
 * an optional field to it: the field is left out, because a hit that is refused reaches no reviewer. What others write is
 * never read by this: a report or a known hash with an unknown field is refused (report.ts, known-hash.ts).
 */
export function decodeMessage<Message>(
  validator: ValidatorOf<Message>,
  bytes: Uint8Array | null,
  maxBytes: number,
): Message | Rejection {
  const value = parseJson(bytes, maxBytes)
  if (value instanceof Rejection || validator.Check(value)) return value
  // Only what fails is cleaned: it changes the value in place, and takes as long as the check.
  const known = validator.Clean(value)
  return validator.Check(known) ? known : explain(validator, known)
}
