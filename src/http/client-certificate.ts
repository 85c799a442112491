// The certificate that a client of a TLS server shows.
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'

/**
 * The SHA-256 of a client's certificate (hexadecimal digits, lower case), if the server's authority for clients has signed it and it
 * has not expired. A connection may last longer than its certificate, so each request asks.
 */
export function clientFingerprint(socket: Socket, nowMs: number): string | undefined {
  // Over HTTP/2 the socket is a proxy of the real one: only its members tell that it speaks TLS.
  const { authorized, getPeerX509Certificate } = socket as Partial<TLSSocket>
  if (authorized !== true) return undefined
  const certificate = getPeerX509Certificate?.call(socket)
  if (certificate === undefined || !(Date.parse(certificate.validTo) > nowMs)) return undefined
  return plainFingerprint(certificate.fingerprint256)
}

/** As openssl prints it, with colons, or without. */
export const plainFingerprint = (text: string): string => text.replaceAll(':', '').toLowerCase()
