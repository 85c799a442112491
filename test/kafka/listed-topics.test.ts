// Listing topics against a broker's side of the protocol, answered by hand: no real broker loses a leader on demand.
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { createRequire } from 'node:module'
import { expect, onTestFinished, test } from 'vitest'
import { KafkaLog } from '../../src/kafka/kafka-log.ts'

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
const LEADER_NOT_AVAILABLE = 5
const UNKNOWN_TOPIC = 3

interface Topic {
  readonly name: string
  readonly error?: number
  readonly partitionError?: number
}

/** The address of a broker that knows these topics. */
async function brokerOf(topics: readonly Topic[]): Promise<string> {
  const server = createServer((socket) => {
    let received = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes])
      for (;;) {
        const end = received.length < 4 ? Infinity : 4 + received.readInt32BE(0)
        if (end > received.length) return
        answer(socket, received.subarray(4, end), topics)
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
function answer(socket: Socket, request: Buffer, topics: readonly Topic[]): void {
  const body =
    request.readInt16BE(0) === API_VERSIONS ? versions() : metadata(asked(request, topics), socket.localPort)
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

const logOn = async (topics: readonly Topic[]): Promise<KafkaLog> => {
  const log = new KafkaLog({ clientId: 'test', brokers: [await brokerOf(topics)] })
  onTestFinished(() => log.close())
  return log
}

test('a topic without leaders is listed and hides no other topic', async () => {
  const log = await logOn([
    { name: 'reports.a' },
    { name: 'half', partitionError: LEADER_NOT_AVAILABLE },
    { name: 'new', error: LEADER_NOT_AVAILABLE },
    { name: 'going', error: UNKNOWN_TOPIC },
    { name: 'reports.b' },
  ])
  expect(await log.topics()).toEqual(['reports.a', 'half', 'new', 'reports.b'])
})

test('a topic that is asked for by its name still fails while it has no leader', async () => {
  const log = await logOn([{ name: 'whole' }, { name: 'half', partitionError: LEADER_NOT_AVAILABLE }])
  expect(await log.topics()).toEqual(['whole', 'half'])
  await expect(log.offsets('half')).rejects.toMatchObject({ code: 'KAFKA_UNREACHABLE' })
})
