// The certificate of a server and its key, read again when their files change: renewing them needs no restart.
import { readFileSync } from 'node:fs'
import type { SecureContextOptions, TlsOptions } from 'node:tls'
import { isDeepStrictEqual } from 'node:util'
import { readSecretFile } from '../secrets/secret.ts'
import { errorSummary } from '../telemetry/error-summary.ts'
import type { Logger } from '../telemetry/log.ts'

/** How often the files are looked at, in milliseconds. */
const RENEW_MS = 60_000
const MIN_VERSION = 'TLSv1.2'

/** PEM files. */
export interface CertificateFiles {
  readonly certificate: string
  readonly key: string
  /** The authority of clients' certificates, which the server then asks for: a client without a valid one gets in, too. */
  readonly clientCa?: string | undefined
}

/** A server that speaks TLS, over HTTP/1.1 or HTTP/2. */
interface SecureServer {
  setSecureContext(options: SecureContextOptions): void
}

type Pair = Required<Pick<SecureContextOptions, 'cert' | 'key'>> & {
  readonly ca?: string
  readonly minVersion: typeof MIN_VERSION
}

export class Certificate {
  readonly #files: CertificateFiles
  readonly #setting: string
  readonly #logger: Logger
  readonly #servers: SecureServer[] = []
  #now: Pair
  #timer: NodeJS.Timeout | undefined

  /** @param setting Where the files are named, as in `sharing.tls`. @throws SecretError, or what reading a file throws */
  constructor(files: CertificateFiles, setting: string, logger: Logger) {
    this.#files = files
    this.#setting = setting
    this.#logger = logger
    this.#now = this.#read()
  }

  /** For a server to begin with. */
  get options(): Pair & Pick<TlsOptions, 'requestCert' | 'rejectUnauthorized'> {
    const requestCert = this.#files.clientCa !== undefined
    return { ...this.#now, ...(requestCert && { requestCert, rejectUnauthorized: false }) }
  }

  /** Keeps the certificate of this server up to date, until `stop`. */
  keep(server: SecureServer): void {
    // A name such as localhost has an address of each kind, and so two servers.
    this.#servers.push(server)
    this.#timer ??= setInterval(() => this.renew(), RENEW_MS).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #read(): Pair {
    const { certificate, key, clientCa } = this.#files
    return {
      cert: readFileSync(certificate, 'utf8'),
      key: readSecretFile(key, `The file of ${this.#setting}.key`).toString('utf8'),
      ...(clientCa !== undefined && { ca: readFileSync(clientCa, 'utf8') }),
      minVersion: MIN_VERSION,
    }
  }

  /** Looks at the files now. */
  renew(): void {
    const setting = this.#setting
    try {
      const read = this.#read()
      if (isDeepStrictEqual(read, this.#now)) return
      for (const server of this.#servers) server.setSecureContext(read)
      this.#now = read
      this.#logger.info({ setting }, 'The certificate is renewed')
    } catch (error) {
      this.#logger.error(
        { setting, error: errorSummary(error) },
        'The renewed certificate can’t be used: the one before serves on',
      )
    }
  }
}
