// Starts a program of the benchmark as a child process and talks to it.
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A script of this folder in a process of its own, which ends with us. */
export interface Child extends AsyncDisposable {
  readonly pid: number
  readonly process: ChildProcess
  /** Sends a message and resolves with the next one that comes back; the script that answers decides its type. */
  ask(message: object): Promise<unknown>
  /** The next message that comes. */
  answer(): Promise<unknown>
}

export function startChild(script: string, ...args: readonly string[]): Child {
  const file = fileURLToPath(new URL(script, import.meta.url))
  const child = fork(file, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const ended = once(child, 'exit')
  const answer = async (): Promise<unknown> => {
    const [message] = await Promise.race([
      once(child, 'message'),
      ended.then(([code]) => Promise.reject(new Error(`${script} ended with code ${code}.`))),
    ])
    return message
  }
  return {
    pid: child.pid ?? 0,
    process: child,
    answer,
    ask: (message) => {
      child.send(message)
      return answer()
    },
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await ended
    },
  }
}
