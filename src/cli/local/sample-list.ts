// The list of the demonstration: the known pictures’ hashes, and made-up ones.
import { randomBalancedHash, seededRandom } from '../../sample/random-hash.ts'
import type { ListedFile } from '../../lists/list-item.ts'
import type { DemoPicture } from './pictures.ts'

const SEED = 20_200_131

/** The known pictures, each with its hashes. */
export const pictureFiles = (pictures: readonly DemoPicture[]): readonly ListedFile[] =>
  pictures.flatMap(({ known, hashes }, index) =>
    known
      ? [
          fileOf(
            `picture-${index}`,
            hashes.map(({ type, value }) => ({ type, value })),
          ),
        ]
      : [],
  )

/** Files of one made-up hash each, which looks like a PDQ hash. Every start makes the same ones. */
export function* madeUpFiles(count: number): Generator<ListedFile> {
  const random = seededRandom(SEED)
  for (let index = 0; index < count; index++)
    yield fileOf(`made-up-${index}`, [{ type: 'pdq', value: randomBalancedHash(random) }])
}

const fileOf = (sourceId: string, hashes: ListedFile['hashes']): ListedFile => ({
  kind: 'file',
  place: sourceId,
  sourceId,
  hashes,
})
