// Intake from a real Kafka into a real PostgreSQL, while its processes and PostgreSQL are killed.
import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { expect, inject, onTestFinished, test } from 'vitest'
import { freePort } from '../../../src/cli/local/broker-address.ts'
import { encodeHit } from '../../../src/contract/hit.ts'
import { KafkaLog } from '../../../src/kafka/kafka-log.ts'
import { connect, type ReviewDatabase } from '../../../src/review/store/connect.ts'
import { LOCAL_SERVER_ROLE, startLocalServer } from '../../../src/review/store/local-server.ts'
import { migrate } from '../../../src/review/store/migrate.ts'
import { hitOf } from '../made-hits.ts'

const KILLS = Number(process.env['INTAKE_KILLS'] ?? 8)
const HITS_A_ROUND = 300
const HITS_A_CASE = 50
const ACTORS = 7

const count = async (db: ReviewDatabase): Promise<number> => {
  const { rows } = await sql<{ count: number }>`select count(*)::integer as count from hits`.execute(db)
  return rows[0].count
}

test(
  `each hit is one hit of one case after ${KILLS} kills of intake and of PostgreSQL in turn`,
  { timeout: 600_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hashwarden-intake-'))
    await chmod(folder, 0o711)
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const postgres = await startLocalServer({ folder, port: await freePort() })
    onTestFinished(() => postgres.stop())
    const owner = connect(postgres.ownerUrl, { connections: 2 })
    onTestFinished(() => owner.destroy())
    await migrate(owner, LOCAL_SERVER_ROLE)
    const brokers = inject('kafkaBrokers')
    const log = new KafkaLog({ brokers: brokers.split(','), clientId: 'intake-test' })
    onTestFinished(() => log.close())
    const topic = `hits-${randomUUID()}`
    await log.createTopic({ topic, partitions: 3, config: { 'message.timestamp.type': 'LogAppendTime' } }, 1)
    const start = async (): Promise<ChildProcess> => {
      const child = spawn(
        process.execPath,
        [join(import.meta.dirname, 'intake-child.ts'), postgres.serverUrl, brokers, topic, `group-${topic}`],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      )
      onTestFinished(() => {
        child.kill('SIGKILL')
      })
      await once(child.stdout, 'data')
      return child
    }
    let child = await start()
    let produced = 0
    for (let kill = 0; kill < KILLS; kill++) {
      const hits = Array.from({ length: HITS_A_ROUND }, (_, index) =>
        hitOf({ reportId: `r${produced + index}`, actorRef: `a${index % ACTORS}` }),
      )
      produced += HITS_A_ROUND
      await log.produce(
        topic,
        [...hits, ...hits.slice(0, 20)].map((hit) => ({ key: hit.hitId, value: encodeHit(hit) })),
      )
      await sleep(Math.random() * 500)
      if (kill % 4 === 3) {
        const { pid } = postgres
        if (pid !== undefined) process.kill(pid, 'SIGKILL')
        await postgres.restart()
      } else {
        child.kill('SIGKILL')
        await once(child, 'exit')
        child = await start()
      }
    }
    await expect.poll(() => count(owner), { interval: 250 }).toBe(produced)
    const { rows } = await sql<{ actor: string; hits: number; counted: number; undecided: number }>`
      select c.ref as actor, c.hit_count as counted, c.undecided_count as undecided,
        (select count(*)::integer from hits h where h.case_id = c.case_id) as hits
      from cases c order by c.ref, c.part`.execute(owner)
    for (const { hits, counted, undecided } of rows) expect([counted, undecided]).toEqual([hits, hits])
    for (const cases of Map.groupBy(rows, ({ actor }) => actor).values())
      for (const { hits } of cases.slice(0, -1)) expect(hits).toBe(HITS_A_CASE)
    expect(new Set(rows.map(({ actor }) => actor)).size).toBe(ACTORS)
    child.kill('SIGKILL')
    await once(child, 'exit')
  },
)
