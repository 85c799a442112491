// Records of the topic of API keys.
import { expect, test } from 'vitest'
import { decodeGatewayKey, encodeGatewayKey, type GatewayKey } from '../../src/contract/gateway-key.ts'
import { Rejection } from '../../src/contract/rejection.ts'

const key: GatewayKey = {
  schema: 'gateway-key/1',
  id: 'abcdefgh',
  platform: 'example',
  sha256: 'a'.repeat(64),
  createdAt: '2026-01-01T00:00:00.000Z',
}
const decode = (record: object, id = 'abcdefgh'): unknown => {
  const decoded = decodeGatewayKey(Buffer.from(id), Buffer.from(JSON.stringify(record)))
  return decoded instanceof Rejection ? `${decoded.code} ${decoded.at}`.trim() : decoded
}

test('a key is read as it was written', () => {
  const full = {
    ...key,
    expiresAt: '2027-01-01T00:00:00.000Z',
    networks: ['192.0.2.0/24', '2001:db8::/32'],
    revokedAt: '2026-06-01T00:00:00.000Z',
  }
  expect(decodeGatewayKey(Buffer.from(full.id), Buffer.from(encodeGatewayKey(full)))).toEqual(full)
})

test('a record that is none, or that may restrict the key in a way that is not known, is refused', () => {
  expect(decode(key)).toEqual(key)
  expect(decode(key, 'abcdefgi')).toBe('key-mismatch')
  expect(decode({ ...key, onlyOnMondays: true })).toMatch(/^unknown-field/)
  expect(decode({ ...key, platform: 'hashwarden-canary' })).toBe('malformed-value /platform')
  for (const network of ['192.0.2.0/33', '192.0.2/24', '2001:db8::/129', '192.0.2.0/24/1', '::/'])
    expect(decode({ ...key, networks: [network] }), network).toMatch(/^malformed-value/)
  expect(decode({ ...key, networks: [] })).toMatch(/^out-of-range/)
  for (const field of Object.keys(key))
    expect(decode({ ...key, [field]: 7 }), field).toMatch(/^(malformed-value|unknown-schema)/)
})
