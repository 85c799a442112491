import { Worker } from 'node:worker_threads'
import { createBirpc } from 'birpc'
import { ticketPorts } from '../../known/set-reader.ts'
import type { SetCalls, StartThread, ThreadCalls } from './thread-calls.ts'

const ENTRY = new URL('match-thread.ts', import.meta.url)

/** Starts a matcher thread as a thread of this process. */
export const workerThread: StartThread = (order, answers) => {
  const worker = new Worker(ENTRY, { workerData: order, transferList: ticketPorts(order.set) })
  const calls = createBirpc<ThreadCalls, SetCalls>(answers, {
    post: (message: unknown) => worker.postMessage(message),
    on: (receive) => worker.on('message', receive),
    timeout: 2 ** 31 - 1,
  })
  const ended = new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    let failure: NodeJS.ErrnoException | undefined
    worker.once('error', (error) => {
      failure = error instanceof Error ? error : new Error(String(error))
    })
    worker.once('exit', () => {
      calls.$close()
      resolve(failure)
    })
  })
  return {
    metrics: () => calls.metrics(),
    beCautious: (caution) => void calls.beCautious.asEvent(caution),
    stop: () => calls.stop(),
    ended,
  }
}
