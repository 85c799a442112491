// The name of a known entry in the store: source/sourceId. A source has no slash in its name.
export const entryName = ({ source, sourceId }: { source: string; sourceId: string }): string =>
  `${source}/${sourceId}`
