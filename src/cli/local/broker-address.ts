// Ports of local brokers: a free one, and waiting until a broker answers on it.
import { connect, createServer } from 'node:net'
import { isInMetadata } from '../../kafka/broker-metadata.ts'
import { pause } from '../../waiting/pause.ts'

/** A local broker listens on loopback only. */
export const HOST = '127.0.0.1'

// Below the ports of outgoing connections (Linux from 32768, macOS and Windows from 49152). So no such connection takes the
// port between our check and the broker's bind, and a connection that waits for the broker can't meet itself: TCP lets a
// socket connect to its own port, which then looks like a broker and blocks it.
const FIRST_PORT = 20_000
const LAST_PORT = 32_000
const POLL_MS = 50

/** Chosen by this process so far: a port stays free until its server listens, which takes a broker seconds. */
const chosen = new Set<number>()

/**
 * A port of {@link HOST} that is free now. No two calls in a process get the same; it is chosen at random so that two
 * processes seldom do.
 *
 * @throws Error once a process has asked for every port that there is
 */
export async function freePort(): Promise<number> {
  while (chosen.size < LAST_PORT - FIRST_PORT) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT))
    if (chosen.has(port)) continue
    chosen.add(port)
    if (await isFree(port)) return port
  }
  throw new Error(`No port of ${HOST} between ${FIRST_PORT} and ${LAST_PORT} is free`)
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, HOST, () => server.close(() => resolve(true)))
  })
}

/**
 * Waits until a broker on this port of {@link HOST} names itself in the cluster's metadata, which it does once it
 * takes requests. False if the signal came first.
 */
export async function brokerAnswers(port: number, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    if ((await isListening(port)) && (await isInMetadata(HOST, port))) return true
    await pause(POLL_MS, signal)
  }
  return false
}

/** Waits until a process listens on this port of {@link HOST}. False if the signal came first. */
export async function untilListening(port: number, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    if (await isListening(port)) return true
    await pause(POLL_MS, signal)
  }
  return false
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST)
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
