import { randomBalancedHash, seededRandom } from '../../hash/random-hash.ts'
import type { ListedHash } from '../../lists/plain.ts'
import type { DemoPicture } from './pictures.ts'

const SEED = 20_200_131

/**
 * The sample known set: the hashes of the known pictures, then made-up ones that look like PDQ hashes, the same at
 * every start.
 */
export async function* sampleList(
  pictures: readonly DemoPicture[],
  madeUp: number,
): AsyncGenerator<ListedHash> {
  for (const [index, { known, hashes }] of pictures.entries()) {
    if (known) for (const { type, value } of hashes) yield { type, value, sourceId: `picture-${index}` }
  }
  const random = seededRandom(SEED)
  for (let index = 0; index < madeUp; index++) {
    yield { type: 'pdq', value: randomBalancedHash(random), sourceId: `made-up-${index}` }
  }
}
