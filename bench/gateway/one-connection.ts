// Requests of one report each, one after the other over one connection.
import { Agent, request } from 'node:http'

export class OneConnection {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  readonly #url: string
  readonly #headers: Readonly<Record<string, string>>
  #sent = 0

  constructor(url: string, key: string) {
    this.#url = `${url}/v1/reports`
    this.#headers = { 'x-api-key': key, 'content-type': 'application/json' }
  }

  /** Resolves when the report of this MD5 is acknowledged. All requests have the same length. */
  send(md5: string): Promise<void> {
    const id = String(this.#sent++).padStart(12, '0')
    const body = Buffer.from(
      JSON.stringify({
        schema: 'report/1',
        reportId: id,
        observedAt: '2026-01-31T00:00:00.000Z',
        mediaType: 'image',
        hashes: [{ type: 'md5', value: md5 }],
        contentRef: `content-${id}`,
      }),
    )
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const headers = { ...this.#headers, 'content-length': body.length }
    const asked = request(this.#url, { method: 'POST', agent: this.#agent, headers })
    asked.on('error', reject)
    asked.on('response', (answer) => {
      answer.resume().on('end', () => {
        if (answer.statusCode === 202) resolve()
        else reject(new Error(`A request was answered with ${answer.statusCode}.`))
      })
    })
    asked.end(body)
    return promise
  }

  close(): void {
    this.#agent.destroy()
  }
}
