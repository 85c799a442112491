// Why a message was refused: a closed list of codes, and the place in the message.
import type { Validator } from 'typebox/compile'

/**
 * Why a message was not accepted. A closed list, so that dashboards can count by it. `key-mismatch` and
 * `degenerate-hash` are of known hashes only.
 */
export const REJECTION_CODES = [
  'empty',
  'oversized',
  'not-utf8',
  'not-json',
  'unknown-schema',
  'unknown-field',
  'missing-field',
  'malformed-value',
  'out-of-range',
  'unknown-hash-type',
  'wrong-hash-length',
  'repeated-hash-type',
  'degenerate-hash',
  'key-mismatch',
  'wrong-platform',
  'kills-matcher',
  'batch-too-large',
  'batch-unreadable',
] as const

export type RejectionCode = (typeof REJECTION_CODES)[number]

/**
 * A message that was not accepted: a value to route, not an exception. It names the rule and the place, never the
 * content. `at` is a JSON pointer of the schema's own field names and of array positions only.
 */
export class Rejection {
  readonly code: RejectionCode
  readonly at: string

  constructor(code: RejectionCode, at = '') {
    this.code = code
    this.at = at
  }

  toString(): string {
    return this.at === '' ? this.code : `${this.code} at ${this.at}`
  }
}

const CODE_OF_KEYWORD: Record<string, RejectionCode> = {
  required: 'missing-field',
  minItems: 'out-of-range',
  maxItems: 'out-of-range',
  minimum: 'out-of-range',
  maximum: 'out-of-range',
  minLength: 'out-of-range',
  maxLength: 'out-of-range',
}

/**
 * The first reason why `value` fails `validator`. The caller knows that it fails. `under` is the JSON pointer of `value`
 * within its message.
 */
export function explain(validator: Pick<Validator, 'Errors'>, value: unknown, under = ''): Rejection {
  const errors = validator.Errors(value)
  // An unknown field fails the schema `false` under its own name. That name is the sender's text, so the rejection names
  // the object around it instead. (The error `additionalProperties` names that object, but it follows those of the
  // fields, and typebox stops at eight errors.)
  const unknown = errors.find(({ keyword }) => keyword === 'boolean')
  if (unknown) {
    const { instancePath } = unknown
    return new Rejection('unknown-field', `${under}${instancePath.slice(0, instancePath.lastIndexOf('/'))}`)
  }
  const [error] = errors
  if (error === undefined) return new Rejection('malformed-value', under)
  const code = CODE_OF_KEYWORD[error.keyword] ?? 'malformed-value'
  const missing = error.keyword === 'required' ? `/${error.params.requiredProperties[0]}` : ''
  return new Rejection(code, `${under}${error.instancePath}${missing}`)
}
