// Hostile requests of each operation that an OpenAPI document names: made from its schemas, so that a new route has its own.
import { Buffer } from 'node:buffer'
import { digestOf } from '../made-hits.ts'

interface Schema {
  readonly $ref?: string
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly pattern?: string
  readonly minimum?: number
}

interface Operation {
  readonly operationId: string
  readonly parameters?: readonly {
    readonly name: string
    readonly in: 'path' | 'query'
    readonly schema: Schema
  }[]
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema } } }
}

export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

export interface HostileRequest {
  /** For the message of a test that fails. */
  readonly what: string
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | Buffer
}

/** No answer of an error and no line of the log may have it. */
export const MARKER = 'marker7f3a'

const TEXTS = [
  `${MARKER}\u0000`,
  `${MARKER}\ud800`,
  `\udc00${MARKER}`,
  `${MARKER}\u001b[2J`,
  `${MARKER}' or '1'='1`,
  MARKER.repeat(5_000),
  '',
  '__proto__',
]
const DEEP = `${'['.repeat(30_000)}${']'.repeat(30_000)}`
/** As JSON. */
const VALUES = [
  ...TEXTS.map((text) => JSON.stringify(text)),
  'null',
  'true',
  '-1',
  '1e400',
  '9007199254740993',
  '0.5',
  '[]',
  `{"${MARKER}":{"__proto__":null,"toString":1}}`,
  DEEP,
]
const BODIES: readonly (string | Buffer)[] = [
  '',
  'null',
  '1e400',
  `"${MARKER}\\u0000"`,
  `{"${MARKER}`,
  `{"__proto__":{"${MARKER}":1}}`,
  `{"constructor":{"prototype":{"${MARKER}":1}}}`,
  `{"${MARKER}\\ud800":1}`,
  DEEP,
  '{"a":'.repeat(20_000),
  `\ufeff{"${MARKER}":1}`,
  Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x00, 0x22, 0x3a, 0x31, 0x7d]),
  Buffer.alloc(140_000, '['),
]
const TYPES = [
  'text/plain',
  'text/html',
  'application/x-www-form-urlencoded',
  `multipart/form-data; boundary=${MARKER}`,
  'application/json; charset=utf-16',
  'application/json;;;',
  `application/${MARKER}+json`,
  MARKER,
  '',
]
/** As a URL has them: encoded. */
const PARTS = [
  `${MARKER}%00`,
  `${MARKER}%ED%A0%80`,
  `%FF${MARKER}`,
  `${MARKER}%`,
  `..%2f..%2f${MARKER}`,
  `%2e%2e%5c${MARKER}`,
  MARKER.repeat(13),
  MARKER.repeat(500),
  '-1',
  '1e3',
  '%D9%A3',
  '99999999999999999999',
  `%7B%22${MARKER}%22:1%7D`,
]
const METHODS = ['HEAD', 'DELETE', 'PATCH', 'PUT', 'POST', 'GET', 'OPTIONS', 'TRACE', 'PROPFIND', 'SEARCH']
const HEADERS: readonly Readonly<Record<string, string | readonly string[]>>[] = [
  { cookie: `=;;;${MARKER}=\u00ff; __Host-hashwarden-session` },
  { cookie: `__Host-hashwarden-session=%00${MARKER}` },
  { cookie: `__Host-hashwarden-session=${MARKER.repeat(600)}` },
  { cookie: [`__Host-hashwarden-session=${MARKER}`, '__Host-hashwarden-session=%'] },
  { cookie: `__proto__=${MARKER}` },
  { authorization: `Bearer \u00ff${MARKER}` },
  { authorization: `Bearer ${MARKER}.${MARKER}.${MARKER}` },
  { authorization: `Basic ${MARKER}` },
  { authorization: '' },
  { 'x-forwarded-for': `${MARKER}, ::1`, 'x-forwarded-host': MARKER },
  { origin: MARKER },
  { 'sec-fetch-site': MARKER },
  { range: `bytes=${MARKER}`, 'if-none-match': MARKER, 'accept-encoding': MARKER, accept: MARKER },
  { 'hashwarden-unattended': `\u00ff${MARKER}` },
]

/** `values`: of parameters and fields, by name, so that requests get past the checks of other fields. */
export function* hostileRequests(
  document: Document,
  cookieOf: (operationId: string) => string,
  values: Readonly<Record<string, unknown>>,
): Generator<HostileRequest> {
  for (const [template, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const made = new Sample(document, values)
      const to = { method: method.toUpperCase(), template, cookie: cookieOf(operation.operationId), made }
      yield* withHostileParts(operation, to)
      yield* withHostileBody(operation, to)
    }
  }
}

interface Target {
  readonly method: string
  readonly template: string
  readonly cookie: string
  readonly made: Sample
}

function* withHostileParts({ parameters = [] }: Operation, to: Target): Generator<HostileRequest> {
  const { method, template, cookie, made } = to
  const path = made.path(template, parameters)
  const body = method === 'GET' ? {} : { body: '{}' }
  const headers = { cookie, ...(method === 'GET' ? {} : { 'content-type': 'application/json' }) }
  const asked = (what: string, changes: Partial<HostileRequest>): HostileRequest => ({
    what: `${method} ${template}: ${what}`,
    method,
    path,
    headers,
    ...body,
    ...changes,
  })
  for (const { name, in: place } of parameters) {
    for (const part of PARTS) {
      if (place === 'path')
        yield asked(`${name} ${part.slice(0, 30)}`, {
          path: made.path(template.replace(`{${name}}`, part), parameters),
        })
      else
        for (const query of [`${name}=${part}`, `${name}=${part}&${name}=1`, `${name}[${part}]=1`])
          yield asked(query.slice(0, 30), { path: `${path}?${query}` })
    }
  }
  for (const query of [
    '?',
    '%',
    '&&=&',
    `${MARKER}=1&${MARKER}=2`,
    '__proto__=1',
    'constructor[prototype]=1',
  ])
    yield asked(`query ${query}`, { path: `${path}?${query}` })
  for (const tail of ['/', '//', `/${MARKER}`, ';x=1', '%00', '%2f', '%'])
    yield asked(`tail ${tail}`, { path: `${path}${tail}` })
  for (const changed of HEADERS)
    yield asked(`header ${JSON.stringify(changed).slice(0, 40)}`, { headers: { ...headers, ...changed } })
  for (const other of METHODS.filter((one) => one !== method))
    yield { what: `${other} ${template}`, method: other, path, headers: { cookie } }
}

function* withHostileBody(
  { parameters = [], requestBody }: Operation,
  to: Target,
): Generator<HostileRequest> {
  const { method, template, cookie, made } = to
  const path = made.path(template, parameters)
  const schema = requestBody?.content['application/json'].schema ?? {}
  const whole = made.bodyOf(schema)
  const headers = { cookie, 'content-type': 'application/json' }
  const bodies = method === 'GET' ? BODIES.slice(0, 3) : [...BODIES, ...made.hostile(schema)]
  for (const body of bodies)
    yield { what: `${method} ${template}: ${body.toString().slice(0, 60)}`, method, path, headers, body }
  if (method === 'GET') return
  for (const type of TYPES)
    yield {
      what: `${method} ${template}: type ${type}`,
      method,
      path,
      headers: { cookie, 'content-type': type },
      body: JSON.stringify(whole),
    }
}

/** Values that fit a schema, and ones that don't. */
class Sample {
  readonly #document: Document
  readonly #values: Readonly<Record<string, unknown>>

  constructor(document: Document, values: Readonly<Record<string, unknown>>) {
    this.#document = document
    this.#values = values
  }

  path(template: string, parameters: NonNullable<Operation['parameters']>): string {
    return parameters.reduce(
      (path, { name, schema }) => path.replace(`{${name}}`, String(this.#values[name] ?? this.#of(schema))),
      template,
    )
  }

  bodyOf(schema: Schema): unknown {
    return this.#of(schema)
  }

  /** Bodies as JSON, in each of which one field is hostile. */
  *hostile(schema: Schema): Generator<string> {
    const fields = this.#resolved(schema).properties ?? {}
    const whole = Object(this.#of(schema)) as Readonly<Record<string, unknown>>
    for (const name of Object.keys(fields)) {
      const rest = JSON.stringify({ ...whole, [name]: '\u0001' })
      for (const value of [...VALUES, ...VALUES.slice(0, 4).map((one) => `[${one}]`)])
        yield rest.replace(String.raw`"\u0001"`, () => value)
    }
  }

  #resolved(schema: Schema): Schema {
    const name = schema.$ref?.split('/').at(-1)
    return name === undefined ? schema : this.#resolved(this.#document.components.schemas[name] ?? {})
  }

  #of(given: Schema): unknown {
    const schema = this.#resolved(given)
    if ('const' in schema) return schema.const
    if (schema.enum) return schema.enum[0]
    if (schema.anyOf) return this.#of(schema.anyOf[0] ?? {})
    if (schema.type === 'object')
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, of]) => [
          name,
          this.#values[name] ?? this.#of(of),
        ]),
      )
    if (schema.type === 'array') return [this.#of(schema.items ?? {})]
    if (schema.type === 'integer' || schema.type === 'number') return schema.minimum ?? 1
    if (schema.type === 'boolean') return true
    const pattern = new RegExp(schema.pattern ?? '', 'u')
    return PLAIN.find((text) => pattern.test(text)) ?? 'x'
  }
}

const PLAIN = ['1', 'example-list', digestOf('x'), '00000000-0000-4000-8000-000000000000']
