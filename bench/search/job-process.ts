// One job in a process of its own: node bench/search/job-process.ts JOB (as JSON). Sends its rows and its result to the
// parent. So each engine has the memory to itself and gives all of it back.
import type { JobResult, NodeJob, Row } from './jobs.ts'
import { measureJob } from './measure.ts'

/** What it sends. */
export type JobMessage = { readonly row: Row } | { readonly result: JobResult }

if (import.meta.main) {
  const send = (message: JobMessage): void => {
    process.send?.(message)
  }
  // node-job.ts writes it.
  const job = JSON.parse(process.argv[2]) as NodeJob
  send({ result: measureJob(job, (row) => send({ row })) })
}
