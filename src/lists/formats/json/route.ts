// Where a format has its records: a map of the document, which the splitter follows.

/** What to do with a value. Values that no route names are checked and not kept. */
export interface Route {
  /** An object here is a record. Arrays within arrays are read through. */
  readonly record?: RecordRoute
  /** A value of any kind here is handed over by this name: a field of the envelope. */
  readonly field?: string
  /** The routes of an object's members, by their names in lower case. */
  readonly members?: ReadonlyMap<string, Route>
  /** The route of an array's elements: an array here is a list. */
  readonly elements?: Route
}

export interface RecordRoute {
  /** Tells the records of a format apart. */
  readonly kind: string
  /**
   * Names of the members that are read, in lower case. The other ones keep their names, and 0 stands for a text, object
   * or array: content and names of people are never held in memory. Undefined: all are read.
   */
  readonly keep?: ReadonlySet<string>
  /**
   * An object with an array by this name (in lower case) is no record: it is a folder, whose records lie in that array.
   * Nothing else of it is kept.
   */
  readonly folder?: { readonly name: string; readonly elements: Route }
}

export const members = (routes: Readonly<Record<string, Route>>): ReadonlyMap<string, Route> =>
  new Map(Object.entries(routes))
