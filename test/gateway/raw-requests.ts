// Requests byte by byte, as no client library sends them.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What a server has sent on a connection until it closed it, or until nothing came for a while. */
export async function sendRaw(
  url: string,
  bytes: string | Buffer | readonly (string | Buffer)[],
  { quietMs = 300, withinMs = 30_000 }: { readonly quietMs?: number; readonly withinMs?: number } = {},
): Promise<string> {
  const socket = await openRaw(url)
  const got: Buffer[] = []
  let lastMs = performance.now()
  socket.on('data', (chunk: Buffer) => {
    got.push(chunk)
    lastMs = performance.now()
  })
  for (const part of [bytes].flat()) {
    if (socket.destroyed) break
    socket.write(part)
  }
  const endMs = lastMs + withinMs
  const isQuiet = (): boolean =>
    performance.now() > endMs || (got.length > 0 && performance.now() - lastMs >= quietMs)
  while (!socket.destroyed && !socket.readableEnded && !isQuiet()) await sleep(10)
  socket.destroy()
  return Buffer.concat(got).toString('latin1')
}

export async function openRaw(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  // A server that cuts a client off resets the connection.
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** The statuses of all answers on a connection, leave to go on (100) left out. */
export const statusesIn = (text: string): readonly number[] =>
  [...text.matchAll(/HTTP\/1\.1 ([2-5]\d\d) /g)].map(([, status]) => Number(status))

export const closedBy = async (socket: Socket, withinMs: number): Promise<boolean> => {
  if (socket.destroyed) return true
  // Without a reader the end of the connection is not seen.
  socket.resume()
  const closed = new Promise<boolean>((resolve) => socket.once('close', () => resolve(true)))
  return Promise.race([closed, sleep(withinMs, false, { ref: false })])
}
