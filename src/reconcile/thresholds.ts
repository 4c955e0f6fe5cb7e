/** Match weights (log2 odds) from which on the matcher acts. */

/** 99 %: two records are one person without a question. */
export const MERGE_THRESHOLD = Math.log2(0.99 / 0.01)
/** 99.9 %, for pairs that agree on nothing but names and a home: father and son of one name share both. */
export const HOUSEHOLD_MERGE_THRESHOLD = Math.log2(0.999 / 0.001)
/** Pairs below this are two people, and are not kept. */
export const LEAST_WEIGHT = -8
