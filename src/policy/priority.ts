// How soon a hit should be reviewed.
import { GRADES, type Grade } from '../contract/hit.ts'

/** The priority of a hit: its grade's rank. The higher, the sooner it should be reviewed. */
export const priority = (of: Grade): number => GRADES.indexOf(of) + 1
