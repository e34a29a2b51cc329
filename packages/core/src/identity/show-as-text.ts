/**
 * `console.log` shows a pid or ref by its text: what stands behind it, a whole process record, is nobody's concern.
 */
const inspect = Symbol.for('nodejs.util.inspect.custom')

export function showAsText(prototype: object): void {
  Object.defineProperty(prototype, inspect, {
    value(this: { toString(): string }): string {
      return this.toString()
    },
  })
}
