// A server that answers as a test says: for answers that no gateway gives, or not when a test wants them.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { onTestFinished } from 'vitest'

export interface StandInAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly text?: string
}

/** `ids`: of the request's reports. */
export async function startStandIn(
  answer: (request: { readonly ids: readonly string[] }) => StandInAnswer,
): Promise<{ readonly url: string }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const bytes = Buffer.concat(chunks)
      const plain = request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes
      const lines = plain.toString('utf8').split('\n')
      // The client's own reports.
      const ids = lines.map((line) => (JSON.parse(line) as { readonly reportId: string }).reportId)
      const { status, headers = {}, body, text = JSON.stringify(body ?? {}) } = answer({ ids })
      response.writeHead(status, headers).end(text)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}
