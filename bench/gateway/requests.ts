// Sends bodies to a server, as many at a time as are asked for, or so many in a second.
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bodies } from './bodies.ts'

export interface Target {
  readonly url: string
  readonly key: string
}

/** Resolves when it is answered with 202. */
function send({ url, key }: Target, agent: Agent, body: Buffer): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const asked = request(`${url}/v1/reports`, {
    method: 'POST',
    agent,
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'content-length': body.length,
    },
  })
  asked.on('error', reject)
  asked.on('response', (answer) => {
    answer.resume().on('end', () => {
      if (answer.statusCode === 202) resolve()
      else reject(new Error(`A request was answered with ${answer.statusCode}.`))
    })
  })
  asked.end(body)
  return promise
}

/** Requests a second with `atOnce` of them under way at any time, for `seconds`. */
export async function saturate(
  target: Target,
  bodies: Bodies,
  atOnce: number,
  seconds: number,
): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce })
  const beganMs = performance.now()
  const endMs = beganMs + seconds * 1_000
  let done = 0
  const one = async (): Promise<void> => {
    while (performance.now() < endMs) {
      await send(target, agent, bodies.next())
      done++
    }
  }
  await Promise.all(Array.from({ length: atOnce }, one))
  agent.destroy()
  return done / ((performance.now() - beganMs) / 1_000)
}

/** Milliseconds from when each request was due until it was answered, of a fixed rate of requests. */
export async function paced(
  target: Target,
  bodies: Bodies,
  perSecond: number,
  seconds: number,
): Promise<readonly number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const beganMs = performance.now()
  const sent: Promise<number>[] = []
  const timed = async (dueMs: number): Promise<number> => {
    await send(target, agent, bodies.next())
    return performance.now() - dueMs
  }
  for (let n = 0; n < perSecond * seconds; n++) {
    const dueMs = beganMs + (n * 1_000) / perSecond
    await sleep(Math.max(0, dueMs - performance.now()))
    sent.push(timed(dueMs))
  }
  const latencies = await Promise.all(sent)
  agent.destroy()
  return latencies
}
