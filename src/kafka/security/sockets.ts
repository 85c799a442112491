// The sockets of kafkajs: with TLS and without.
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect, isIP } from 'node:net'
import { connect as connectSecurely, createSecureContext, type SecureContext } from 'node:tls'
import type { ISocketFactory } from 'kafkajs'
import { fileProblem } from '../../secrets/file-problem.ts'
import { readSecretFile } from '../../secrets/secret.ts'
import type { TlsFiles } from './kafka-connection.ts'

/** The delay of TCP keep-alive in milliseconds, as kafkajs's own sockets have it. */
const KEEP_ALIVE_MS = 60_000

/** A certificate or key that can't be used: names the setting, the file, and what to do. */
export class TlsFileError extends Error {
  readonly code = 'TLS_FILE'
  override readonly name = 'TlsFileError'
}

/**
 * Makes sockets without TLS. kafkajs's own delay a request (Nagle's algorithm) until the broker has acknowledged the one
 * before: a fetch would wait for the commit that was sent a moment ago.
 */
export const plainSockets: ISocketFactory = ({ host, port, onConnect }) => {
  const socket = connect({ host, port, noDelay: true }, onConnect)
  socket.setKeepAlive(true, KEEP_ALIVE_MS)
  return socket
}

/**
 * Makes sockets with TLS. Each connection reads the files again, so that certificates that are renewed in place (many
 * live for days only) take effect without a restart.
 */
export const tlsSockets =
  (files: TlsFiles): ISocketFactory =>
  ({ host, port, onConnect }) => {
    const servername = files.servername ?? (isIP(host) ? undefined : host)
    const socket = connectSecurely(
      {
        host,
        port,
        ...(servername !== undefined && { servername }),
        secureContext: readTlsFiles(files),
        // Set explicitly: otherwise an environment variable could turn it off.
        rejectUnauthorized: true,
      },
      onConnect,
    )
    socket.setNoDelay(true)
    socket.setKeepAlive(true, KEEP_ALIVE_MS)
    return socket
  }

/** Reads and checks the files. Throws TlsFileError, and SecretError for the key's file. */
export function readTlsFiles({ ca, certificate, key }: TlsFiles): SecureContext {
  const context = {
    ...(ca !== undefined && { ca: readCertificates(ca, 'kafka.tls.ca').pem }),
    ...(certificate !== undefined && { cert: readOwnCertificate(certificate) }),
    ...(key !== undefined && { key: readSecretFile(key, 'The file of kafka.tls.key') }),
  }
  try {
    return createSecureContext(context)
  } catch (error) {
    const what =
      key === undefined
        ? `kafka.tls.ca ${ca} can't be used`
        : `kafka.tls.key ${key} is no PEM key without a passphrase that belongs to kafka.tls.certificate ${certificate}`
    throw new TlsFileError(`${what} (${reason(error)})`)
  }
}

function readOwnCertificate(file: string): Buffer {
  const { pem, first } = readCertificates(file, 'kafka.tls.certificate')
  // The broker would only say that it does not like it.
  if (Date.now() > Date.parse(first.validTo)) {
    throw new TlsFileError(
      `The certificate of kafka.tls.certificate ${file} expired on ${first.validTo}: renew it`,
    )
  }
  return pem
}

function readCertificates(
  file: string,
  setting: string,
): { readonly pem: Buffer; readonly first: X509Certificate } {
  let pem: Buffer
  try {
    pem = readFileSync(file)
  } catch (error) {
    throw new TlsFileError(`Cannot read ${setting} ${file}: ${fileProblem(error)}`)
  }
  try {
    return { pem, first: new X509Certificate(pem) }
  } catch {
    // Node takes a file without a certificate for an empty list of authorities, and trusts none.
    throw new TlsFileError(
      `${setting} ${file} holds no certificate: expected PEM, -----BEGIN CERTIFICATE-----`,
    )
  }
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error))
