// What each thread of the process takes: its heap, its garbage collection, and how busy and how late its event loop is.
import { constants, PerformanceObserver } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** The event loop's delay is sampled this often. */
const SAMPLE_MS = 100
/** Seconds. A heartbeat to Kafka that is 10 s late costs a member its partitions. */
const DELAY_BUCKETS = [0.005, 0.025, 0.1, 0.25, 1, 2.5, 10]

const GC_KINDS: ReadonlyMap<unknown, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MINOR_MARK_SWEEP, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
])

/** Registers the metrics of the thread that calls this, under its name: `main`, or the number of a matcher thread. */
export function measureThread(registry: Registry, thread: string): void {
  const registers = [registry]
  measureHeap(registers, thread)
  measureGarbageCollection(registers, thread)
  measureEventLoop(registers, thread)
}

function measureHeap(registers: Registry[], thread: string): void {
  const gauge = (name: string, help: string, bytes: () => number): Gauge =>
    new Gauge({
      name,
      help,
      labelNames: ['thread'],
      registers,
      collect() {
        this.set({ thread }, bytes())
      },
    })
  gauge(
    'hashwarden_thread_heap_used_bytes',
    "JavaScript heap of a thread in use. The known set's shared memory is not in it",
    () => getHeapStatistics().used_heap_size,
  )
  gauge(
    'hashwarden_thread_heap_limit_bytes',
    'JavaScript heap that ends a thread when it is reached',
    () => getHeapStatistics().heap_size_limit,
  )
  gauge(
    'hashwarden_thread_external_bytes',
    'Memory outside of the JavaScript heap that objects of a thread keep, buffers above all',
    () => getHeapStatistics().external_memory,
  )
}

function measureGarbageCollection(registers: Registry[], thread: string): void {
  const seconds = new Counter({
    name: 'hashwarden_thread_gc_seconds_total',
    help: 'Time that garbage collection stopped a thread, by kind (minor, major, incremental, weakcb)',
    labelNames: ['thread', 'kind'],
    registers,
  })
  for (const kind of GC_KINDS.values()) seconds.inc({ thread, kind }, 0)
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const kind = gcKind(entry)
      if (kind !== undefined) seconds.inc({ thread, kind }, entry.duration / 1000)
    }
  })
  observer.observe({ entryTypes: ['gc'] })
}

/** Node's types leave out the detail of an entry. */
function gcKind(entry: object): string | undefined {
  const detail: unknown = 'detail' in entry ? entry.detail : undefined
  return detail instanceof Object && 'kind' in detail ? GC_KINDS.get(detail.kind) : undefined
}

function measureEventLoop(registers: Registry[], thread: string): void {
  const busy = new Counter({
    name: 'hashwarden_thread_busy_seconds_total',
    help: 'Time that the event loop of a thread spent on work instead of waiting; its rate is the utilisation, at most 1',
    labelNames: ['thread'],
    registers,
    collect: () => {
      busy.reset()
      busy.inc({ thread }, performance.eventLoopUtilization().active / 1000)
    },
  })
  const delay = new Histogram({
    name: 'hashwarden_thread_event_loop_delay_seconds',
    help: 'How late a timer of a thread fires, sampled every 100 ms: how long one piece of work keeps others waiting',
    labelNames: ['thread'],
    buckets: DELAY_BUCKETS,
    registers,
  })
  delay.zero({ thread })
  let lastMs = performance.now()
  setInterval(() => {
    const nowMs = performance.now()
    delay.observe({ thread }, Math.max(0, nowMs - lastMs - SAMPLE_MS) / 1000)
    lastMs = nowMs
  }, SAMPLE_MS).unref()
}
