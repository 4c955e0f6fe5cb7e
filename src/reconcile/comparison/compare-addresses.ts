/** Levels of addresses and units. */
import type { RecordTable } from '../records/record-table.ts'
import { addressLevel, PART, UNIT } from './levels.ts'
import type { StringSimilarity } from './strings.ts'

const STREET_SAME = 0.9
const STREET_ALIKE = 0.8
const CITY_ALIKE = 0.83
const UNIT_ALIKE = 0.9

export interface AddressComparer {
  addresses(i: number, j: number): number
  units(i: number, j: number): number
}

export function makeAddressComparer(records: RecordTable, similarity: StringSimilarity): AddressComparer {
  const { jaroWinkler, isOneEdit } = similarity
  const { street, house, unit, city, postcode } = records

  const streets = (i: number, j: number): number => {
    const a = street[i]!
    const b = street[j]!
    if (a === 0 || b === 0) return PART.missing
    const sameHouse = house[i] === house[j]
    // The two address lines are often written the other way round.
    const crossed = (a === unit[j] && unit[j] !== 0) || (b === unit[i] && unit[i] !== 0)
    if (a === b || crossed) return sameHouse ? PART.same : PART.alike
    const score = jaroWinkler(a, b, STREET_ALIKE)
    if (score >= STREET_SAME) return sameHouse ? PART.same : PART.alike
    return score >= STREET_ALIKE && sameHouse && house[i] !== 0 ? PART.alike : PART.other
  }

  const cities = (a: number, b: number): number => {
    if (a === 0 || b === 0) return PART.missing
    if (a === b) return PART.same
    return jaroWinkler(a, b, CITY_ALIKE) >= CITY_ALIKE ? PART.alike : PART.other
  }

  const postcodes = (a: number, b: number): number => {
    if (a === 0 || b === 0) return PART.missing
    if (a === b) return PART.same
    return isOneEdit(a, b) ? PART.alike : PART.other
  }

  const towns = (i: number, j: number): number => {
    const byCity = cities(city[i]!, city[j]!)
    const byCode = postcodes(postcode[i]!, postcode[j]!)
    if (byCity === PART.missing) return byCode
    if (byCode === PART.missing) return byCity
    const sum = byCity + byCode
    if (sum > PART.same) return PART.same
    return sum === PART.same ? PART.alike : PART.other
  }

  return {
    addresses: (i, j) => addressLevel(streets(i, j), towns(i, j)),
    units: (i, j) => {
      const a = unit[i]!
      const b = unit[j]!
      if (a === 0 || b === 0) return UNIT.none
      if (a === b) return UNIT.equal
      return jaroWinkler(a, b, UNIT_ALIKE) >= UNIT_ALIKE ? UNIT.alike : UNIT.differs
    },
  }
}
