// The made-up uploaders of the demonstration, on several platforms: what their reports say besides the hashes.
import type { Report } from '../../contract/report.ts'

/** `actorRef` and `collectionRef` are of one run: each start makes cases of its own. */
export type Uploader = Pick<
  Report,
  | 'platform'
  | 'actorRef'
  | 'collectionRef'
  | 'cybertipId'
  | 'jurisdictions'
  | 'annotations'
  | 'viewed'
  | 'basis'
>

/** The platform of the made-up traffic. */
export const TRAFFIC_PLATFORM = 'demo-traffic'

/** The uploaders of a run. */
export const uploadersOf = (run: string): readonly [Uploader, ...Uploader[]] => [
  {
    platform: 'demo-photos',
    actorRef: `${run}:uploader-1`,
    jurisdictions: ['US-CA'],
    viewed: { thisFile: 'no' },
  },
  {
    platform: 'demo-photos',
    actorRef: `${run}:uploader-2`,
    jurisdictions: ['US-NY'],
    viewed: { thisFile: 'yes', by: 'human' },
  },
  { platform: 'demo-chat', actorRef: `${run}:uploader-3`, jurisdictions: ['FR'], annotations: ['viral'] },
  // A platform that names no uploader: its reports are grouped by the album.
  { platform: 'demo-cloud', collectionRef: `${run}:album-1`, viewed: { thisFile: 'unknown' } },
  {
    platform: 'demo-mail',
    actorRef: `${run}:uploader-4`,
    jurisdictions: ['DE', 'US-TX'],
    cybertipId: '100000001',
    basis: { kind: 'cybertip' },
  },
]

/** All platforms that the demonstration reports for. */
export const DEMO_PLATFORMS: readonly string[] = [
  ...new Set(uploadersOf('').map(({ platform }) => platform)),
  TRAFFIC_PLATFORM,
]
