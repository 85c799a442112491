// Where each report of a body stands, before anything is parsed: so that its bytes, its depth and the number of reports are
// bounded first, and an error has a place. Spans prove no well-formed JSON: each is parsed afterwards.
import { GATEWAY_MAX_REPORTS } from '../../contract/gateway.ts'
import { GatewayRefusal } from '../gateway-problem.ts'

/** A report is nested 3 deep. */
const MAX_DEPTH = 8

const NEWLINE = 0x0a
const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

/** The bytes of one value. */
export interface Span {
  readonly start: number
  readonly end: number
  /** How many names its objects have. */
  readonly names: number
  readonly isTooDeep: boolean
}

export interface Spans {
  readonly spans: readonly Span[]
  /** The body is one report, not a list: pointers into it have no position before them. */
  readonly isSingle: boolean
  /** The fault between the values, if there is one. */
  readonly fault?: string
}

/** Of a JSON text that is a report, or an array of them. @throws GatewayRefusal if there are too many */
export function spansOfJson(body: Uint8Array): Spans {
  const first = afterSpace(body, 0)
  if (body[first] === OPEN_BRACE) {
    const span = spanFrom(body, first, body.length)
    return span.end === body.length ? { spans: [span], isSingle: true } : wrong('more follows the report')
  }
  if (body[first] !== OPEN_BRACKET) return wrong('is neither a report nor an array of reports')
  const spans: Span[] = []
  let at = first
  do {
    const span = spanFrom(body, at + 1, body.length)
    if (spans.length === GATEWAY_MAX_REPORTS) throw new GatewayRefusal('too-large')
    spans.push(span)
    at = span.end
  } while (body[at] === COMMA)
  if (body[at] !== CLOSE_BRACKET) return wrong('is no whole JSON text')
  if (afterSpace(body, at + 1) !== body.length) return wrong('more follows the array')
  const [only] = spans
  if (spans.length === 1 && afterSpace(body, only.start) >= only.end) return wrong('holds no report')
  return { spans, isSingle: false }
}

/** Of lines, each a report; blank ones are left out. @throws GatewayRefusal if there are too many */
export function spansOfLines(body: Uint8Array): Spans {
  const spans: Span[] = []
  for (let from = 0; from < body.length;) {
    const newline = body.indexOf(NEWLINE, from)
    const to = newline === -1 ? body.length : newline
    if (afterSpace(body, from, to) < to) {
      if (spans.length === GATEWAY_MAX_REPORTS) throw new GatewayRefusal('too-large')
      // What doesn't belong to the line's first value stays in the span, where parsing refuses it.
      spans.push({ ...spanFrom(body, from, to), end: to })
    }
    from = to + 1
  }
  return spans.length === 0 ? wrong('holds no report') : { spans, isSingle: false }
}

const wrong = (fault: string): Spans => ({ spans: [], isSingle: false, fault })

function afterSpace(body: Uint8Array, from: number, to = body.length): number {
  let at = from
  while (at < to && isSpace(body[at])) at++
  return at
}

/** The value from `start` up to the comma or closing bracket that isn't its own, or up to `to`. */
function spanFrom(body: Uint8Array, start: number, to: number): Span {
  let depth = 0
  let deepest = 0
  let names = 0
  let at = start
  for (; at < to; at++) {
    switch (body[at]) {
      case QUOTE:
        at = endOfString(body, at, to)
        break
      case COLON:
        names++
        break
      case OPEN_BRACE:
      case OPEN_BRACKET:
        if (++depth > deepest) deepest = depth
        break
      case COMMA:
        if (depth === 0) return { start, end: at, names, isTooDeep: deepest > MAX_DEPTH }
        break
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        if (depth-- === 0) return { start, end: at, names, isTooDeep: deepest > MAX_DEPTH }
        break
    }
  }
  // A string without an end leads beyond `to`.
  return { start, end: Math.min(at, to), names, isTooDeep: deepest > MAX_DEPTH }
}

/** The position of the quote that ends the string which begins at `at`; `to` if none does. */
function endOfString(body: Uint8Array, at: number, to: number): number {
  for (let next = at + 1; next < to; next++) {
    const byte = body[next]
    if (byte === QUOTE) return next
    if (byte === BACKSLASH) next++
  }
  return to
}
