// threatexchange's PDQIndex behind a Kafka consumer in Python, on the same reports, values and rules.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { packed } from '../../src/hash/hash-value.ts'
import { knownSetFile } from '../search/value-files.ts'
import { deploy } from './deployment.ts'
import { checkHits } from './hits.ts'
import type { JobOf, Peer } from './jobs.ts'
import { knownMd5 } from './known-values.ts'
import { measurePace } from './pace.ts'
import { residentMiB } from './process-figures.ts'
import type { Site } from './site.ts'

const SCRIPT = fileURLToPath(new URL('../peers/consumer.py', import.meta.url))
/** Its rate is steady from the first commits on. */
const RUN_UP = 200
const MD5_WORDS = 4

/** What consumer.py says once its index is built. */
type Built = Pick<Peer, 'buildSeconds' | 'versions'>

export async function measurePeer(site: Site, { known, seconds }: JobOf<'peer'>): Promise<Peer> {
  if (site.python === undefined) throw new Error('The peers are not installed.')
  await using deployment = await deploy(site, { known, orientations: 1 })
  const { settings, log } = deployment
  const task = {
    brokers: site.brokers,
    group: settings.match.group,
    reports: settings.topics.reports,
    hits: settings.topics.hits,
    pdq: fileURLToPath(knownSetFile('uniform', known)),
    md5: md5File(site.folder, known),
  }
  const child = spawn(site.python, [SCRIPT, JSON.stringify(task)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  try {
    const lines = createInterface({ input: child.stdout })
    const [line] = await Promise.race([
      once(lines, 'line'),
      exited.then(([code]) => Promise.reject(new Error(`consumer.py ended with code ${code}.`))),
    ])
    // consumer.py prints nothing else.
    const built = JSON.parse(String(line)) as Built
    const pid = child.pid ?? 0
    const pace = await measurePace({
      log,
      group: task.group,
      topic: task.reports,
      reports: site.reports.count,
      seconds,
      pids: { consumer: [pid], broker: [site.brokerPid] },
      runUp: RUN_UP,
    })
    const memory = residentMiB(pid)
    // The end of its input ends it in order.
    child.stdin.end()
    const [code] = await exited
    if (code !== 0) throw new Error(`consumer.py ended with code ${code}.`)
    return { ...pace, ...built, residentMiB: memory, hits: await checkHits(log, settings) }
  } finally {
    child.kill()
  }
}

function md5File(folder: string, known: number): string {
  const file = join(folder, `md5-${known}.u32`)
  if (existsSync(file)) return file
  const values = [...knownMd5(known)]
  const words = new Uint32Array(values.length * MD5_WORDS)
  for (const [n, value] of values.entries()) words.set(packed(value), n * MD5_WORDS)
  writeFileSync(`${file}.partial`, words)
  renameSync(`${file}.partial`, file)
  return file
}
