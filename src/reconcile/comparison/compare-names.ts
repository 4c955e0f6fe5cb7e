/** Levels of first, last and middle names. */
import { shareGroup } from '../records/nicknames.ts'
import type { RecordTable } from '../records/record-table.ts'
import { FIRST_NAME, isIn, LAST_NAME, levelSet, MIDDLE_NAME, NAMES_APART } from './levels.ts'
import type { StringSimilarity } from './strings.ts'
import { AT, COMPARISONS } from './vector.ts'

const NEARLY_EQUAL = 0.92
const ALIKE = 0.85
const SLIGHTLY_ALIKE = 0.7

const LAST_NAME_SHIFT = COMPARISONS[AT.lastName]!.shift
const FIRST_APART_OR_NONE = NAMES_APART | levelSet(FIRST_NAME.none)
const LAST_APART_OR_NONE = NAMES_APART | levelSet(LAST_NAME.none)

export interface NameComparer {
  /** First and last name, packed as in the comparison vector. */
  names(i: number, j: number): number
  middleNames(i: number, j: number): number
}

export function makeNameComparer(records: RecordTable, similarity: StringSimilarity): NameComparer {
  const { jaroWinkler, isInitialOf } = similarity
  const { first, firstWord, preferred, middle, last, lastHead, lastTail, nicknames } = records

  /** The first levels of first and last names are the same. */
  const alike = (a: number, b: number): number => {
    const score = jaroWinkler(a, b, SLIGHTLY_ALIKE)
    if (score >= NEARLY_EQUAL) return FIRST_NAME.nearlyEqual
    if (score >= ALIKE) return FIRST_NAME.alike
    return score >= SLIGHTLY_ALIKE ? FIRST_NAME.slightlyAlike : FIRST_NAME.differs
  }

  const isForm = (i: number, j: number, a: number, b: number): boolean => {
    const wordA = firstWord[i]!
    const wordB = firstWord[j]!
    const calledA = preferred[i]!
    const calledB = preferred[j]!
    if (shareGroup(nicknames, a, b)) return true
    if ((wordA !== 0 && (wordA === b || wordA === wordB)) || (wordB !== 0 && wordB === a)) return true
    if ((calledA !== 0 && (calledA === b || calledA === calledB)) || (calledB !== 0 && calledB === a)) return true
    // Going by the middle name is as common as going by a nickname.
    return a === middle[j] || b === middle[i]
  }

  const firstNames = (i: number, j: number, a: number, b: number): number => {
    if (a === b) return FIRST_NAME.equal
    if (isForm(i, j, a, b)) return FIRST_NAME.form
    if (isInitialOf(a, b) || isInitialOf(b, a)) return FIRST_NAME.initial
    const calledA = preferred[i]!
    const calledB = preferred[j]!
    let best = alike(a, b)
    if (calledA !== 0) best = Math.max(best, alike(calledA, b))
    if (calledB !== 0) best = Math.max(best, alike(a, calledB))
    return best
  }

  const lastNames = (i: number, j: number, a: number, b: number): number => {
    if (a === b) return LAST_NAME.equal
    const headA = lastHead[i]!
    const headB = lastHead[j]!
    if (headA !== 0 || headB !== 0) {
      const tailA = lastTail[i]!
      const tailB = lastTail[j]!
      if (headA !== 0 && (headA === b || tailA === b || headA === headB || tailA === tailB || headA === tailB))
        return LAST_NAME.part
      if (headB !== 0 && (headB === a || tailB === a || tailA === headB)) return LAST_NAME.part
    }
    return alike(a, b)
  }

  /** 1 when a first name is like a last name, -1 when it is not, 0 when one of them is missing. */
  const crosswise = (a: number, b: number): number =>
    a === 0 || b === 0 ? 0 : a === b || jaroWinkler(a, b, NEARLY_EQUAL) >= NEARLY_EQUAL ? 1 : -1

  return {
    names: (i, j) => {
      const firstA = first[i]!
      const firstB = first[j]!
      const lastA = last[i]!
      const lastB = last[j]!
      let given = firstA === 0 || firstB === 0 ? FIRST_NAME.none : firstNames(i, j, firstA, firstB)
      let family = lastA === 0 || lastB === 0 ? LAST_NAME.none : lastNames(i, j, lastA, lastB)
      const named = (firstA !== 0 || lastA !== 0) && (firstB !== 0 || lastB !== 0)
      if (named && isIn(FIRST_APART_OR_NONE, given) && isIn(LAST_APART_OR_NONE, family)) {
        const swaps = crosswise(firstA, lastB) + crosswise(lastA, firstB)
        if (swaps > 0) {
          given = swaps === 2 ? FIRST_NAME.swapped : FIRST_NAME.halfSwapped
          family = LAST_NAME.none
        }
      }
      return given | (family << LAST_NAME_SHIFT)
    },
    middleNames: (i, j) => {
      const a = middle[i]!
      const b = middle[j]!
      if (a === 0 || b === 0) return MIDDLE_NAME.none
      if (a === b) return MIDDLE_NAME.equal
      return isInitialOf(a, b) || isInitialOf(b, a) ? MIDDLE_NAME.initial : MIDDLE_NAME.differs
    },
  }
}
