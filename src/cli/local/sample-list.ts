// The list of the demonstration: the known pictures’ hashes, and made-up ones.
import { randomBalancedHash, seededRandom } from '../../sample/random-hash.ts'
import type { ListedHash } from '../../lists/read-list.ts'
import type { DemoPicture } from './pictures.ts'

const SEED = 20_200_131

/** The hashes of the known pictures. */
export const pictureHashes = (pictures: readonly DemoPicture[]): readonly ListedHash[] =>
  pictures.flatMap(({ known, hashes }, index) =>
    known ? hashes.map(({ type, value }) => ({ type, value, sourceId: `picture-${index}` })) : [],
  )

/** Made-up hashes that look like PDQ hashes. Every start makes the same ones. */
export function* madeUpHashes(count: number): Generator<ListedHash> {
  const random = seededRandom(SEED)
  for (let index = 0; index < count; index++) {
    yield { type: 'pdq', value: randomBalancedHash(random), sourceId: `made-up-${index}` }
  }
}
