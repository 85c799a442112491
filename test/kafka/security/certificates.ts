// Certificates for tests, written out in DER (X.509, RFC 5280), so that they need no tool and can be wrong on purpose.
import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'
import { isIP } from 'node:net'

const DAY_MS = 86_400_000

export interface CertificateOptions {
  /** Its common name. */
  readonly name: string
  /** Host names and IPv4 addresses that it is for. */
  readonly hosts?: readonly string[]
  /** From when to when it is valid, in days from now. */
  readonly validDays?: readonly [from: number, to: number]
}

/** An identity: a certificate with its key, in PEM. */
export interface Identity {
  readonly certificate: string
  readonly key: string
}

/** An authority of which identities can be had. */
export class Authority {
  readonly certificate: string
  readonly #name: string
  readonly #key: KeyObject

  constructor(name: string) {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    this.#name = name
    this.#key = privateKey
    this.certificate = signed({ name, validDays: [-1, 365] }, publicKey, name, privateKey, true)
  }

  issue(options: CertificateOptions): Identity {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    return {
      certificate: signed(options, publicKey, this.#name, this.#key, false),
      // Java's PEM stores take PKCS 8 only.
      key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    }
  }
}

const TAG = {
  boolean: 1,
  integer: 2,
  bits: 3,
  octets: 4,
  oid: 6,
  utf8: 12,
  sequence: 0x30,
  set: 0x31,
  utcTime: 23,
}
const OID = {
  ecdsaWithSha256: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02],
  commonName: [0x55, 0x04, 0x03],
  subjectAltName: [0x55, 0x1d, 0x11],
  basicConstraints: [0x55, 0x1d, 0x13],
}
const SIGNATURE_ALGORITHM = der(TAG.sequence, der(TAG.oid, OID.ecdsaWithSha256))

function signed(
  { name, hosts = [], validDays: [from, to] = [-1, 365] }: CertificateOptions,
  publicKey: KeyObject,
  issuer: string,
  issuerKey: KeyObject,
  isAuthority: boolean,
): string {
  const toBeSigned = der(
    TAG.sequence,
    // Version 3, the one with extensions.
    der(0xa0, der(TAG.integer, [2])),
    // Positive, and of full length.
    der(TAG.integer, [0x40], randomBytes(15)),
    SIGNATURE_ALGORITHM,
    nameOf(issuer),
    der(TAG.sequence, timeIn(from), timeIn(to)),
    nameOf(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(TAG.sequence, ...extensions(hosts, isAuthority))),
  )
  const signature = der(TAG.bits, [0], sign('sha256', toBeSigned, issuerKey))
  const bytes = der(TAG.sequence, toBeSigned, SIGNATURE_ALGORITHM, signature)
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

function extensions(hosts: readonly string[], isAuthority: boolean): readonly Buffer[] {
  const names = hosts.map((host) =>
    isIP(host) ? der(0x87, host.split('.').map(Number)) : der(0x82, Buffer.from(host)),
  )
  const constraints = der(TAG.sequence, ...(isAuthority ? [der(TAG.boolean, [0xff])] : []))
  return [
    der(
      TAG.sequence,
      der(TAG.oid, OID.basicConstraints),
      der(TAG.boolean, [0xff]),
      der(TAG.octets, constraints),
    ),
    ...(names.length === 0
      ? []
      : [der(TAG.sequence, der(TAG.oid, OID.subjectAltName), der(TAG.octets, der(TAG.sequence, ...names)))]),
  ]
}

const nameOf = (name: string): Buffer =>
  der(
    TAG.sequence,
    der(TAG.set, der(TAG.sequence, der(TAG.oid, OID.commonName), der(TAG.utf8, Buffer.from(name)))),
  )

/** The years of a UTCTime have two digits: good until 2049. */
function timeIn(days: number): Buffer {
  const text = new Date(Date.now() + days * DAY_MS).toISOString().replaceAll(/\.\d+|[-:T]/g, '')
  return der(TAG.utcTime, Buffer.from(text.slice(2)))
}

function der(tag: number, ...content: readonly (Uint8Array | readonly number[])[]): Buffer {
  const body = Buffer.concat(content.map((part) => Uint8Array.from(part)))
  const length =
    body.length < 0x80
      ? [body.length]
      : body.length < 0x100
        ? [0x81, body.length]
        : [0x82, body.length >> 8, body.length & 0xff]
  return Buffer.concat([Uint8Array.from([tag, ...length]), body])
}
