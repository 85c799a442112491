// A BK-tree.
import { inverseOrientation, orient } from '../../hash/orientation.ts'
import { askedRadii, NOT_ASKED } from './asked-radii.ts'
import { distanceOf256 } from './bit-counts.ts'
import { withRoom } from '../growth.ts'
import type { Matches, RadiusQuery, SearchBudget } from '../hamming-index.ts'
import { MatchCollector } from '../match-collector.ts'
import { PlainIndex } from './plain-index.ts'

const WORDS = 8
/** No node. The engine keeps numbers up to this one without an allocation. */
const NONE = 0x3fffffff
/** Stands for the edge of an id that has no node: edges are 0 to 256. */
const NOT_IN_TREE = 0xffff
/** The tree is rebuilt when more than this many of its nodes, and more than half of them, are dropped. */
const FEWEST_DROPPED = 1024

/**
 * The tree of Burkhard and Keller (CACM 16, 1973): all values below a node's child have that child's distance
 * to the node, so the triangle inequality leaves only children whose distance differs from the query's by at
 * most the radius. Right for small radii. The wider the radius, the more of the tree is visited, at radius 31
 * nearly all of it (bench/results/bk-tree-visits.svg).
 *
 * A node is a number, its value's id; what it knows stands in columns. A batch goes down the tree together, depth
 * first and without recursion: each node is visited once, by those queries that its parents let pass. Alone, a
 * query mostly waits for nodes to come from memory, so that pays: at radius 4 and 100,000 values a query took 170 µs
 * alone and 57 in a batch of 4,096, at radius 8 960 and 430 (Node 24, EPYC Zen 3).
 */
export class BkTree extends PlainIndex {
  /** Of each node, the child nearest to it. */
  #firstChild = new Uint32Array(0)
  /** Of each node, the next child of its parent, further from the parent or as far. */
  #nextSibling = new Uint32Array(0)
  /** Of each node, the distance to its parent. */
  #edges = new Uint16Array(0)
  #root = NONE
  /** Ids whose nodes are still in the tree. */
  #dropped: number[] = []
  #visited = 0

  override get bytes(): number {
    return super.bytes + this.#firstChild.byteLength + this.#nextSibling.byteLength + this.#edges.byteLength
  }

  /**
   * How often the last search compared an asked form of a query with a node. Brute force would take queries ×
   * asked orientations × (values ever added).
   */
  get visited(): number {
    return this.#visited
  }

  add(words: Uint32Array, at: number): number {
    const id = this.values.append()
    const { words: values, count } = this.values
    values.set(words.subarray(at, at + WORDS), id * WORDS)
    this.#firstChild = withRoom(Uint32Array, this.#firstChild, count)
    this.#nextSibling = withRoom(Uint32Array, this.#nextSibling, count)
    this.#edges = withRoom(Uint16Array, this.#edges, count)
    this.#link(id)
    return id
  }

  /** A dropped value is a node on the way to others, so its id is freed when the tree is rebuilt. */
  override drop(id: number): void {
    this.remove(id)
    this.#dropped.push(id)
    if (this.#dropped.length > Math.max(FEWEST_DROPPED, this.values.count / 2)) this.#relink()
  }

  copyValue(id: number, to: Uint32Array, at: number): void {
    const { words } = this.values
    for (let word = 0; word < WORDS; word++) to[at + word] = words[id * WORDS + word]
  }

  search(queries: Uint32Array, query: RadiusQuery, budget?: SearchBudget): Matches {
    const asked = budget ? queries.subarray(0, WORDS * this.#affordable(query, budget)) : queries
    const count = asked.length / WORDS
    const matches = new MatchCollector(count, query.limit, this)
    const forms = formsOf(asked, askedRadii(query))
    this.#visited = 0
    if (this.#root !== NONE && forms.radii.length > 0) this.#descend(forms, matches)
    matches.finish(0, count, false)
    return matches.answer()
  }

  estimateMicros(queryCount: number, query: RadiusQuery): number {
    const nodes = this.values.count
    if (nodes === 0) return 0
    let visits = 0
    for (const radius of askedRadii(query)) {
      if (radius !== NOT_ASKED) visits += queryCount * nodes ** visitedExponent(radius)
    }
    // Each node is fetched once for all queries that visit it; visits spread over the nodes as if by chance.
    const nodesFetched = nodes * -Math.expm1(-visits / nodes)
    return (nodesFetched * NANOSECONDS_A_NODE + visits * NANOSECONDS_A_VISIT) / 1000
  }

  /** Queries that fit a budget by the estimate, which for this index hardly hangs on what they are. */
  #affordable(query: RadiusQuery, { micros, queries }: SearchBudget): number {
    return Math.max(queries, Math.floor(micros / this.estimateMicros(1, query)))
  }

  /** Finds the parent of a new node and hangs it there; the first one becomes the root. */
  #link(id: number): void {
    const { words } = this.values
    this.#firstChild[id] = NONE
    this.#nextSibling[id] = NONE
    this.#edges[id] = 0
    if (this.#root === NONE) {
      this.#root = id
      return
    }
    for (let parent = this.#root; ;) {
      const distance = distanceOf256(words, id * WORDS, words, parent * WORDS)
      let before = NONE
      let child = this.#firstChild[parent]
      while (child !== NONE && this.#edges[child] < distance) {
        before = child
        child = this.#nextSibling[child]
      }
      // At distance 0 (a removed value that comes back) it becomes one more leaf: to go down to the earlier one
      // would make a chain, longer with each return.
      if (child !== NONE && this.#edges[child] === distance && distance > 0) {
        parent = child
        continue
      }
      this.#edges[id] = distance
      this.#nextSibling[id] = child
      if (before === NONE) this.#firstChild[parent] = id
      else this.#nextSibling[before] = id
      return
    }
  }

  /** Builds the tree again of the nodes that were not dropped, under the ids that they have. */
  #relink(): void {
    for (const id of this.#dropped) {
      this.#edges[id] = NOT_IN_TREE
      this.values.free(id)
    }
    this.#dropped = []
    this.#root = NONE
    for (let id = 0; id < this.values.count; id++) if (this.#edges[id] !== NOT_IN_TREE) this.#link(id)
  }

  #descend(forms: Forms, matches: MatchCollector): void {
    const firstChild = this.#firstChild
    const nextSibling = this.#nextSibling
    const edges = this.#edges
    const path = new Path(forms.radii.length)
    const descent = { path, forms, matches }
    for (let form = 0; form < forms.radii.length; form++) path.forms[form] = form
    this.#visit(descent, this.#root, 0, forms.radii.length)
    path.enter(firstChild[this.#root], 0, forms.radii.length, forms.radii)

    while (path.depth > 0) {
      const child = path.nextChild(nextSibling)
      // Siblings are sorted: no form at this node passes to this one or to any after it.
      if (child === NONE || edges[child] > path.greatestEdge) {
        path.leave()
        continue
      }
      if (edges[child] < path.leastEdge) continue
      const from = path.end
      const end = path.passOn(edges[child], forms.radii)
      if (end === from) continue
      this.#visit(descent, child, from, end)
      if (firstChild[child] !== NONE) path.enter(firstChild[child], from, end, forms.radii)
    }
  }

  /** Compares the forms `from` to `end` of the path with a node, notes their distances, offers what matches. */
  #visit({ path, forms, matches }: Descent, node: number, from: number, end: number): void {
    const { words, removed } = this.values
    this.#visited += end - from
    // Forms keep their order, so those of one query are neighbours, with orientations ascending.
    let bestForm = -1
    let bestDistance = 0
    for (let place = from; place < end; place++) {
      const form = path.forms[place]
      const distance = distanceOf256(words, node * WORDS, forms.words, form * WORDS)
      path.distances[place] = distance
      if (distance > forms.radii[form] || removed[node] === 1) continue
      const sameQuery = bestForm >= 0 && forms.queries[bestForm] === forms.queries[form]
      if (sameQuery && bestDistance <= distance) continue
      if (bestForm >= 0 && !sameQuery) {
        matches.add(forms.queries[bestForm], node, bestDistance, forms.orientations[bestForm])
      }
      bestForm = form
      bestDistance = distance
    }
    if (bestForm >= 0) {
      matches.add(forms.queries[bestForm], node, bestDistance, forms.orientations[bestForm])
    }
  }
}

/** One search on its way down the tree. */
interface Descent {
  readonly path: Path
  readonly forms: Forms
  readonly matches: MatchCollector
}

/** What goes down the tree: each query in each orientation that is asked for. Columns, by form. */
interface Forms {
  readonly words: Uint32Array
  readonly radii: Int16Array
  readonly queries: Uint32Array
  readonly orientations: Uint8Array
}

function formsOf(queries: Uint32Array, askedFor: Int16Array): Forms {
  const queryCount = queries.length / WORDS
  const asked = [...askedFor.keys()].filter((orientation) => askedFor[orientation] !== NOT_ASKED)
  const count = queryCount * asked.length
  const words = new Uint32Array(count * WORDS)
  const radii = new Int16Array(count)
  const owners = new Uint32Array(count)
  const orientations = new Uint8Array(count)
  for (let query = 0, form = 0; query < queryCount; query++) {
    for (const orientation of asked) {
      // The known picture turned one way is near the reported one as the reported one, turned back, is near it.
      orient(queries, query * WORDS, inverseOrientation(orientation), words, form * WORDS)
      radii[form] = askedFor[orientation]
      owners[form] = query
      orientations[form] = orientation
      form++
    }
  }
  return { words, radii, queries: owners, orientations }
}

/**
 * The nodes from the root to where the search stands, and with each the forms that reached it and their distances
 * to it: a stack in which the forms of a node begin where those of its parent end.
 */
class Path {
  depth = 0
  /** The edges that a form at the deepest node may take: from here … */
  leastEdge = 0
  /** … to here. */
  greatestEdge = 0
  /** Where the forms of the deepest node end. */
  end = 0
  forms: Uint32Array
  distances: Uint16Array
  #begins = new Uint32Array(64)
  #ends = new Uint32Array(64)
  #children = new Uint32Array(64)
  #leastEdges = new Uint16Array(64)
  #greatestEdges = new Uint16Array(64)

  constructor(formCount: number) {
    this.forms = new Uint32Array(formCount * 4)
    this.distances = new Uint16Array(formCount * 4)
  }

  /** Goes down to a node whose forms are in place, before the first of its children. */
  enter(firstChild: number, begin: number, end: number, radii: Int16Array): void {
    let least = 0xffff
    let greatest = 0
    for (let place = begin; place < end; place++) {
      const radius = radii[this.forms[place]]
      const distance = this.distances[place]
      if (distance - radius < least) least = Math.max(0, distance - radius)
      if (distance + radius > greatest) greatest = distance + radius
    }
    const depth = this.depth++
    if (this.depth > this.#begins.length) this.#lengthen()
    this.#begins[depth] = begin
    this.#ends[depth] = end
    this.#children[depth] = firstChild
    this.#leastEdges[depth] = least
    this.#greatestEdges[depth] = greatest
    this.#standAt(depth)
  }

  /** Goes back up to the parent. */
  leave(): void {
    this.depth--
    if (this.depth > 0) this.#standAt(this.depth - 1)
  }

  /** The next child of the deepest node. */
  nextChild(nextSibling: Uint32Array): number {
    const child = this.#children[this.depth - 1]
    if (child !== NONE) this.#children[this.depth - 1] = nextSibling[child]
    return child
  }

  /** Puts the forms of the deepest node that may take `edge` behind its own; returns where they end. */
  passOn(edge: number, radii: Int16Array): number {
    const begin = this.#begins[this.depth - 1]
    const end = this.end
    if (end + end - begin > this.forms.length) this.#widen(end + end - begin)
    const { forms, distances } = this
    let passed = end
    for (let place = begin; place < end; place++) {
      const form = forms[place]
      if (Math.abs(distances[place] - edge) <= radii[form]) forms[passed++] = form
    }
    return passed
  }

  /** More levels. */
  #lengthen(): void {
    this.#begins = withRoom(Uint32Array, this.#begins, this.depth)
    this.#ends = withRoom(Uint32Array, this.#ends, this.depth)
    this.#children = withRoom(Uint32Array, this.#children, this.depth)
    this.#leastEdges = withRoom(Uint16Array, this.#leastEdges, this.depth)
    this.#greatestEdges = withRoom(Uint16Array, this.#greatestEdges, this.depth)
  }

  /** More forms on the path. */
  #widen(length: number): void {
    this.forms = withRoom(Uint32Array, this.forms, length)
    this.distances = withRoom(Uint16Array, this.distances, length)
  }

  #standAt(depth: number): void {
    this.end = this.#ends[depth]
    this.leastEdge = this.#leastEdges[depth]
    this.greatestEdge = this.#greatestEdges[depth]
  }
}

/** Measured on random values (Node 24, EPYC Zen 3): a node costs its cache misses, then a comparison. */
const NANOSECONDS_A_NODE = 150
const NANOSECONDS_A_VISIT = 40

/**
 * A query at a radius visits about n^exponent of n nodes: [radius, exponent], the same within 0.01 at n = 1,000,
 * 10,000 and 100,000 (radius 0: 0.18, 0.16, 0.14).
 */
const VISITED_EXPONENTS = [
  [0, 0.15],
  [2, 0.415],
  [4, 0.585],
  [8, 0.78],
  [12, 0.885],
  [16, 0.943],
  [24, 0.989],
  [31, 0.998],
  [48, 1],
] as const

function visitedExponent(radius: number): number {
  let [fromRadius, fromExponent]: readonly [number, number] = VISITED_EXPONENTS[0]
  for (const [toRadius, toExponent] of VISITED_EXPONENTS) {
    if (radius <= toRadius) {
      const share = toRadius > fromRadius ? (radius - fromRadius) / (toRadius - fromRadius) : 1
      return fromExponent + share * (toExponent - fromExponent)
    }
    fromRadius = toRadius
    fromExponent = toExponent
  }
  return fromExponent
}
