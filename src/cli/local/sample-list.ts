import { randomBalancedHash, type Random } from '../../hash/random-hash.ts'
import type { ListedHash } from '../../lists/plain.ts'
import type { DemoPicture } from './pictures.ts'

/** The sample known set: the hashes of the known pictures among random ones that look like PDQ hashes. */
export async function* sampleList(
  pictures: readonly DemoPicture[],
  randomValues: number,
  random: Random,
): AsyncGenerator<ListedHash> {
  for (const [index, { known, hashes }] of pictures.entries()) {
    if (known) for (const { type, value } of hashes) yield { type, value, sourceId: `picture-${index}` }
  }
  for (let index = 0; index < randomValues; index++) {
    const value = randomBalancedHash(random)
    yield { type: 'pdq', value, sourceId: value }
  }
}
