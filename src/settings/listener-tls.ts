// The settings of a listener that speaks TLS.
import { Type } from 'typebox'

/** Loopback addresses: what crosses no network needs no TLS. */
export const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost'])

export const ListenerTls = Type.Object(
  {
    certificate: Type.String({
      minLength: 1,
      description: 'PEM file of the certificate and its chain.',
    }),
    key: Type.String({
      minLength: 1,
      description: 'PEM file of its private key. Only its owner may open it.',
    }),
  },
  {
    additionalProperties: false,
    description: 'TLS. Both files are read again when they change, so renewing them needs no restart.',
  },
)
