// What the chart of deploy/helm makes, as Helm rendered it: read from the committed files, without Helm.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject'
import { Compile } from 'typebox/compile'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { loadSettings } from '../../../src/settings/load-settings.ts'
import type { Settings } from '../../../src/settings/settings.ts'
import { Sources } from '../../../src/settings/source-settings.ts'
import { COMMAND_NAMES } from '../../../src/cli/commands.ts'
import {
  CHART,
  INSTALLATIONS,
  manifestsOf,
  renderedFile,
  stamp,
  valuesFile,
  type Installation,
  type Manifest,
} from './rendered.ts'

const textOf = (installation: Installation): string => readFileSync(renderedFile(installation), 'utf8')
const manifests = (installation: Installation): readonly Manifest[] => manifestsOf(textOf(installation))
const ofKind = (installation: Installation, ...kinds: readonly string[]): readonly Manifest[] =>
  manifests(installation).filter(({ kind }) => kinds.includes(kind))

/** Those that run pods. */
const workloads = INSTALLATIONS.flatMap((installation) =>
  ofKind(installation, 'Deployment', 'Job').map(
    ({ kind, metadata, spec }) => [`${installation} ${kind} ${metadata.name}`, installation, spec] as const,
  ),
)

function settingsOf(installation: Installation, configMap: string): Settings {
  const text = manifests(installation).find(
    ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === configMap,
  )?.data?.['hashwarden.yaml']
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-chart-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'hashwarden.yaml'), text ?? '')
  return loadSettings(join(folder, 'hashwarden.yaml'), {})
}

test.each(INSTALLATIONS)(
  'the rendered files are of the chart as it is (%s): `npm run test:chart -- --write`',
  (name) => {
    expect(textOf(name).split('\n')[0]).toBe(stamp(name))
  },
)

test('the chart has the version of the program', () => {
  const { version, appVersion } = parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8'))
  const program = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'))
  expect([version, appVersion]).toEqual([program.version, program.version])
})

describe('the schema of the values', () => {
  const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8'))

  test('accepts the defaults and those of the tests', () => {
    const defaults = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8'))
    const validator = Compile(schema)
    expect(validator.Errors(defaults)).toEqual([])
    for (const name of INSTALLATIONS) {
      const own = parse(readFileSync(valuesFile(name), 'utf8'))
      const values = { ...defaults, ...own, image: { ...defaults.image, ...own.image } }
      expect(validator.Errors(values)).toEqual([])
    }
  })

  test('refuses every field that it does not name, but in what Kubernetes or hashwarden check themselves', () => {
    const open: string[] = []
    const walk = (node: unknown, path: string): void => {
      if (node === null || typeof node !== 'object') return
      const { type, additionalProperties } = node as { type?: unknown; additionalProperties?: unknown }
      if (type === 'object' && additionalProperties === undefined) open.push(path)
      for (const [name, below] of Object.entries(node)) walk(below, `${path}/${name}`)
    }
    walk(schema, '')
    expect(open.filter((path) => !path.startsWith('/definitions/settings'))).toEqual([
      '/properties/sync/properties/sources/items',
      '/properties/networkPolicy/properties/metricsFrom/items',
      '/properties/networkPolicy/properties/reviewFrom/items',
      '/properties/networkPolicy/properties/serveFrom/items',
      '/properties/networkPolicy/properties/gatewayFrom/items',
      '/properties/global',
      '/definitions/tolerations/items',
      '/definitions/peers/properties/to/items',
    ])
  })
})

describe.each(workloads)('%s', (_, installation, { template }) => {
  const pod = template?.spec
  const [container] = pod?.containers ?? []

  test('runs as a user without rights, on a root that it cannot write, with bounded memory', () => {
    expect(pod?.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 65_532,
      seccompProfile: { type: 'RuntimeDefault' },
    })
    expect(pod?.['automountServiceAccountToken']).toBe(false)
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
    expect(container.resources).toMatchObject({
      requests: { cpu: expect.any(String), memory: expect.any(String) },
      limits: { memory: expect.any(String) },
    })
  })

  test('runs a command of hashwarden on valid settings', () => {
    const [command, ...words] = container.args
    expect(COMMAND_NAMES).toContain(command)
    expect(words).toContain('--config=/etc/hashwarden/hashwarden.yaml')
    const volume = pod?.volumes.find(({ name }) => name === 'settings')
    const configMap = volume?.['configMap'] as { readonly name: string } | undefined
    expect(settingsOf(installation, configMap?.name ?? '').telemetry).toMatchObject({
      host: '0.0.0.0',
      port: 9464,
    })
  })

  test('has its secrets as files that its group alone may read, at the places that its environment names', () => {
    const volume = pod?.volumes.find(({ name }) => name === 'secrets')
    const mount = container.volumeMounts.find(({ name }) => name === 'secrets')
    for (const { name, value } of container.env ?? []) {
      if (name === 'NODE_OPTIONS') continue
      if (name === 'TMPDIR') {
        expect(container.volumeMounts.map(({ mountPath }) => mountPath)).toContain(value)
        continue
      }
      expect(name).toMatch(/^DATABASE_(OWNER_)?URL_FILE$/)
      expect(value.startsWith(`${mount?.mountPath}/`)).toBe(true)
    }
    if (volume) expect(volume['secret']).toMatchObject({ defaultMode: 0o440 })
  })
})

test('every service is alive by /healthz, and starts and serves by /readyz', () => {
  for (const { spec } of INSTALLATIONS.flatMap((name) => ofKind(name, 'Deployment'))) {
    const [container] = spec.template?.spec.containers ?? []
    const path = (probe: string): unknown => (container[probe] as { httpGet: { path: string } }).httpGet.path
    expect(['startupProbe', 'readinessProbe', 'livenessProbe'].map(path)).toEqual([
      '/readyz',
      '/readyz',
      '/healthz',
    ])
  }
})

test('what selects pods selects those of one role: budgets, policies, services', () => {
  for (const name of INSTALLATIONS) {
    const pods = ofKind(name, 'Deployment', 'Job').map(({ spec }) => spec.template?.metadata.labels ?? {})
    const selectors = ofKind(name, 'PodDisruptionBudget', 'NetworkPolicy', 'Service', 'Deployment').map(
      ({ spec }) =>
        spec.selector?.matchLabels ??
        (spec['podSelector'] as Manifest['spec']['selector'])?.matchLabels ??
        // That of a service has no matchLabels.
        (spec.selector as unknown as Readonly<Record<string, string>>),
    )
    for (const selector of selectors) {
      const selected = pods.filter((labels) =>
        Object.entries(selector).every(([key, value]) => labels[key] === value),
      )
      expect(selected).toHaveLength(1)
    }
  }
})

test('a drained machine takes one pod of a role at a time, and pods that are not ready do not block it', () => {
  const budgets = ofKind('plain', 'PodDisruptionBudget')
  expect(budgets).toHaveLength(2)
  for (const { spec } of budgets)
    expect(spec).toMatchObject({ maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' })
})

test('the review service never holds the address of the owner of its tables', () => {
  const review = ofKind('plain', 'Deployment').find(({ metadata }) => metadata.name === 'hashwarden-review')
  expect(JSON.stringify(review)).not.toMatch(/owner/i)
})

const specOf = (kind: string, role: string): Manifest['spec'] | undefined =>
  ofKind('lists', kind).find(({ metadata }) => metadata.name === `hashwarden-${role}`)?.spec
const egress = (role: string): unknown => specOf('NetworkPolicy', role)?.['egress']

describe('lists', () => {
  test('are off unless they are asked for', () => {
    expect(textOf('plain')).not.toMatch(/-(sync|serve)\b/)
  })

  test('have one daemon that keeps them up to date, which ends before the next begins', () => {
    expect(specOf('Deployment', 'sync')).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } })
  })

  test('have sources that hashwarden takes', () => {
    const data = manifests('lists').find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'hashwarden-sync',
    )?.data
    const sources: unknown = parse(data?.['sources.yaml'] ?? '')
    expect(Compile(Sources).Errors(sources)).toEqual([])
  })

  test('let the daemon alone out, to the servers of the sources, and the sharing endpoint nowhere but to Kafka', () => {
    const source = [{ ipBlock: { cidr: '192.0.2.0/24' } }]
    expect(egress('sync')).toContainEqual({ ports: [{ port: 443, protocol: 'TCP' }], to: source })
    for (const role of ['matcher', 'serve']) expect(JSON.stringify(egress(role)), role).not.toContain('443')
  })

  test('are shared over TLS, with clients', () => {
    expect(settingsOf('lists', 'hashwarden-serve').sharing).toMatchObject({
      host: '0.0.0.0',
      port: 9466,
      tls: { key: '/run/secrets/hashwarden/key.pem' },
      clients: [{ name: 'state-police' }],
    })
  })
})

const ofGateway = (kind: string): Manifest['spec'] | undefined =>
  ofKind('gateway', kind).find(({ metadata }) => metadata.name === 'hashwarden-gateway')?.spec

describe('the gateway', () => {
  test('is off unless it is asked for', () => {
    expect(textOf('plain')).not.toMatch(/-gateway\b/)
  })

  test('takes reports over TLS, from those with a credential, at port 443 of its service', () => {
    expect(settingsOf('gateway', 'hashwarden-gateway').gateway).toMatchObject({
      host: '0.0.0.0',
      port: 9467,
      tls: { key: '/run/secrets/hashwarden/key.pem' },
    })
    expect(ofGateway('Service')?.['ports']).toEqual([{ name: 'gateway', port: 443, targetPort: 'gateway' }])
    const [container] = ofGateway('Deployment')?.template?.spec.containers ?? []
    expect(container['ports']).toContainEqual({ name: 'gateway', containerPort: 9467 })
  })

  test('is drained pod by pod, and reaches Kafka and those whose tokens it trusts, nothing else', () => {
    expect(ofGateway('PodDisruptionBudget')).toMatchObject({ maxUnavailable: 1 })
    expect(ofGateway('NetworkPolicy')?.['egress']).toEqual([
      { ports: ['UDP', 'TCP'].map((protocol) => ({ port: 53, protocol })) },
      { ports: [9092, 9093, 9094].map((port) => ({ port, protocol: 'TCP' })) },
      { ports: [{ port: 443, protocol: 'TCP' }], to: [{ ipBlock: { cidr: '192.0.2.0/24' } }] },
    ])
  })
})

const weight = ({ metadata }: Manifest): number => Number(metadata.annotations?.['helm.sh/hook-weight'])

test('jobs come before pods, and what a job needs comes before the job', () => {
  for (const name of INSTALLATIONS)
    for (const job of ofKind(name, 'Job')) {
      const needed = manifests(name).filter(
        ({ kind, metadata }) => kind !== 'Job' && metadata.name === job.metadata.name,
      )
      expect(needed.map(({ kind }) => kind).sort()).toEqual(['ConfigMap', 'NetworkPolicy'])
      for (const each of [job, ...needed])
        expect(each.metadata.annotations?.['helm.sh/hook']).toBe('pre-install,pre-upgrade')
      for (const each of needed) expect(weight(each)).toBeLessThan(weight(job))
    }
})

const matcher = (): Settings => settingsOf('matchers', 'hashwarden-matcher')

describe('the ScaledObject', () => {
  const [scaled] = ofKind('matchers', 'ScaledObject')

  test('is one that KEDA takes, and every field of it is one that KEDA knows', () => {
    const { apiVersion, kind, metadata, spec } = scaled
    // What was read from YAML is what validate() checks.
    new ScaledObject({ apiVersion, kind, metadata, spec } as never).validate()
    expect(Object.keys(spec).sort()).toEqual([
      'advanced',
      'fallback',
      'maxReplicaCount',
      'minReplicaCount',
      'pollingInterval',
      'scaleTargetRef',
      'triggers',
    ])
    const [{ metadata: trigger }] = spec['triggers'] as readonly { readonly metadata: object }[]
    expect(Object.keys(trigger).sort()).toEqual([
      'bootstrapServers',
      'consumerGroup',
      'lagThreshold',
      'offsetResetPolicy',
      'sasl',
      'tls',
    ])
  })

  test('asks for no more pods than the partitions feed, and takes them away one by one', () => {
    const { provision, match } = matcher()
    expect(scaled.spec['maxReplicaCount']).toBe(Math.floor(provision.partitions / match.threads))
    expect(scaled.spec).toMatchObject({
      minReplicaCount: 3,
      advanced: {
        horizontalPodAutoscalerConfig: {
          behavior: {
            scaleDown: {
              stabilizationWindowSeconds: 600,
              policies: [{ type: 'Pods', value: 1, periodSeconds: 600 }],
            },
          },
        },
      },
    })
    // KEDA alone says how many there are.
    const deployment = ofKind('matchers', 'Deployment')[0]
    expect(deployment.spec.replicas).toBeUndefined()
  })

  test('reads the lag of the group that the matchers are in, and of all platforms’ topics', () => {
    const { match, kafka } = matcher()
    const [{ metadata }] = scaled.spec['triggers'] as readonly {
      readonly metadata: Readonly<Record<string, string>>
    }[]
    expect(metadata).toMatchObject({ consumerGroup: match.group, bootstrapServers: kafka.brokers.join(',') })
    expect(metadata['topic']).toBeUndefined()
  })
})
