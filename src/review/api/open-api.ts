// The OpenAPI 3.1 document of the API, made from the same routes as the server.
import type { TSchema } from 'typebox'
import * as messages from '../../contract/review.ts'
import { Hit } from '../../contract/hit.ts'
import { PROBLEMS, type ProblemCode } from '../problems.ts'
import { SESSION_COOKIE } from './identity.ts'
import type { Route } from './route.ts'

type Json = { readonly [key: string]: unknown }

export function openApiOf(routes: readonly Route[], version: string): Json {
  const names = namedSchemas()
  const paths: Record<string, Record<string, Json>> = {}
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route, names) }
  }
  const schemas = [...names].map(([text, name]) => [name, withReferences(JSON.parse(text), names, name)])
  return {
    openapi: '3.1.0',
    info: {
      title: 'hashwarden review',
      version,
      description: 'The review queue: cases, leases, decisions, audit. Errors are problems of RFC 9457.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: {
      schemas: Object.fromEntries(schemas),
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE },
        token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
      },
    },
    security: [{ session: [] }, { token: [] }],
  }
}

/** Objects of the contract by their JSON: equal ones are the same message. */
function namedSchemas(): ReadonlyMap<string, string> {
  const named = Object.entries({ ...messages, Hit }).filter(
    ([, value]) => Reflect.get(Object(value), 'type') === 'object',
  )
  return new Map(named.map(([name, schema]) => [JSON.stringify(schema), name]))
}

/** The schema, with a reference in place of each named one within it; `but` is the one that is defined here. */
function withReferences(value: unknown, names: ReadonlyMap<string, string>, but?: string): unknown {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map((one: unknown) => withReferences(one, names))
  const name = names.get(JSON.stringify(value))
  if (name !== undefined && name !== but) return { $ref: `#/components/schemas/${name}` }
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, withReferences(field, names)]))
}

function operationOf(route: Route, names: ReadonlyMap<string, string>): Json {
  const { name, summary, access, params, query, body, answer, events, mayBeEmpty } = route
  const json = (schema: TSchema): Json => ({ 'application/json': { schema: withReferences(schema, names) } })
  const parameters = [...parametersOf('path', params), ...parametersOf('query', query)]
  return {
    operationId: name,
    summary,
    ...(access === 'public' ? { security: [] } : {}),
    ...(typeof access === 'string'
      ? {}
      : { description: `One of these rights is needed: ${access.join(', ')}.` }),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: { required: true, content: json(body) } } : {}),
    responses: {
      ...(answer ? { 200: { description: 'Done', content: json(answer) } } : {}),
      ...(events
        ? { 200: { description: EVENTS, content: { 'text/event-stream': { schema: { type: 'string' } } } } }
        : {}),
      ...((!answer && !events) || mayBeEmpty
        ? { 204: { description: answer ? 'There is none' : 'Done' } }
        : {}),
      ...problemsOf(route),
    },
  }
}

const EVENTS = 'Server-sent events without a name; the data of each is a ReviewEvent as JSON.'

function parametersOf(place: 'path' | 'query', schema: TSchema | undefined): readonly Json[] {
  const { properties = {}, required = [] } = (schema ?? {}) as {
    readonly properties?: Readonly<Record<string, TSchema>>
    readonly required?: readonly string[]
  }
  return Object.entries(properties).map(([name, of]) => ({
    name,
    in: place,
    required: required.includes(name),
    schema: of,
  }))
}

/** By status: several codes may share one. */
function problemsOf({ access, params, query, body, problems = [] }: Route): Json {
  const codes: readonly ProblemCode[] = [
    ...(query || body ? (['invalid'] as const) : []),
    ...(body ? (['too-large'] as const) : []),
    ...(access === 'public' ? [] : (['not-signed-in'] as const)),
    ...(typeof access === 'string' ? [] : (['not-permitted'] as const)),
    'cross-site',
    ...(params ? (['not-found'] as const) : []),
    ...problems,
    'too-many-requests',
    'internal',
    'unavailable',
  ]
  const statuses = new Set(codes.map((code) => PROBLEMS[code].status))
  return Object.fromEntries(
    [...statuses].map((status) => {
      const these = codes.filter((code) => PROBLEMS[code].status === status)
      const description = these.map((code) => `${code}: ${PROBLEMS[code].title}`).join('; ')
      const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
      return [status, { description, content }]
    }),
  )
}
