/**
 * The newest message of a room, from a database that is asked for what comes after an id.
 *
 *     ids       1 … 50   51 …            … 900 │ nothing
 *     looks     ▲────►       ▲────►       ▲──►        strides that double, until a page is the last;
 *                                  ▲──►   ◄── nothing  one that went too far is halved
 *
 * For a room of a million messages that is some thirty pages; for one that fits into a page, one.
 */

/** Messages after the id, oldest first, and whether there are more; null when nobody answers. */
export type PageAfter = (
  after: number,
) => Promise<{ readonly found: readonly { readonly id: number }[]; readonly more: boolean } | null>

/**
 * 0 for an empty room; null when nobody answers. What is stored during the search may be newer than what it finds; nothing that it finds is newer than
 * what was stored by its end.
 */
export async function findNewest(pageAfter: PageAfter): Promise<number | null> {
  let newest = 0
  let stride = 0
  /** After this id there was nothing. */
  let end = Infinity
  for (;;) {
    const after = newest + (end === Infinity ? stride : Math.floor((end - newest) / 2))
    const page = await pageAfter(after)
    if (page === null) return null
    const last = page.found.at(-1)?.id
    if (last === undefined) {
      if (after === newest) return newest
      end = after
    } else {
      // Past the end: it was stored after the look that found nothing there.
      if (!page.more || last >= end) return last
      stride = Math.max(2 * stride, last - newest)
      newest = last
    }
  }
}
