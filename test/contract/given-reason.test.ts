// What a person decides on lists and entries is asked about later: a reason has to be there.
import { Value } from 'typebox/value'
import { expect, test } from 'vitest'
import { ApproveBody, CurateBody } from '../../src/contract/review-api/lists.ts'
import { SuspectBody } from '../../src/contract/review-api/search.ts'

const file = { source: 'hotline', sourceId: 'h-1' }
const value = { type: 'md5', value: 'd41d8cd98f00b204e9800998ecf8427e' }
const BODIES = [
  ['disabling', CurateBody, { kind: 'disable', target: file }],
  ['releasing', CurateBody, { kind: 'enable', target: file }],
  ['suppressing', CurateBody, { kind: 'suppress', target: value }],
  ['ending a suppression', CurateBody, { kind: 'unsuppress', target: value }],
  ['deciding on a change', ApproveBody, { source: 'hotline', pendingId: 'p1', verdict: 'apply' }],
  ['suspecting', SuspectBody, file],
] as const

test.each(BODIES)('%s needs a reason that is neither empty nor blank', (_, schema, body) => {
  for (const reason of ['', ' ', ' \t\n', '\u00a0'])
    expect(Value.Check(schema, { ...body, reason }), JSON.stringify(reason)).toBe(false)
  expect(Value.Check(schema, body)).toBe(false)
  expect(Value.Check(schema, { ...body, reason: ' A cat. ' })).toBe(true)
})
