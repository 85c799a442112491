// What a platform gives to the client and hears from it. Without imports: these are the types of the package.

/** A report as platforms send it: its platform follows from the key. The gateway checks all of it. */
export interface OutgoingReport {
  readonly schema: 'report/1'
  /** At most 128 of A-Z, a-z, 0-9, `.`, `_`, `:` and `-`. The same report under the same id counts once. */
  readonly reportId: string
  /** RFC 3339, with a zone: when the platform saw the file. */
  readonly observedAt: string
  readonly mediaType: 'image' | 'video'
  /** The platform's own reference of the file. Not a link, and no identity. */
  readonly contentRef: string
  readonly hashes: readonly { readonly type: string; readonly value: string; readonly quality?: number }[]
  /** The contract's optional fields, for example `actorRef`. */
  readonly [field: string]: unknown
}

/** What `report` knows of a file beside its bytes. */
export interface FileFacts {
  /** Made at random where it is left out. Name it to be able to report the same file again without counting twice. */
  readonly reportId?: string
  /** The platform's own reference of the file; the reportId where it is left out. */
  readonly contentRef?: string
  /** RFC 3339, with a zone; now where it is left out. */
  readonly observedAt?: string
  /** For messages, and for a warning where a file named like a picture is none. It does not leave the process. */
  readonly name?: string
  /** The contract's optional fields, for example `actorRef`. */
  readonly fields?: Readonly<Record<string, unknown>>
}

/** What became of a file. */
export interface ReportedFile {
  /** Two where a viewer shows another picture on white than the colours alone: each is a report. */
  readonly reportIds: readonly string[]
  /** Why the file has no perceptual hash though it should, or one with a reservation. It names the file: not for a log. */
  readonly warning?: string
}

export interface ClientOptions {
  /** Of the gateway, without a path: `https://reports.example.org`. */
  readonly url: string
  /** Of `hashwarden gateway keys create`, or an access token; a function is asked for each request. */
  readonly key: string | (() => string | Promise<string>)
  /** A folder of this process alone: reports wait there until the gateway has acknowledged them. */
  readonly spool: string
  /** Bytes that wait there at most; 256 MiB where it is left out. Then reports are refused, by `SpoolFullError`. */
  readonly spoolBytes?: number
  /** Reports of a request at most; 500 where it is left out. */
  readonly batchReports?: number
  /** Milliseconds that the first report of a request waits for others; 100 where it is left out. */
  readonly batchMs?: number
  /** Milliseconds until a request that is not answered is made again; 30,000 where it is left out. */
  readonly timeoutMs?: number
  /** Milliseconds before the first retry, and the longest; 200 and 30,000 where they are left out. */
  readonly retryMs?: readonly [first: number, longest: number]
  /** PEM. The authority of the gateway's certificate, and a certificate of this client. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string }
}

/** Why a request failed, for an operator. It never quotes a report. */
export interface Trouble {
  /** Absent: there was no answer. */
  readonly status?: number
  readonly reason: string
  /** When it is tried again. */
  readonly inMs: number
}

/** By event: what its listeners get. */
export interface ClientEvents {
  /** A request was acknowledged: `accepted` reports are new, `repeated` were there already. */
  accepted: [{ readonly accepted: number; readonly repeated: number }]
  /** The gateway is away, busy, or refuses the key. The reports wait on disk. */
  retry: [Trouble]
  /** A report that can't be taken as it is. It is kept in the file `rejected.ndjson` of the spool. */
  rejected: [{ readonly reportId: string; readonly status: number; readonly detail: string }]
  /** Nothing waits any more. */
  drained: []
  /** The spool can't be read or written. The client goes on if it can. */
  spoolError: [Error]
}
