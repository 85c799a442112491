// Requests that another site makes a browser send are refused: by the host that they name, by where they come from.
import type { FastifyRequest } from 'fastify'
import { ReviewProblem } from '../problems.ts'
import { isLoopback } from '../sign-in/development.ts'

/** Where browsers reach this server: the hosts that a request may name, and their origins. */
export interface Site {
  readonly hosts: ReadonlySet<string>
  readonly origins: ReadonlySet<string>
}

/** `port` is the one that the server listens on. Behind a proxy requests name the public host, or this one. */
export function siteOf(host: string, port: number, publicUrl: string | undefined): Site {
  const names = isLoopback(host)
    ? ['127.0.0.1', 'localhost', '[::1]', host]
    : [host.includes(':') ? `[${host}]` : host]
  const urls = [
    ...names.map((name) => new URL(`http://${name}:${port}`)),
    ...(publicUrl ? [new URL(publicUrl)] : []),
  ]
  return { hosts: new Set(urls.map((url) => url.host)), origins: new Set(urls.map((url) => url.origin)) }
}

/** Browsers name it in every request: a page can't change it. */
const fetchSite = (request: FastifyRequest): unknown => request.headers['sec-fetch-site']

const isSafe = (method: string): boolean => method === 'GET' || method === 'HEAD' || method === 'OPTIONS'

/**
 * Throws ReviewProblem. A name of another site that leads to this address (DNS rebinding) is refused by the host. Nothing
 * but a page of this site, or a client that is no browser, may use the API or change something. Links from elsewhere may
 * show a page.
 */
export function guardSite(request: FastifyRequest, { hosts, origins }: Site): void {
  const { host, origin } = request.headers
  const site = fetchSite(request)
  const isPage = isSafe(request.method) && !isApi(request.url)
  const isOwn =
    site === 'same-origin' || (site === undefined && (origin === undefined || origins.has(origin)))
  const isTyped = site === 'none' && isSafe(request.method)
  if (
    !hosts.has(host ?? '') ||
    (origin !== undefined && !isPage && !origins.has(origin)) ||
    !(isPage || isOwn || isTyped)
  )
    throw new ReviewProblem('cross-site')
}

export const isApi = (url: string): boolean => /^\/api(?:[/?]|$)/.test(url)
