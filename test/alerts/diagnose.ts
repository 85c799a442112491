// What an operator sees who follows the runbooks while a fault is live: their queries, /readyz of each process, and the log.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FAULTS, type FaultName } from './faults.ts'
import type { Product } from './product.ts'
import type { Prometheus } from './prometheus.ts'

/** Prints it. A query without a value is what to look for. */
export async function diagnose(name: FaultName, product: Product, prometheus: Prometheus): Promise<void> {
  for (const alert of new Set(Object.values(FAULTS[name].firing).flat())) {
    const runbook = new URL(`../../deploy/runbooks/Hashwarden${alert}.md`, import.meta.url)
    for (const [, query] of readFileSync(runbook, 'utf8').matchAll(/^```promql\n(.*?)\n```/gms)) {
      // The ranges of a runbook are those of hours; here a minute has passed.
      const values = await prometheus.values(query.replaceAll(/\[(?:\d+[mhd])\]/g, '[1m]'))
      console.log(`${alert}: ${query}\n  ${values.length > 0 ? values.join(' ') : 'NO VALUE'}`)
    }
  }
  for (const host of Object.values(product.targets).flat()) {
    const text = await fetch(`http://${host}/readyz`, { signal: AbortSignal.timeout(2_000) })
      .then((response) => response.text())
      .catch((error: unknown) => String(error))
    console.log(`/readyz: ${text.slice(0, 600)}`)
  }
  for (const file of [
    'matcher-0/match.log',
    'matcher-1/match.log',
    'review/review.log',
    'sync/hashset.log',
    'serve/hashset.log',
    'gateway/gateway.log',
  ]) {
    const lines = readLog(join(product.folder, file)).matchAll(/"level":([456]0).*?"msg":"(.*?)"/g)
    const told = new Set([...lines].map(([, level, message]) => `${level}: ${message}`))
    console.log(`${file}:\n  ${[...told].join('\n  ')}`)
  }
}

function readLog(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
