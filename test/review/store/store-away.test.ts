// Which errors are waited out, and which are faults.
import { expect, test } from 'vitest'
import { isStoreAway } from '../../../src/review/store/store-away.ts'

const withCode = (code: string): Error => Object.assign(new Error('x'), { code })

test.each([
  ['a host that is down', 'EHOSTUNREACH'],
  ['a network that is down', 'ENETUNREACH'],
  ['a server that has become a replica in a failover', '25006'],
  ['a transaction that the server ended because this process slept', '25P03'],
  ['a server that refuses connections', 'ECONNREFUSED'],
  ['a server that shuts down', '57P01'],
])('%s is away', (_what, code) => {
  expect(isStoreAway(withCode(code))).toBe(true)
})

test.each([
  ['a wrong password', '28P01'],
  ['a statement in a failed transaction', '25P02'],
  ['a broken constraint', '23505'],
])('%s is a fault', (_what, code) => {
  expect(isStoreAway(withCode(code))).toBe(false)
})
