/** Elements of SVG as text. */
export type Attributes = Readonly<Record<string, string | number>>

export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

/** Two digits after the point are finer than a pixel. */
function textOf(value: string | number): string {
  return typeof value === 'number' ? String(Math.round(value * 100) / 100) : escape(value)
}

/** `children` are elements already, or escaped text. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const given = Object.entries(attributes).map(([key, value]) => ` ${key}="${textOf(value)}"`)
  return children.length === 0
    ? `<${name}${given.join('')}/>`
    : `<${name}${given.join('')}>${children.join('')}</${name}>`
}

export function text(x: number, y: number, content: string, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, escape(content))
}
