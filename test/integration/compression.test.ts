import kafkajs from 'kafkajs'
import { compressSync } from 'snappy'
import { expect, inject, test } from 'vitest'
import { randomBalancedHash, seededRandom } from '../../src/hash/random-hash.ts'
import { KafkaLog } from '../../src/stream/kafka-log.ts'
import { readToEnd } from '../../src/stream/read-to-end.ts'
import { Deployment, knownHash, pdqReport } from './deployment.ts'

const { CompressionCodecs, CompressionTypes } = kafkajs

/** Snappy as Java clients frame it: header, versions, length-prefixed blocks (here two). */
function javaSnappy(buffer: Buffer): Buffer {
  const half = buffer.length >> 1
  const blocks = [buffer.subarray(0, half), buffer.subarray(half)].flatMap((part) => {
    const block = compressSync(part)
    const length = Buffer.alloc(4)
    length.writeInt32BE(block.length)
    return [length, block]
  })
  const header = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])
  return Buffer.concat([header, ...blocks])
}

test.each(['GZIP', 'Snappy', 'Snappy of Java', 'LZ4', 'ZSTD'] as const)(
  'a batch compressed with %s is read',
  async (codec) => {
    await using deployment = await Deployment.on(inject('kafkaBrokers'))
    const { settings } = deployment
    const known = randomBalancedHash(seededRandom(2))
    await deployment.addKnown(knownHash('pdq', known))
    const name = codec === 'Snappy of Java' ? 'Snappy' : codec
    const usual = CompressionCodecs[CompressionTypes.Snappy]
    if (codec === 'Snappy of Java') {
      CompressionCodecs[CompressionTypes.Snappy] = () => ({
        compress: async ({ buffer }: { buffer: Buffer }) => javaSnappy(buffer),
      })
    }
    const producer = new kafkajs.Kafka({
      brokers: settings.kafka.brokers,
      logLevel: kafkajs.logLevel.NOTHING,
    }).producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
    await producer.connect()
    try {
      const reports = Array.from({ length: 50 }, (_, index) => pdqReport(known, `report-${index}`))
      await producer.send({
        topic: settings.topics.reports,
        compression: CompressionTypes[name],
        messages: reports.map((report) => ({ key: report.reportId, value: JSON.stringify(report) })),
      })
    } finally {
      await producer.disconnect()
      CompressionCodecs[CompressionTypes.Snappy] = usual
    }
    await deployment.startMatcher()
    await deployment.untilAllMatched()
    expect((await deployment.reportIdsWithHit()).size).toBe(50)
  },
)

test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)(
  'what is produced is compressed as the settings say: %s',
  async (compression) => {
    await using deployment = await Deployment.on(inject('kafkaBrokers'))
    const { settings, log } = deployment
    const producing = new KafkaLog({ ...settings.kafka, compression })
    const values = Array.from({ length: 50 }, (_, n) => `one of many like records, number ${n}`)
    const unpackedBy: string[] = []
    const usual = { ...CompressionCodecs }
    const names = { GZIP: 'gzip', Snappy: 'snappy', LZ4: 'lz4', ZSTD: 'zstd' } as const
    for (const name of ['GZIP', 'Snappy', 'LZ4', 'ZSTD'] as const) {
      const codec = usual[CompressionTypes[name]]
      CompressionCodecs[CompressionTypes[name]] = () => {
        const { compress, decompress } = codec()
        return {
          compress,
          decompress: (buffer: Buffer) => {
            unpackedBy.push(names[name])
            return decompress(buffer)
          },
        }
      }
    }
    try {
      await producing.produce(
        settings.topics.reports,
        values.map((value) => ({ key: value, value })),
      )
      const read: string[] = []
      await readToEnd(log, settings.topics.reports, ({ value }) => read.push(String(value)))
      expect(new Set(read)).toEqual(new Set(values))
    } finally {
      Object.assign(CompressionCodecs, usual)
      await producing.close()
    }
    expect([...new Set(unpackedBy)]).toEqual(compression === 'none' ? [] : [compression])
  },
)
