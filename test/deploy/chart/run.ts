// `npm run test:chart`: lints the chart of deploy/helm, renders it, and checks what came out against the schemas of
// Kubernetes. It needs Helm and kubernetes-validate, which npm does not have:
//   go install helm.sh/helm/v3/cmd/helm@v3.22.0
//   pip install kubernetes-validate
// The rendered files are committed; `npm test` checks what is in them. With --write they are written again.
import { deepEqual, equal, match, notEqual } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parse } from 'yaml'
import { runbookUrl } from '../../../src/telemetry/panels/runbooks.ts'
import {
  CHART,
  INSTALLATIONS,
  manifestsOf,
  renderedFile,
  stamp,
  valuesFile,
  type Installation,
} from './rendered.ts'

const KUBERNETES = '1.37.0'
const isWriting = process.argv.includes('--write')
const folder = mkdtempSync(join(tmpdir(), 'hashwarden-chart-'))

interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

function program(name: string, words: readonly string[]): Ended {
  const { status, stdout, stderr, error } = spawnSync(name, words, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (error)
    throw new Error(`${name} can't be started: the head of this file says how to install it`, {
      cause: error,
    })
  return { status, stdout, stderr }
}

const helm = (command: readonly string[], values: Installation, settings: readonly string[] = []): Ended =>
  program('helm', [
    ...command,
    '--kube-version',
    KUBERNETES,
    '--values',
    valuesFile(values),
    ...settings.flatMap((setting) => ['--set', setting]),
  ])

const template = (values: Installation, settings: readonly string[] = []): Ended =>
  helm(['template', 'hashwarden', CHART, '--namespace', 'hashwarden'], values, settings)

/** Against the schemas of Kubernetes, unknown fields too. Of other kinds it has none. */
function validate(text: string): Ended {
  const file = join(folder, 'manifests.yaml')
  writeFileSync(file, text)
  return program('kubernetes-validate', ['--strict', '-k', KUBERNETES, file])
}

function checkInstallation(installation: Installation): void {
  const linted = helm(['lint', '--strict', CHART], installation)
  equal(linted.status, 0, linted.stdout)
  const { status, stdout, stderr } = template(installation)
  equal(status, 0, stderr)
  const valid = validate(stdout)
  equal(valid.status, 0, valid.stdout + valid.stderr)
  const text = `${stamp(installation)}\n${stdout}`
  if (isWriting) {
    mkdirSync(dirname(renderedFile(installation)), { recursive: true })
    writeFileSync(renderedFile(installation), text)
  }
  equal(readFileSync(renderedFile(installation), 'utf8'), text, 'rendered/ is old: run it with --write')
}

/** The alerts in the cluster are those of the file, with the address at which browsers find the runbooks. */
function checkAlerts(runbooks: string, settings: readonly string[] = []): void {
  const all = ['monitoring.prometheusRule.enabled=true', ...settings]
  const rule = manifestsOf(template('plain', all).stdout).find(({ kind }) => kind === 'PrometheusRule')
  const file = new URL('../../../deploy/prometheus/hashwarden.rules.yaml', import.meta.url)
  const rules = readFileSync(file, 'utf8').replaceAll(runbookUrl(''), runbooks)
  deepEqual(rule?.spec['groups'], parse(rules).groups)
}

const REFUSED: readonly (readonly [Installation, string, RegExp])[] = [
  ['plain', 'matcher.thread=4', /thread.*not allowed/i],
  ['plain', 'settings.match.threads=4', /threads/],
  ['plain', 'matcher.replicas=7', /24 partitions feed 6 matchers of 4 threads, fewer than the 7 asked for/],
  ['plain', 'matcher.snapshot.enabled=true', /never lies on a disk unencrypted/],
  ['plain', 'settings.review.signIn=null', /settings.review.signIn is missing/],
  ['plain', 'settings.review.audit.keyFile=null', /settings.review.audit.keyFile is missing/],
  ['plain', 'image.digest=sha256:12', /digest/],
  ['plain', 'sync.enabled=true', /sync.sources is empty/],
  ['lists', 'sync.replicas=2', /replicas.*not allowed/i],
  ['lists', 'sync.sources[0]=ncmec', /sources/],
  ['lists', 'serve.settings.sharing.tls=null', /known hashes leave over TLS alone/],
  ['lists', 'serve.settings.sharing.clients=null', /without clients every request is refused/],
  ['lists', 'serve.settings.sharing.host=0.0.0.0', /host/],
  ['gateway', 'gateway.settings.gateway.tls=null', /keys and reports cross the network over TLS alone/],
  ['gateway', 'gateway.settings.gateway.port=9000', /port/],
]

try {
  for (const installation of INSTALLATIONS) checkInstallation(installation)
  checkAlerts('https://review.example.org/runbooks/')
  checkAlerts('https://runbooks.example.org/', ['monitoring.runbooks=https://runbooks.example.org/'])
  for (const [installation, setting, message] of REFUSED) {
    const { status, stderr } = template(installation, [setting])
    notEqual(status, 0, `${setting} is not refused`)
    match(stderr, message)
  }
  const misspelt = readFileSync(renderedFile('plain'), 'utf8').replace('minReadySeconds', 'minReadySecond')
  equal(validate(misspelt).status, 1, 'a misspelt field must be found, or the check proves nothing')
  process.stdout.write(
    `The chart is well: ${INSTALLATIONS.join(', ')}; ${REFUSED.length} wrong values are refused.\n`,
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
