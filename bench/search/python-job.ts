// Runs one job of a peer that is asked in Python.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import {
  COMPARED_QUERIES,
  LEAST_QUERIES,
  LONGEST_BATCH_SECONDS,
  type Asking,
  type JobResult,
  type PythonJob,
  type Row,
} from './jobs.ts'
import { knownSetFile, queryFiles } from './value-files.ts'

const SCRIPT = fileURLToPath(new URL('../peers/search.py', import.meta.url))

/** A line that search.py prints. */
type Line =
  | {
      readonly row: Pick<
        Row,
        'micros' | 'meanMicros' | 'leastMicros' | 'queries' | 'planted' | 'found' | 'matches'
      >
      readonly asking: Asking
    }
  | Omit<JobResult, 'rows'>

export async function measurePythonJob(
  job: PythonJob,
  python: string,
  onRow: (row: Row) => void,
): Promise<JobResult> {
  const { engine, set, known } = job
  // All that Python is asked has one radius.
  const queries = queryFiles(set, known, job.askings[0].radius, 1)
  const task = {
    engine,
    values: fileURLToPath(knownSetFile(set, known)),
    queries: fileURLToPath(queries.words),
    planted: fileURLToPath(queries.ids),
    askings: job.askings,
    rules: {
      seconds: job.seconds,
      leastQueries: LEAST_QUERIES,
      comparedQueries: COMPARED_QUERIES,
      longestBatchSeconds: LONGEST_BATCH_SECONDS,
    },
  }
  const child = spawn(python, [SCRIPT, JSON.stringify(task)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const rows: Row[] = []
  let rest: Omit<JobResult, 'rows'> | undefined
  for await (const text of createInterface({ input: child.stdout })) {
    // search.py prints nothing else.
    const line = JSON.parse(text) as Line
    if ('row' in line) {
      const row = { engine, set, known, ...line.asking, ...line.row }
      rows.push(row)
      onRow(row)
    } else rest = line
  }
  const code = await ended
  if (code !== 0 || !rest)
    throw new Error(`${job.name}: Python ended with code ${code}; its words stand above.`)
  return { ...rest, rows }
}
