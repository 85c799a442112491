import type { OutgoingRecord } from '../log/event-log.ts'

/** kafkajs puts all records of a call and partition into one batch, and brokers take 1 MiB a batch by default. */
const MAX_SEND_BYTES = 512 * 1024

type Message = { key: string | Buffer | null; value: string | Buffer | null; headers: Record<string, Buffer> }

/** Cuts records into calls of at most about MAX_SEND_BYTES. */
export function* splitSends(records: readonly OutgoingRecord[]): Generator<Message[]> {
  let messages: Message[] = []
  let bytes = 0
  for (const { key, value, headers = {} } of records) {
    const size = (key?.length ?? 0) + (value === null ? 0 : Buffer.byteLength(value)) + 64
    if (bytes + size > MAX_SEND_BYTES && messages.length > 0) {
      yield messages
      messages = []
      bytes = 0
    }
    messages.push({ key, value, headers: { ...headers } })
    bytes += size
  }
  if (messages.length > 0) yield messages
}
