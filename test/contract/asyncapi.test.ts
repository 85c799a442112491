import { describe, expect, test } from 'vitest'
import { asyncApiDocument } from '../../src/contract/asyncapi.ts'
import { decodeReport } from '../../src/contract/report.ts'
import { refusal } from './refusal.ts'

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }
type JsonObject = { readonly [name: string]: Json }

// Through its text, as others read it.
const asyncApi: Json = JSON.parse(JSON.stringify(asyncApiDocument()))

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function objectAt(value: Json | undefined): JsonObject {
  if (!isObject(value)) throw new TypeError('Expected an object.')
  return value
}

/** What a `$ref` within the document points to. */
function resolve(pointer: string): Json | undefined {
  if (!pointer.startsWith('#/')) return undefined
  return pointer
    .slice(2)
    .split('/')
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<Json | undefined>((value, name) => (isObject(value) ? value[name] : undefined), asyncApi)
}

/** What a `{ $ref }` within the document points to. */
function pointedTo(reference: Json | undefined): Json | undefined {
  const { $ref } = objectAt(reference)
  return typeof $ref === 'string' ? resolve($ref) : undefined
}

function references(value: Json): string[] {
  if (Array.isArray(value)) return value.flatMap(references)
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([name, inner]) =>
    name === '$ref' && typeof inner === 'string' ? [inner] : references(inner),
  )
}

describe('the AsyncAPI document', () => {
  const document = objectAt(asyncApi)
  const channels = Object.entries(objectAt(document['channels']))
  const operations = Object.entries(objectAt(document['operations']))

  test('says that it is AsyncAPI 3, with a title and a version', () => {
    expect(document['asyncapi']).toBe('3.0.0')
    expect(document['info']).toMatchObject({ title: 'hashwarden', version: expect.any(String) })
    const allowed = new Set([
      'asyncapi',
      'id',
      'info',
      'servers',
      'defaultContentType',
      'channels',
      'operations',
      'components',
    ])
    expect(Object.keys(document).filter((name) => !allowed.has(name))).toEqual([])
  })

  test('has references, and each of them resolves', () => {
    const all = references(asyncApi)
    expect(all.length).toBeGreaterThanOrEqual(12)
    expect(all.filter((pointer) => resolve(pointer) === undefined)).toEqual([])
  })

  test('has a channel for each topic, with an address and a message whose payload is described', () => {
    expect(channels.map(([, channel]) => objectAt(channel)['address'])).toEqual([
      'reports',
      'known-hashes',
      'hits',
      'reports.dlq',
      'decisions',
      'outcomes',
      'audit-checkpoints',
      'status',
      'lists',
      'gateway-keys',
    ])
    const inJson = channels.filter(([id]) => id !== 'auditCheckpoints' && id !== 'lists')
    for (const [, channel] of inJson) {
      const messages = Object.values(objectAt(objectAt(channel)['messages']))
      expect(messages).toHaveLength(1)
      const message = objectAt(pointedTo(messages[0]))
      const payload = objectAt(pointedTo(message['payload']))
      expect(payload).toMatchObject({ type: 'object' })
      // What a process says of itself may grow without a reader that must grow at the same time.
      expect(payload['additionalProperties']).toBe(message['title'] === 'status/1' ? undefined : false)
      expect(objectAt(objectAt(objectAt(payload['properties'])['schema']))['const']).toBe(message['title'])
      expect(message['bindings']).toMatchObject({ kafka: { key: { type: 'string' } } })
    }
  })

  test('says that checkpoints are text', () => {
    expect(resolve('#/components/messages/AuditCheckpoint')).toMatchObject({ contentType: 'text/plain' })
    expect(resolve('#/components/schemas/AuditCheckpoint')).toMatchObject({ type: 'string' })
  })

  test('says that a record about a list has one of three forms, each with a schema of its own', () => {
    const { anyOf } = objectAt(resolve('#/components/schemas/ListRecord'))
    const forms = (Array.isArray(anyOf) ? anyOf : []).map(objectAt)
    expect(forms.map((form) => objectAt(objectAt(form['properties'])['schema'])['const'])).toEqual([
      'list-state/1',
      'list-approval/1',
      'list-statistics/1',
    ])
  })

  test('has operations that receive reports and known hashes and send all else', () => {
    expect(
      operations.map(([name, operation]) => [
        name,
        objectAt(operation)['action'],
        objectAt(objectAt(operation)['channel'])['$ref'],
      ]),
    ).toEqual([
      ['receiveReports', 'receive', '#/channels/reports'],
      ['receiveKnownHashes', 'receive', '#/channels/knownHashes'],
      ['sendHits', 'send', '#/channels/hits'],
      ['sendDeadLetters', 'send', '#/channels/deadLetters'],
      ['sendDecisions', 'send', '#/channels/decisions'],
      ['sendOutcomes', 'send', '#/channels/outcomes'],
      ['sendAuditCheckpoints', 'send', '#/channels/auditCheckpoints'],
      ['sendStatus', 'send', '#/channels/status'],
      ['sendLists', 'send', '#/channels/lists'],
      ['sendGatewayKeys', 'send', '#/channels/gatewayKeys'],
    ])
  })

  test('describes every field that a report must have: without one of them it is refused', () => {
    const { required } = objectAt(resolve('#/components/schemas/Report'))
    const report: JsonObject = {
      schema: 'report/1',
      reportId: '1',
      platform: 'a',
      observedAt: '2026-01-02T03:04:05Z',
      mediaType: 'image',
      contentRef: '1',
      hashes: [{ type: 'md5', value: '0'.repeat(32) }],
    }
    expect(required).toEqual(expect.arrayContaining(Object.keys(report)))
    for (const field of Object.keys(report)) {
      const rest = Object.fromEntries(Object.entries(report).filter(([name]) => name !== field))
      expect(refusal(decodeReport(Buffer.from(JSON.stringify(rest))))).toBe(`missing-field at /${field}`)
    }
  })
})
