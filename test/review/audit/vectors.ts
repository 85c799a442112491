// What Go's transparency log library says of trees, proofs and notes: recorded by oracle/main.go.
import { readFileSync } from 'node:fs'

interface AuditVectors {
  /** By size, from 0. Entry i is the text `entry i`. */
  readonly roots: readonly string[]
  /** Of each entry, the hashes of the subtrees that it completes. */
  readonly completed: readonly (readonly string[])[]
  readonly inclusion: readonly {
    readonly index: number
    readonly size: number
    readonly proof: readonly string[]
  }[]
  readonly consistency: readonly {
    readonly older: number
    readonly newer: number
    readonly proof: readonly string[]
  }[]
  readonly notes: readonly {
    readonly name: string
    readonly seed: string
    readonly verifier: string
    readonly text: string
    readonly note: string
  }[]
}

export const VECTORS: AuditVectors = JSON.parse(
  readFileSync(new URL('../../data/audit-vectors.json', import.meta.url), 'utf8'),
)

export const fromBase64 = (text: string): Buffer => Buffer.from(text, 'base64')
