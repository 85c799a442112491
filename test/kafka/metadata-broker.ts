// A broker's side of the protocol as far as metadata goes, answered by hand: no real broker loses a leader on demand.
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { createRequire } from 'node:module'
import { onTestFinished } from 'vitest'

interface Encoder {
  readonly buffer: Buffer
  writeInt16(value: number): Encoder
  writeInt32(value: number): Encoder
  writeString(value: string | null): Encoder
  writeBoolean(value: boolean): Encoder
  writeArray(values: readonly (number | Encoder)[]): Encoder
  writeBuffer(value: Buffer): Encoder
}
const KafkajsEncoder: new () => Encoder = createRequire(import.meta.url)('kafkajs/src/protocol/encoder.js')
const encoder = (): Encoder => new KafkajsEncoder()

const METADATA = 3
const API_VERSIONS = 18
export const LEADER_NOT_AVAILABLE = 5
export const UNKNOWN_TOPIC = 3

export interface Topic {
  readonly name: string
  readonly error?: number
  readonly partitionError?: number
}

/**
 * The address of a broker that knows these topics.
 * @param namedPort The port by which its metadata names it, if it is another one.
 */
export async function brokerOf(topics: readonly Topic[], namedPort?: number): Promise<string> {
  const server = createServer((socket) => {
    let received = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes])
      for (;;) {
        const end = received.length < 4 ? Infinity : 4 + received.readInt32BE(0)
        if (end > received.length) return
        const request = received.subarray(4, end)
        answer(socket, request, () => metadata(asked(request, topics), namedPort ?? socket.localPort))
        received = received.subarray(end)
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  return `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

/** A request: API key, version, number of the request, the client's name; then what is asked. */
function answer(socket: Socket, request: Buffer, cluster: () => Encoder): void {
  const body = request.readInt16BE(0) === API_VERSIONS ? versions() : cluster()
  const message = encoder().writeInt32(request.readInt32BE(4)).writeBuffer(body.buffer).buffer
  socket.write(Buffer.concat([encoder().writeInt32(message.length).buffer, message]))
}

function versions(): Encoder {
  const supported = [
    [METADATA, 0, 6],
    [API_VERSIONS, 0, 2],
  ].map((numbers) => numbers.reduce((all, number) => all.writeInt16(number), encoder()))
  return encoder().writeInt16(0).writeArray(supported).writeInt32(0)
}

/** The topics that a request for metadata names; all, if it names none. */
function asked(request: Buffer, topics: readonly Topic[]): readonly Topic[] {
  let at = 10 + request.readInt16BE(8)
  const count = request.readInt32BE(at)
  at += 4
  const names = Array.from({ length: Math.max(0, count) }, () => {
    const length = request.readInt16BE(at)
    at += 2 + length
    return request.toString('utf8', at - length, at)
  })
  return names.length === 0 ? topics : topics.filter(({ name }) => names.includes(name))
}

function metadata(topics: readonly Topic[], port = 0): Encoder {
  const broker = encoder().writeInt32(1).writeString('127.0.0.1').writeInt32(port).writeString(null)
  const replicas = (all: Encoder): Encoder => all.writeArray([1]).writeArray([1]).writeArray([])
  const ofTopics = topics.map(({ name, error = 0, partitionError = 0 }) => {
    const leader = partitionError === 0 ? 1 : -1
    const partition = replicas(encoder().writeInt16(partitionError).writeInt32(0).writeInt32(leader))
    return encoder().writeInt16(error).writeString(name).writeBoolean(false).writeArray([partition])
  })
  return encoder()
    .writeInt32(0)
    .writeArray([broker])
    .writeString('cluster')
    .writeInt32(1)
    .writeArray(ofTopics)
}
