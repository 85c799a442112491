// The chart of deploy/helm as Helm has rendered it for each file of values/: committed, because Helm is no npm package.
// `npm run test:chart -- --write` renders them again.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'

export const CHART = new URL('../../../deploy/helm/hashwarden/', import.meta.url).pathname
const HERE = new URL('./', import.meta.url).pathname

/** Of installations: names of files in values/ and rendered/. */
export const INSTALLATIONS = ['plain', 'matchers', 'lists', 'gateway'] as const
export type Installation = (typeof INSTALLATIONS)[number]

export const valuesFile = (installation: Installation): string => join(HERE, 'values', `${installation}.yaml`)
export const renderedFile = (installation: Installation): string =>
  join(HERE, 'rendered', `${installation}.yaml`)

/** The first line of a rendered file. The alerts, which the chart takes from deploy/prometheus, are not in it. */
export function stamp(installation: Installation): string {
  const hash = createHash('sha256').update(readFileSync(valuesFile(installation)))
  const files = readdirSync(CHART, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.startsWith(join(CHART, 'files')))
  for (const file of files.sort()) hash.update(file.slice(CHART.length)).update(readFileSync(file))
  return `# Rendered by Helm, of sources with the digest ${hash.digest('hex')}.`
}

/** What Kubernetes gets: only the fields that several kinds share are named. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly labels: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly spec: Spec
  readonly data?: Readonly<Record<string, string>>
}

interface Spec {
  readonly replicas?: number
  readonly template?: { readonly metadata: Manifest['metadata']; readonly spec: PodSpec }
  readonly selector?: { readonly matchLabels: Readonly<Record<string, string>> }
  readonly [field: string]: unknown
}

interface PodSpec {
  readonly securityContext: Readonly<Record<string, unknown>>
  readonly containers: readonly ContainerSpec[]
  readonly volumes: readonly Readonly<Record<string, unknown>>[]
  readonly [field: string]: unknown
}

interface ContainerSpec {
  readonly args: readonly string[]
  readonly env?: readonly { readonly name: string; readonly value: string }[]
  readonly securityContext: Readonly<Record<string, unknown>>
  readonly resources: { readonly requests: object; readonly limits: object }
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[]
  readonly [field: string]: unknown
}

/** Kubernetes reads YAML 1.1, where 0440 is octal. */
export const manifestsOf = (text: string): readonly Manifest[] =>
  parseAllDocuments(text, { version: '1.1' })
    .map((document) => document.toJS())
    .filter((manifest) => manifest !== null)
