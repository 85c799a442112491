// Why a message was refused: a closed list of codes, and the place in the message.
import type { Validator } from 'typebox/compile'

interface RejectionKind {
  /** In words: the message … */
  readonly meaning: string
  /** Which messages it is said of. */
  readonly of: 'reports' | 'known hashes' | 'both'
}

/** Why a message was not accepted. A closed list, so that dashboards can count by it. */
export const REJECTIONS = {
  empty: { meaning: 'has no value, or an empty one', of: 'both' },
  oversized: { meaning: 'is larger than 16 KiB', of: 'both' },
  'not-utf8': { meaning: 'is no UTF-8', of: 'both' },
  'not-json': { meaning: 'is no JSON', of: 'both' },
  'unknown-schema': { meaning: 'names a `schema` that this version does not read', of: 'both' },
  'unknown-field': {
    meaning: 'has a field that the contract does not have; `at` names the object around it',
    of: 'both',
  },
  'missing-field': { meaning: 'lacks a field', of: 'both' },
  'malformed-value': {
    meaning:
      'has a value of another form than the contract says, such as a number for a text, or a hash that is not hexadecimal',
    of: 'both',
  },
  'out-of-range': { meaning: 'has a number, a length or a list outside of its limits', of: 'both' },
  'unknown-hash-type': { meaning: 'has a hash of a type that is not known', of: 'reports' },
  'wrong-hash-length': {
    meaning: 'has a hash in hexadecimal that is longer or shorter than its type says',
    of: 'both',
  },
  'repeated-hash-type': { meaning: 'has two hashes of a type for one image', of: 'reports' },
  'degenerate-hash': {
    meaning: 'has a value that says nothing of a file, such as one repeated byte',
    of: 'known hashes',
  },
  'key-mismatch': { meaning: 'has a key that does not follow from its value', of: 'known hashes' },
  'wrong-platform': { meaning: 'names another platform than the topic it came by', of: 'reports' },
  'kills-matcher': { meaning: 'ended a matcher thread three times', of: 'reports' },
  'batch-too-large': { meaning: 'is a batch that unpacks to more than 96 MiB', of: 'both' },
  'batch-unreadable': { meaning: 'is a batch that is corrupt', of: 'both' },
} as const satisfies Readonly<Record<string, RejectionKind>>

export type RejectionCode = keyof typeof REJECTIONS

// The keys are those of REJECTIONS.
export const REJECTION_CODES = Object.keys(REJECTIONS) as readonly RejectionCode[]

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
