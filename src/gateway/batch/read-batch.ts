// Reads a body as reports: all of them, or none and the places that are wrong.
import { isAscii, isUtf8 } from 'node:buffer'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { GATEWAY_MAX_ERRORS, type GatewayError } from '../../contract/gateway.ts'
import { canonicalReport } from '../../contract/canonical-report.ts'
import { countNames } from '../../contract/json.ts'
import { Rejection, REJECTIONS } from '../../contract/rejection.ts'
import { checkReport, REPORT_MAX_BYTES, type Report } from '../../contract/report.ts'
import { GatewayRefusal } from '../gateway-problem.ts'
import { lookedAt, type LookedAt } from '../probing/probing-sketch.ts'
import { basisProblem, type Profile } from '../profile.ts'
import { spansOfJson, spansOfLines, type Span, type Spans } from './report-spans.ts'

/** Reports that are read before other requests get their turn: about 5 ms. */
const SLICE = 500

const OTHER_PLATFORM = 'The report names another platform than its credential is for: leave the field out.'
const TOO_DEEP = 'The report is nested deeper than any report is.'
const REPEATED_FIELD = 'The report has a field twice in one object.'

export type BodyType = 'json' | 'ndjson'

export interface BatchTerms {
  readonly type: BodyType
  /** Whose credential came with the request. */
  readonly platform: string
  readonly profile: Profile
  /** Hears how many reports there seem to be, before any is parsed. What it throws refuses all. */
  readonly onFound?: (reports: number) => void
}

/** A report as it will stand in Kafka. */
interface ReadReport {
  readonly reportId: string
  /** The canonical JSON of it, with its platform. */
  readonly text: string
  /** Its part that may show probing. */
  readonly probe: LookedAt | undefined
}

export interface Batch {
  readonly reports: readonly ReadReport[]
  /** Where the report of this position stands. */
  readonly pointerOf: (position: number) => string
}

/** @throws GatewayRefusal if anything of the body is not as the contract says */
export async function readBatch(body: Buffer, terms: BatchTerms): Promise<Batch> {
  const found = terms.type === 'json' ? spansOfJson(body) : spansOfLines(body)
  terms.onFound?.(found.spans.length)
  if (found.fault !== undefined) throw malformed([{ detail: `The body ${found.fault}.`, pointer: '' }])
  const reader = new BatchReader(body, terms, found)
  for (const at of found.spans.keys()) {
    reader.read(at)
    if (reader.hasEnough) break
    if (at % SLICE === SLICE - 1) await nextTurn()
  }
  return reader.end()
}

const malformed = (errors: readonly GatewayError[]): GatewayRefusal =>
  new GatewayRefusal('malformed', { errors })

class BatchReader {
  readonly #body: Buffer
  readonly #terms: BatchTerms
  readonly #found: Spans
  readonly #encoding: 'latin1' | 'utf8'
  readonly #isUtf8: boolean
  readonly #reports: ReadReport[] = []
  readonly #wrong: GatewayError[] = []
  readonly #wrongBasis: GatewayError[] = []

  constructor(body: Buffer, terms: BatchTerms, found: Spans) {
    this.#body = body
    this.#terms = terms
    this.#found = found
    // Most reports are plain ASCII, which is decoded twice as fast.
    this.#encoding = isAscii(body) ? 'latin1' : 'utf8'
    this.#isUtf8 = this.#encoding === 'latin1' || isUtf8(body)
  }

  /** Whether an answer could not name more errors than there are. */
  get hasEnough(): boolean {
    return this.#wrong.length >= GATEWAY_MAX_ERRORS
  }

  read(at: number): void {
    const report = this.#report(this.#found.spans[at])
    if (typeof report === 'string') this.#wrong.push({ detail: report, pointer: this.#pointer(at) })
    else if (report instanceof Rejection)
      this.#wrong.push({ detail: wordsOf(report), pointer: this.#pointer(at) + report.at })
    else if (report.platform !== this.#terms.platform)
      this.#wrong.push({ detail: OTHER_PLATFORM, pointer: `${this.#pointer(at)}/platform` })
    else {
      const basis = basisProblem(this.#terms.profile, report)
      if (basis === undefined)
        this.#reports.push({
          reportId: report.reportId,
          text: canonicalReport(report),
          probe: lookedAt(report),
        })
      else this.#wrongBasis.push({ detail: basis.detail, pointer: this.#pointer(at) + basis.at })
    }
  }

  end(): Batch {
    // Bytes that are wrong may stand between the reports, too.
    if (this.#wrong.length === 0 && !this.#isUtf8)
      this.#wrong.push({ detail: wordsOf(new Rejection('not-utf8')), pointer: '' })
    if (this.#wrong.length > 0) throw malformed(this.#wrong)
    if (this.#wrongBasis.length > 0) throw new GatewayRefusal('wrong-basis', { errors: this.#wrongBasis })
    return { reports: this.#reports, pointerOf: (position) => this.#pointer(position) }
  }

  #pointer(at: number): string {
    return this.#found.isSingle ? '' : `/${at}`
  }

  /** The report, or why it is none. */
  #report({ start, end, names, isTooDeep }: Span): Report | Rejection | string {
    if (end - start > REPORT_MAX_BYTES) return new Rejection('oversized')
    if (isTooDeep) return TOO_DEEP
    if (!this.#isUtf8 && !isUtf8(this.#body.subarray(start, end))) return new Rejection('not-utf8')
    let value: unknown
    try {
      value = JSON.parse(this.#body.toString(this.#encoding, start, end))
    } catch {
      // The parser's own message quotes the text.
      return new Rejection('not-json')
    }
    // Two readers of a field that comes twice may see two reports.
    if (countNames(value) !== names) return REPEATED_FIELD
    return checkReport(withPlatform(value, this.#terms.platform))
  }
}

/** The value with the platform in it, unless it names one itself. */
function withPlatform(value: unknown, platform: string): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  if (!('platform' in value)) Object.assign(value, { platform })
  return value
}

/** For a person. The code is for programs that know the contract's list. */
const wordsOf = ({ code }: Rejection): string => `The report ${plain(REJECTIONS[code].meaning)} (${code}).`

/** Without the marks of Markdown. */
const plain = (meaning: string): string => meaning.replace(/; `at` .*$/, '').replaceAll('`', '')
