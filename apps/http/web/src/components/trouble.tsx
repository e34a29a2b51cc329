import type { JSX } from 'preact'

/** The last answer is still shown, and why there is no newer one. */
export function Trouble({ text }: { text: string }): JSX.Element {
  return (
    <p class="notice" role="status">
      {text} What you see is the last answer.
    </p>
  )
}
