// The OpenAPI document: complete, without a loose end, and public.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CASE_STATES } from '../../../src/contract/review.ts'
import { PROBLEMS } from '../../../src/review/problems.ts'
import { openReviewApi, type ReviewApi } from './review-api.ts'

type Json = Readonly<Record<string, unknown>>
interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[]
  readonly responses: Readonly<Record<string, Json>>
}
interface Document {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Json }
}

let api: ReviewApi
let document: Document
let text: string
beforeAll(async () => {
  api = await openReviewApi()
  const answer = await api.ask('GET', '/api/openapi.json')
  text = answer.text
  document = answer.json as Document
})
afterAll(() => api[Symbol.asyncDispose]())

const operations = (): readonly (readonly [path: string, operation: Operation])[] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.values(methods).map((operation) => [path, operation] as const),
  )

describe('the document', () => {
  test('is of OpenAPI 3.1', () => {
    expect(document.openapi).toBe('3.1.0')
  })

  test('names each operation once, and says of each that it does something, what it answers and what it refuses', () => {
    const ids = operations().map(([, { operationId }]) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const [path, { summary, responses }] of operations()) {
      expect(summary.length, path).toBeGreaterThan(5)
      const statuses = Object.keys(responses)
      expect(
        statuses.some((status) => status.startsWith('2')),
        path,
      ).toBe(true)
      expect(statuses, path).toEqual(expect.arrayContaining(['403', '429', '500', '503']))
      for (const response of Object.values(responses))
        expect(typeof response['description'], path).toBe('string')
    }
  })

  test('declares each parameter of a path, and no other', () => {
    for (const [path, { parameters = [] }] of operations()) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const declared = parameters.filter((parameter) => parameter.in === 'path')
      expect(
        declared.map(({ name }) => name),
        path,
      ).toEqual(inPath)
      expect(
        declared.every(({ required }) => required),
        path,
      ).toBe(true)
    }
  })

  test('has every schema that it refers to, and refers to most', () => {
    const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference)
    expect(references.length).toBeGreaterThan(40)
    const known = new Set(
      Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`),
    )
    expect([...new Set(references)].filter((reference) => !known.has(reference ?? ''))).toEqual([])
  })

  test('has no rest of what only the types know', () => {
    expect(text).not.toMatch(/~kind|\[Kind\]|"undefined"/)
    expect(text).toContain(JSON.stringify([...CASE_STATES]))
  })

  test('names every problem', () => {
    for (const code of Object.keys(PROBLEMS)) expect(text, code).toContain(`${code}: `)
  })
})
