/**
 * The newest message of a room, from a database that is asked for what comes after an id.
 *
 *     ids       1 … 50   51 …            … 900 │ nothing
 *     looks     ▲────►       ▲────►       ▲──►        strides that double, until a page is not full;
 *                                  ▲──►   ◄── nothing  one that went too far is halved
 *
 * For a room of a million messages that is some thirty pages; for one that fits into a page, one.
 */

/** Messages after the id, oldest first, at most `pageSize`; null when nobody answers. */
export type PageAfter = (after: number) => Promise<readonly { readonly id: number }[] | null>

/**
 * 0 for an empty room; null when nobody answers. What is stored during the search may be newer than what it finds; nothing that it finds is newer than
 * what was stored by its end.
 */
export async function findNewest(pageAfter: PageAfter, pageSize: number): Promise<number | null> {
  let newest = 0
  let stride = 0
  /** After this id there was nothing. */
  let end = Infinity
  for (;;) {
    const after = newest + (end === Infinity ? stride : Math.floor((end - newest) / 2))
    const page = await pageAfter(after)
    if (page === null) return null
    const last = page.at(-1)?.id
    if (last === undefined) {
      if (after === newest) return newest
      end = after
    } else {
      // Past the end: it was stored after the look that found nothing there.
      if (page.length < pageSize || last >= end) return last
      stride = Math.max(2 * stride, last - newest)
      newest = last
    }
  }
}
