// The tag that says that an entry’s own list has switched it off.

/**
 * The list's next version says whether such an entry is still off. An entry that is held back without the tag, a person has
 * disabled here.
 */
export const DISABLED_BY_LIST = 'disabled-by-list'

/** The tags of an entry on which a person's word counts; undefined if none is left. */
export function withoutListTag(tags: readonly string[] | undefined): string[] | undefined {
  const left = tags?.filter((tag) => tag !== DISABLED_BY_LIST)
  return left && left.length > 0 ? left : undefined
}
