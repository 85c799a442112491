// The port of credentials: who a request is from. It decides the platform that the reports name.

/** What a request shows of its sender. */
export interface Presented {
  readonly headers: {
    readonly authorization?: string | undefined
    readonly 'x-api-key'?: string | readonly string[] | undefined
  }
  /** The network address that the request came from. */
  readonly address: string
  /** Of a valid client certificate: its SHA-256 (hexadecimal digits). */
  readonly fingerprint?: string | undefined
}

/** A request whose sender is known. */
export interface Caller {
  readonly platform: string
  /** Which credential it was, for counting: its id, never its secret. */
  readonly credential: string
}

/**
 * Why a sender is refused. Which credential was wrong, and how, the answer doesn't say. `credentials-away`: no credential can be
 * checked now.
 */
export type CredentialRefusal = 'not-permitted' | 'wrong-network' | 'credentials-away'

export interface Credentials {
  /** Never rejects because of what a request shows. */
  authenticate(presented: Presented): Promise<Caller | CredentialRefusal> | Caller | CredentialRefusal
}
