// Asks a broker whether it takes requests, without waiting or retrying.
import kafkajs from 'kafkajs'
import { isLeaderless } from './errors.ts'
import { hideTimeoutWarning } from './kafkajs-patches.ts'

/**
 * Whether the broker at this address is up and names itself, by its port, in its cluster's metadata. Where a partition
 * has no leader, kafkajs hides the metadata; then an answer is enough.
 */
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
  } catch (error) {
    // If it is not there yet, the caller asks again.
    return isLeaderless(error)
  } finally {
    await admin.disconnect().catch(() => {})
  }
}
