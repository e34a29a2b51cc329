/** Enter sends, Shift+Enter breaks the line. Writing works without a connection too: the outbox waits. */
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { explainText } from '../model/names.ts'
import { SendIcon } from './icons.tsx'

export function Composer({ room, onSend }: { room: string; onSend: (text: string) => void }): JSX.Element {
  const [text, setText] = useState('')
  const area = useRef<HTMLTextAreaElement>(null)

  useEffect(() => {
    // On a phone the keyboard would cover the conversation before anybody asked for it.
    if (matchMedia('(pointer: fine)').matches) area.current?.focus()
  }, [])

  useEffect(() => {
    const element = area.current
    if (!element) return
    element.style.height = 'auto'
    element.style.height = `${element.scrollHeight + 2}px`
  }, [text])

  const problem = explainText(text.trim())

  const send = (): void => {
    if (text.trim() === '' || problem) return
    onSend(text.trim())
    setText('')
    area.current?.focus()
  }

  const press = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    send()
  }

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <textarea
        ref={area}
        class="composer-text"
        data-testid="composer"
        rows={1}
        dir="auto"
        aria-label={`Message to room ${room}`}
        placeholder={`Message #${room}`}
        value={text}
        aria-invalid={problem ? 'true' : undefined}
        aria-describedby={problem ? 'text-problem' : undefined}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={press}
      />
      <button
        type="submit"
        class="primary-button send"
        data-testid="send"
        disabled={text.trim() === '' || problem !== undefined}
        aria-label="Send"
      >
        <SendIcon />
      </button>
      {problem && (
        <p class="field-problem" id="text-problem" role="alert">
          {problem}
        </p>
      )}
    </form>
  )
}
