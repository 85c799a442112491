// The console: its built files, and its one page for every address that a person can open.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { ReviewProblem } from '../problems.ts'
import { isApi } from './site-guard.ts'

const NOT_BUILT = 'The console is not built. Run `npm run setup`, then load this page again.\n'

/** `folder` holds index.html and, in assets/, files whose names change with their content. */
export async function addPages(server: FastifyInstance, folder: string): Promise<void> {
  await server.register(fastifyStatic, {
    root: join(folder, 'assets'),
    prefix: '/assets/',
    index: false,
    dotfiles: 'deny',
    cacheControl: true,
    immutable: true,
    maxAge: '365d',
  })
  server.setNotFoundHandler(async (request, reply) => {
    if (request.method !== 'GET' || isApi(request.url) || request.url.startsWith('/assets/'))
      throw new ReviewProblem('not-found')
    const page = join(folder, 'index.html')
    reply.header('cache-control', 'no-cache')
    if (!existsSync(page)) return reply.code(503).type('text/plain; charset=utf-8').send(NOT_BUILT)
    return reply.type('text/html; charset=utf-8').send(readFileSync(page))
  })
}
