// What a broker answers to a produce request, partition by partition. kafkajs makes one error of it, sends everything
// again, and so writes a second time what other partitions have taken.
import { createRequire } from 'node:module'
import kafkajs from 'kafkajs'
import type { ICustomPartitioner } from 'kafkajs'

/** kafkajs's decoded answer to a produce request. */
interface ProduceResponse {
  readonly topics: readonly {
    readonly partitions: readonly { readonly errorCode: number }[]
  }[]
}

type Parse = (response: ProduceResponse) => Promise<ProduceResponse>

/** Versions of the request whose answers have the fields that we use: since Kafka 0.11. */
const VERSIONS = [3, 4, 5, 6, 7]
/** Errors of stale metadata, which kafkajs refreshes before it sends again. */
const STALE_METADATA: ReadonlySet<number> = new Set([3, 5, 6])
const OURS = Symbol.for('hashwarden.produceAnswers')

/**
 * Lets kafkajs's `send` resolve with each partition's error code, for the whole process, unless all of them come of stale
 * metadata. kafkajs offers no other way. May be called again.
 */
export function keepProduceAnswers(): void {
  const require = createRequire(import.meta.url)
  for (const version of VERSIONS) {
    const response: { parse: Parse & { [OURS]?: true } } = require(
      `kafkajs/src/protocol/requests/produce/v${version}/response.js`,
    )
    if (response.parse[OURS]) continue
    const { parse } = response
    const keep: Parse = async (answer) => {
      const codes = answer.topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode))
      return codes.every((code) => STALE_METADATA.has(code)) ? parse(answer) : answer
    }
    response.parse = Object.assign(keep, { [OURS]: true as const })
  }
}

/** The partition that was last chosen for a message. */
const chosen = new WeakMap<object, number>()

/** kafkajs's default partitioner, which notes what it has chosen for `partitionOf`. */
export const notingPartitioner: ICustomPartitioner = () => {
  const choose = kafkajs.Partitioners.DefaultPartitioner()
  return (choice) => {
    const partition = choose(choice)
    chosen.set(choice.message, partition)
    return partition
  }
}

/** The partition that a message was sent to; undefined for one that was not sent. */
export const partitionOf = (message: object): number | undefined => chosen.get(message)
