import kafkajs from 'kafkajs'
import { expect, inject, test } from 'vitest'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { KafkaLog } from '../../src/kafka/kafka-log.ts'
import { readToEnd } from '../../src/log/read-to-end.ts'
import { knownHash, pdqReport } from '../fixtures/entries.ts'
import { Deployment } from './deployment.ts'
import { javaSnappy } from './java-snappy.ts'

const { CompressionCodecs, CompressionTypes } = kafkajs

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
    const packedBy: string[] = []
    const usual = { ...CompressionCodecs }
    const names = { GZIP: 'gzip', Snappy: 'snappy', LZ4: 'lz4', ZSTD: 'zstd' } as const
    for (const name of ['GZIP', 'Snappy', 'LZ4', 'ZSTD'] as const) {
      const codec = usual[CompressionTypes[name]]
      CompressionCodecs[CompressionTypes[name]] = () => ({
        compress: (encoder: unknown) => {
          packedBy.push(names[name])
          return codec().compress(encoder)
        },
      })
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
    expect([...new Set(packedBy)]).toEqual(compression === 'none' ? [] : [compression])
  },
)
