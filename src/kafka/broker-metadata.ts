// Asks a broker whether it takes requests, without waiting or retrying.
import kafkajs from 'kafkajs'
import { hideTimeoutWarning } from './kafkajs-patches.ts'

/** Whether the broker at this address is up and names itself, by its port, in its cluster's metadata. */
export async function isInMetadata(host: string, port: number): Promise<boolean> {
  hideTimeoutWarning()
  const admin = new kafkajs.Kafka({
    clientId: 'hashwarden-start',
    brokers: [`${host}:${port}`],
    connectionTimeout: 2_000,
    requestTimeout: 5_000,
    enforceRequestTimeout: true,
    retry: { retries: 0 },
    logLevel: kafkajs.logLevel.NOTHING,
  }).admin()
  try {
    await admin.connect()
    return (await admin.describeCluster()).brokers.some((broker) => broker.port === port)
  } catch {
    // Not yet: the caller asks again.
    return false
  } finally {
    await admin.disconnect().catch(() => {})
  }
}
