// Fuzzes one format for a time: `node test/lists/fuzz/run.ts --format vics --seconds 60 [--seed 1] [--text 4711]`.
// A thread reads the texts; this one watches that it goes on and how much memory the process takes.
import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { FUZZED } from './formats.ts'
import { fuzzOnce, textOf, type FuzzCounts } from './fuzz.ts'

/** A text takes milliseconds. */
const HANG_MS = 20_000
const MEMORY_BYTES = 400 * 2 ** 20

interface Task {
  readonly format: string
  readonly seed: number
  readonly seconds: number
  /** [texts read]: the number of the text that is read now. */
  readonly progress: Int32Array
}

async function read({ format, seed, seconds, progress }: Task): Promise<void> {
  const end = performance.now() + seconds * 1_000
  const counts: FuzzCounts = { accepted: 0, damaged: 0, items: 0 }
  for (let number = 0; performance.now() < end; number++) {
    await fuzzOnce(FUZZED[format], seed, number, counts)
    Atomics.store(progress, 0, number + 1)
  }
  console.log(JSON.stringify({ format, seed, texts: progress[0], ...counts }))
}

function watch(task: Task): void {
  let texts = -1
  let since = performance.now()
  let peakBytes = 0
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: task })
  const stop = (why: string): void => {
    console.error(`seed ${task.seed}, text ${task.progress[0]}: ${why}`)
    process.exit(1)
  }
  const watching = setInterval(() => {
    const now = Atomics.load(task.progress, 0)
    if (now !== texts) [texts, since] = [now, performance.now()]
    else if (performance.now() - since > HANG_MS) stop('it hangs')
    peakBytes = Math.max(peakBytes, process.memoryUsage.rss())
    if (peakBytes > MEMORY_BYTES) stop(`it takes over ${MEMORY_BYTES} bytes of memory`)
  }, 100)
  worker.on('error', (error) => {
    console.error(error)
    process.exit(1)
  })
  worker.on('exit', () => {
    clearInterval(watching)
    console.log(`peak memory ${Math.round(peakBytes / 2 ** 20)} MiB`)
  })
}

if (isMainThread) {
  const { values } = parseArgs({
    options: {
      format: { type: 'string', default: 'vics' },
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string', default: '1' },
      text: { type: 'string' },
    },
  })
  const { format, text } = values
  if (!Object.hasOwn(FUZZED, format))
    throw new TypeError(`--format is one of ${Object.keys(FUZZED).join(', ')}`)
  const seed = Number(values.seed)
  if (text === undefined) {
    const progress = new Int32Array(new SharedArrayBuffer(4))
    watch({ format, seed, seconds: Number(values.seconds), progress })
  } else process.stdout.write(textOf(FUZZED[format], seed, Number(text)))
} else {
  // The main thread has made it.
  await read(workerData as Task)
}
