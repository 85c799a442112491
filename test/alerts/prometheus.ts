// A real Prometheus with our rules, for tests.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { stringify } from 'yaml'
import { freePort } from '../../src/cli/local/broker-address.ts'
import type { Targets } from './product.ts'

const RULES = new URL('../../deploy/prometheus/hashwarden.rules.yaml', import.meta.url)
const STARTED_WITHIN_MS = 60_000

export interface Prometheus extends AsyncDisposable {
  /** What a query gives now. @throws Error if Prometheus refuses it. */
  values(expr: string): Promise<readonly number[]>
  /** Rules whose last evaluation failed, with why, and those that were not evaluated yet. */
  failedRules(): Promise<readonly string[]>
  /** Alerts that fire now. */
  firing(): Promise<readonly string[]>
  /** From now on alerts fire at once, without their `for`. */
  hurry(): Promise<void>
}

/** What Prometheus's API answers, of what we ask. */
interface Answer {
  readonly status: string
  readonly error?: string
  readonly data: {
    readonly result?: readonly { readonly value: readonly [number, string] }[]
    readonly alerts?: readonly { readonly state: string; readonly labels: { readonly alertname: string } }[]
    readonly groups?: readonly {
      readonly rules: readonly {
        readonly name: string
        readonly health: string
        readonly lastError?: string
      }[]
    }[]
  }
}

/** Starts one that scrapes these targets every second. Its files go to `folder`. */
export async function startPrometheus(folder: string, targets: Targets): Promise<Prometheus> {
  const rules = join(folder, 'rules.yaml')
  // In a short run each rule has to have its turn.
  const quick = readFileSync(RULES, 'utf8').replaceAll('interval: 1m', 'interval: 5s')
  writeFileSync(rules, quick)
  const config = join(folder, 'prometheus.yaml')
  const jobs = Object.entries(targets).map(([job_name, hosts]) => ({
    job_name,
    static_configs: [{ targets: hosts }],
  }))
  writeFileSync(
    config,
    stringify({
      global: { scrape_interval: '1s', evaluation_interval: '5s' },
      rule_files: [rules],
      scrape_configs: jobs,
    }),
  )
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const child = spawn(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'prometheus')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
      '--web.enable-lifecycle',
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  )
  const exit = once(child, 'exit')
  const ask = async (path: string): Promise<Answer['data']> => {
    const response = await fetch(`${url}/api/v1/${path}`)
    const text = await response.text()
    if (!response.ok) throw new Error(`Prometheus refuses ${decodeURIComponent(path)}: ${text}`)
    // The fields that are read, as Prometheus documents them.
    return (JSON.parse(text) as Answer).data
  }
  await untilReady(url, child)
  return {
    values: async (expr) => {
      const { result = [] } = await ask(`query?query=${encodeURIComponent(expr)}`)
      return result.map(({ value }) => Number(value[1]))
    },
    failedRules: async () => {
      const { groups = [] } = await ask('rules')
      return groups
        .flatMap((group) => group.rules)
        .filter(({ health }) => health !== 'ok')
        .map(({ name, health, lastError = '' }) => `${name} (${health}) ${lastError}`)
    },
    firing: async () => {
      const { alerts = [] } = await ask('alerts')
      return alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels.alertname)
    },
    hurry: async () => {
      writeFileSync(rules, quick.replaceAll(/^ +for: .*\n/gm, ''))
      const { ok } = await fetch(`${url}/-/reload`, { method: 'POST' })
      if (!ok) throw new Error('Prometheus refuses the rules.')
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM')
      await exit
    },
  }
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  const startedMs = Date.now()
  while (child.exitCode === null && Date.now() - startedMs < STARTED_WITHIN_MS) {
    const isReady = await fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isReady) return
    await sleep(100)
  }
  child.kill('SIGKILL')
  throw new Error('Prometheus did not start: its own lines above say why.')
}
