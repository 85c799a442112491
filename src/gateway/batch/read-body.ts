// Reads the bytes of a request: not more than a batch may have, not more than there is room for, and not for ever.
import type { Readable } from 'node:stream'
import { GATEWAY_MAX_BYTES } from '../../contract/gateway.ts'
import { GatewayRefusal } from '../gateway-problem.ts'
import type { HeldBytes } from '../in-flight-bytes.ts'
import { GatheredBytes } from './gathered-bytes.ts'

/** Another gateway takes its place, or this one begins again. */
const STOPPING_RETRY_SECONDS = 1

export interface BodyLimits {
  /** What the head of the request says, if it says it. */
  readonly declaredBytes: number
  readonly held: HeldBytes
  /** The whole body has to be there after this time, in milliseconds. */
  readonly withinMs: number
  /** The process is about to end: what has not arrived yet is refused. */
  readonly stopping: AbortSignal
}

/** The client broke off: it waits for no answer. */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError'
}

/** @throws GatewayRefusal, ClientGoneError */
export function readBody(
  stream: Readable,
  { declaredBytes, held, withinMs, stopping }: BodyLimits,
): Promise<Buffer> {
  if (declaredBytes > GATEWAY_MAX_BYTES) return Promise.reject(new GatewayRefusal('too-large'))
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const gathered = new GatheredBytes(held, declaredBytes)
  const take = (chunk: Buffer): void => {
    try {
      gathered.add(chunk)
    } catch (error) {
      reject(error)
    }
  }
  const end = (): void => resolve(gathered.bytes)
  const gone = (): void => reject(new ClientGoneError('The client broke off'))
  const stop = (): void => reject(new GatewayRefusal('stopping', { retrySeconds: STOPPING_RETRY_SECONDS }))
  const deadline = setTimeout(() => reject(new GatewayRefusal('too-slow')), withinMs)
  stream.on('data', take).once('end', end).once('error', gone).once('close', gone)
  stopping.addEventListener('abort', stop, { once: true })
  if (stopping.aborted) stop()
  // It may have broken off while its credential was looked at.
  if (stream.destroyed) gone()
  return promise.finally(() => {
    clearTimeout(deadline)
    stopping.removeEventListener('abort', stop)
    stream.off('data', take).off('end', end).off('close', gone)
    // The listener of errors stays: one that comes later must not end the process. The rest of the body is not read.
    stream.pause()
  })
}
