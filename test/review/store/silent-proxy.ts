// A TCP proxy before PostgreSQL that can fall silent, as a machine does whose network drops every packet.
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface SilentProxy extends AsyncDisposable {
  /** Of the server, through the proxy. */
  readonly url: string
  /** From now on nothing passes, on old connections and on new ones, which are still accepted. */
  fallSilent(): void
  /** New connections work again. Old ones stay silent, and the server has noticed by now that they are of no use. */
  speakAgain(): void
}

export async function startSilentProxy(serverUrl: string): Promise<SilentProxy> {
  const target = new URL(serverUrl)
  const open = new Set<Socket>()
  const behinds = new Set<Socket>()
  let isSilent = false
  const server = createServer((client) => {
    open.add(client)
    client.on('error', () => {})
    if (isSilent) return
    const behind = connect(Number(target.port), target.hostname)
    open.add(behind)
    behinds.add(behind)
    behind.on('error', () => client.destroy())
    behind.on('close', () => {
      if (!client.isPaused()) client.destroy()
    })
    client.on('close', () => behind.destroy())
    client.pipe(behind).pipe(client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server on TCP has such an address.
  const { port } = server.address() as AddressInfo
  const url = new URL(serverUrl)
  url.host = `127.0.0.1:${port}`
  return {
    url: url.href,
    fallSilent: () => {
      isSilent = true
      for (const socket of open) {
        socket.unpipe()
        socket.pause()
      }
    },
    speakAgain: () => {
      isSilent = false
      for (const behind of behinds) if (behind.isPaused()) behind.destroy()
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
