// `hashwarden hashset serve` as a process of a deployment, over TLS, for one client.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startServiceProcess, type ServiceProcess } from '../../src/cli/local/service-process.ts'
import type { KnownHash } from '../../src/contract/known-hash.ts'
import { parseHashValue } from '../../src/hash/hash-value.ts'
import { entry } from '../fixtures/entries.ts'
import type { Authority } from '../kafka/security/certificates.ts'
import { digits, hashOf } from '../lists/serve/shared-topic.ts'
import type { Deployment } from './deployment.ts'

export const READER = { name: 'reader', password: 'secret' } as const

/** An entry of the list that is shared, which may leave unless `fields` says otherwise. */
export function md5Entry(sourceId: string, fields: Partial<KnownHash> = {}): KnownHash {
  const value = parseHashValue('md5', digits(sourceId))
  if (value === undefined) throw new Error('The digits are an MD5.')
  const handling = { audience: 'members', onward: 'same-audience' } as const
  return entry('md5', value, { source: 'a-list', sourceId, handling, ...fields })
}

/** A file that only its owner may open. */
export function fileIn({ folder }: Deployment, name: string, content: string): string {
  const path = join(folder, name)
  writeFileSync(path, content, { mode: 0o600 })
  return path
}

/** Shares the source `a-list` with members. Stop it. */
export function startSharingProcess(
  deployment: Deployment,
  authority: Authority,
  port = 0,
): Promise<ServiceProcess> {
  const { certificate, key } = authority.issue({ name: 'sharing', hosts: ['127.0.0.1'] })
  return startServiceProcess({
    command: ['hashset', 'serve'],
    settings: {
      ...deployment.settings,
      sharing: {
        host: '127.0.0.1',
        port,
        tls: {
          certificate: fileIn(deployment, 'cert.pem', certificate),
          key: fileIn(deployment, 'key.pem', key),
        },
        requestsPerMinute: 1_000,
        clients: [
          {
            name: READER.name,
            passwordHash: { file: fileIn(deployment, 'hash', hashOf(READER.password)) },
            sources: ['a-list'],
            audiences: ['members'],
          },
        ],
      },
    },
    folder: join(deployment.folder, 'serve'),
  })
}
