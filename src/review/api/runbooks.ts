// The runbooks of the alerts, for the browser of the person whom an alert has woken: they need neither a sign-in nor the
// store, and hold nothing but what the repository does.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { basename } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { ReviewProblem } from '../problems.ts'
import { runbookPage } from './runbook-page.ts'

const FOLDER = new URL('../../../deploy/runbooks/', import.meta.url)

/** The pages by the names of their alerts. */
function readPages(): ReadonlyMap<string, string> {
  const files = existsSync(FOLDER) ? readdirSync(FOLDER).filter((file) => file.endsWith('.md')) : []
  return new Map(
    files
      .toSorted()
      .map((file) => [basename(file, '.md'), runbookPage(readFileSync(new URL(file, FOLDER), 'utf8'))]),
  )
}

export function addRunbooks(server: FastifyInstance): void {
  const pages = readPages()
  const list = runbookPage(
    ['# Runbooks', '', ...[...pages.keys()].map((name) => `- [${name}](${name}.md)`)].join('\n'),
  )
  server.get('/runbooks/', async (_, reply) => reply.type('text/html; charset=utf-8').send(list))
  server.get<{ Params: { alert: string } }>('/runbooks/:alert', async (request, reply) => {
    const page = pages.get(request.params.alert)
    if (page === undefined) throw new ReviewProblem('not-found')
    return reply.type('text/html; charset=utf-8').send(page)
  })
}
