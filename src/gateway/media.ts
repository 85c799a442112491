// What a request says that its body is.
import type { IncomingHttpHeaders } from 'node:http'
import type { BodyType } from './batch/read-batch.ts'
import { CONTENT_ENCODINGS, type ContentEncoding } from './batch/unpacked.ts'
import { GatewayRefusal } from './gateway-problem.ts'

const TYPES: ReadonlyMap<string, BodyType> = new Map([
  ['application/json', 'json'],
  ['application/x-ndjson', 'ndjson'],
])

/** A parameter of a media type. JSON has none but this, which many clients send. */
const UTF8 = /^\s*charset\s*=\s*"?utf-8"?\s*$/i

export interface Media {
  readonly type: BodyType
  readonly encoding: ContentEncoding | undefined
}

/** @throws GatewayRefusal if it is a kind that the gateway doesn't read */
export function mediaOf(headers: IncomingHttpHeaders): Media {
  const [name = '', ...parameters] = (headers['content-type'] ?? '').split(';')
  const type = TYPES.get(name.trim().toLowerCase())
  if (type === undefined || parameters.length > 1 || !parameters.every((one) => UTF8.test(one)))
    throw new GatewayRefusal('unknown-type')
  const asked = (headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  if (asked === 'identity') return { type, encoding: undefined }
  const encoding = CONTENT_ENCODINGS.find((one) => one === asked)
  if (encoding === undefined) throw new GatewayRefusal('unknown-type')
  return { type, encoding }
}
