import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { JobMessage } from './job-process.ts'
import type { JobResult, NodeJob, Row } from './jobs.ts'

const SCRIPT = fileURLToPath(new URL('job-process.ts', import.meta.url))

/** Runs a job of an engine in JavaScript or WebAssembly, in a process of its own. */
export async function measureNodeJob(job: NodeJob, onRow: (row: Row) => void): Promise<JobResult> {
  let result: JobResult | undefined
  const child = fork(SCRIPT, [JSON.stringify(job)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  child.on('message', (message) => {
    // job-process.ts sends nothing else.
    const sent = message as JobMessage
    if ('row' in sent) onRow(sent.row)
    else result = sent.result
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (!result) throw new Error(`${job.name}: its process ended with code ${code}; its words stand above.`)
  return result
}
