// The order in which reviewers get hits.
import { GRADES, type Grade } from '../contract/hit.ts'

/** The higher, the sooner to be reviewed: the grade's rank. */
export const priority = (of: Grade): number => GRADES.indexOf(of) + 1
