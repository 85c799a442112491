// NCMEC's feedback endpoints: votes by PUT, and reasons whose guids and spellings are its own.
import type { IncomingMessage } from 'node:http'
import { TrapServer, type Answer } from './trap-server.ts'

const PATH = '/hashsharing'
export const FEEDBACK_USER = 'user'
export const FEEDBACK_PASSWORD = 'pass:word'

/** By type as in addresses: the attribute `type` is spelled in another way. */
const ATTRIBUTES: Readonly<Record<string, string>> = { MD5: 'Md5', SHA1: 'Sha1', PDQ: 'Pdq' }

export class FeedbackServer extends TrapServer {
  /** The last vote on each hash of each entry: `member/id type` to `affirmative`, or the guid of the reason. */
  readonly votes = new Map<string, string>()
  readonly bodies: string[] = []
  /** Names of reasons; each has a guid by type. */
  reasons: readonly string[] = ['Not CSAM']
  /** Entries that are gone. */
  readonly gone = new Set<string>()

  get base(): string {
    return this.origin + PATH
  }

  static guid(type: string, name: string): string {
    return `guid-${type}-${name.replaceAll(' ', '-').toLowerCase()}`
  }

  protected override answer(request: IncomingMessage, url: URL, body: string): Answer | undefined {
    const expected = `Basic ${Buffer.from(`${FEEDBACK_USER}:${FEEDBACK_PASSWORD}`).toString('base64')}`
    if (request.headers.authorization !== expected) return { status: 401, type: 'text/plain', body: 'no' }
    const [, asked] = /^\/hashsharing\/v2\/feedback\/([A-Z0-9_]+)\/reasons$/.exec(url.pathname) ?? []
    if (asked !== undefined) return { type: 'application/xml', body: this.#reasons(asked) }
    const [, member, id, type] =
      /^\/hashsharing\/v2\/entries\/(\d+)\/([^/]+)\/([A-Z0-9_]+)\/feedback$/.exec(url.pathname) ?? []
    if (request.method !== 'PUT' || id === undefined || !Object.hasOwn(ATTRIBUTES, type)) return undefined
    this.bodies.push(body)
    const entry = `${member}/${decodeURIComponent(id)}`
    if (this.gone.has(entry)) return { status: 404, type: 'text/plain', body: '' }
    const [, guid] = /<guid>([^<]+)<\/guid>/.exec(body) ?? []
    const isKnown = this.reasons.some((name) => FeedbackServer.guid(type, name) === guid)
    if (guid === undefined ? !body.includes('<affirmative/>') : !isKnown)
      return { status: 400, type: 'text/plain', body: '' }
    this.votes.set(`${entry} ${type}`, guid ?? 'affirmative')
    return { type: 'application/xml', body: '<ok/>' }
  }

  /** All types of a page, as the real one may: those of others have other guids. */
  #reasons(asked: string): string {
    const all = Object.entries(ATTRIBUTES).flatMap(([type, attribute]) =>
      this.reasons.map(
        (name) => `<reason guid="${FeedbackServer.guid(type, name)}" name="${name}" type="${attribute}"/>`,
      ),
    )
    const shown = asked in ATTRIBUTES ? all : []
    return `\uFEFF<?xml version="1.0"?>\n<n:feedback xmlns:n="urn:x"><n:availableFeedbackReasons>${shown.join('').replaceAll('<reason', '<n:reason')}</n:availableFeedbackReasons></n:feedback>`
  }
}
