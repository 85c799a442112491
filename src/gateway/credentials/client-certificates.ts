// Client certificates (mTLS): the settings say by fingerprint whose platform one is. Clients with a key or a token need none.
import { plainFingerprint } from '../../http/client-certificate.ts'
import type { CertificateSettings } from '../../settings/gateway-settings.ts'
import { GatewaySettingsError } from '../gateway-settings-error.ts'
import type { Caller, CredentialRefusal, Credentials, Presented } from './credentials.ts'

const SETTING = 'gateway.credentials.certificates.platforms'

/** Takes a certificate, or what `others` take. */
export class CertificatesOr implements Credentials {
  readonly #platforms = new Map<string, string>()
  readonly #others: Credentials

  /** @throws GatewaySettingsError */
  constructor({ platforms }: CertificateSettings, others: Credentials) {
    this.#others = others
    for (const { fingerprint, platform } of platforms) {
      const plain = plainFingerprint(fingerprint)
      if (this.#platforms.has(plain))
        throw new GatewaySettingsError(`${SETTING} has a fingerprint of ${platform} twice: take one out`)
      this.#platforms.set(plain, platform)
    }
  }

  async authenticate(presented: Presented): Promise<Caller | CredentialRefusal> {
    const { headers, fingerprint } = presented
    const platform = fingerprint === undefined ? undefined : this.#platforms.get(fingerprint)
    const hasOther = headers.authorization !== undefined || headers['x-api-key'] !== undefined
    if (platform === undefined || hasOther) {
      const caller = await this.#others.authenticate(presented)
      const isOfTwo = typeof caller !== 'string' && platform !== undefined && caller.platform !== platform
      return isOfTwo ? 'not-permitted' : caller
    }
    return { platform, credential: `certificate:${platform}` }
  }
}
