// A deployment that follows the endpoint of another one: pages by our own reader of NCMEC's form, applied by our intake.
import { openIntake } from '../../../src/lists/import/intake.ts'
import { readNcmec } from '../../../src/lists/formats/ncmec.ts'
import type { ListItem } from '../../../src/lists/list-item.ts'
import { loadScheme } from '../../../src/lists/schemes/load-scheme.ts'
import { TOPIC, type SharedTopic } from '../serve/shared-topic.ts'

type Get = (path: string) => Promise<{ readonly status: number; readonly text: string }>

const OVERLAP_MS = 2_000
const printed = (ms: number): string =>
  new Date(Math.floor(ms / 1_000) * 1_000).toISOString().replace('.000Z', 'Z')

async function* only(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text)
}

export class Follower {
  readonly #topic: SharedTopic
  readonly #source: string
  #checkpointMs = 0

  constructor(topic: SharedTopic, source: string) {
    this.#topic = topic
    this.#source = source
  }

  async follow(get: Get, nowMs: number): Promise<void> {
    const intake = await openIntake(this.#topic.log, TOPIC, {
      source: this.#source,
      scheme: loadScheme('ncmec'),
      repeats: 'replace',
    })
    const from = printed(Math.max(0, this.#checkpointMs - OVERLAP_MS))
    let path: string | undefined = `/v2/entries?from=${from}&to=${printed(nowMs)}`
    while (path !== undefined) {
      const { status, text } = await get(`/${this.#source}${path}`)
      if (status !== 200) throw new Error(`The endpoint answered ${status}.`)
      const items: ListItem[] = []
      path = undefined
      for await (const some of readNcmec(only(text), { onPaging: ({ next }) => (path = next) }))
        items.push(...some)
      const { rejected } = await intake.apply([items], { now: new Date(nowMs), approved: 'any' })
      if (rejected.length > 0) throw new Error(`The intake rejected ${rejected[0].reason}.`)
    }
    this.#checkpointMs = nowMs
  }
}
