// Reads a message from a record's bytes, or says why it is none.
import type { Validator } from 'typebox/compile'
import { parseJson } from './json.ts'
import { explain, Rejection } from './rejection.ts'

type ValidatorOf<Message> = Pick<Validator, 'Errors'> & { Check(value: unknown): value is Message }

export function decodeMessage<Message>(
  validator: ValidatorOf<Message>,
  bytes: Uint8Array | null,
  maxBytes: number,
): Message | Rejection {
  const value = parseJson(bytes, maxBytes)
  if (value instanceof Rejection) return value
  return validator.Check(value) ? value : explain(validator, value)
}
