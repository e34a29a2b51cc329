/** Which lines of the screen there is room for. Pure. */

export interface Layout {
  /** Lines about the node. */
  readonly head: number
  readonly gap: boolean
  readonly tabs: boolean
  /** Of the columns. */
  readonly header: boolean
  readonly keys: boolean
  /** Rows of a list: what is left, and one at least. */
  readonly body: number
}

/** What is least missed goes first. */
export function layoutOf({ rows }: { readonly rows: number }): Layout {
  const layout = {
    gap: rows >= 7,
    head: rows >= 6 ? 2 : rows >= 2 ? 1 : 0,
    header: rows >= 5,
    tabs: rows >= 4,
    keys: rows >= 3,
  }
  const { gap, head, header, tabs, keys } = layout
  return { ...layout, body: Math.max(1, rows - head - Number(gap) - Number(header) - Number(tabs) - Number(keys)) }
}

/** Rows of a text, which has no columns. */
export function textRows(model: { readonly rows: number }): number {
  const { body, header } = layoutOf(model)
  return body + Number(header)
}
