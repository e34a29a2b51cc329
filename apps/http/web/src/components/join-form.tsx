/** Asks for a room and a name, and says at the field what is wrong with either: found here, or refused by the server. */
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { cleanPlace, explainPlace } from '../model/names.ts'
import type { PlaceProblems } from '../model/names.ts'
import type { Place } from '../model/room-state.ts'

interface Properties {
  readonly draft: Place
  /** What the server said about the last try. */
  readonly problems: PlaceProblems
  readonly onJoin: (place: Place) => void
}

export function JoinForm({ draft, problems, onJoin }: Properties): JSX.Element {
  const [fields, setFields] = useState(draft)
  const [found, setFound] = useState<PlaceProblems>(problems)
  const form = useRef<HTMLFormElement>(null)
  const refusal = JSON.stringify(problems)

  const focus = (name: keyof Place): void => form.current?.querySelector<HTMLInputElement>(`#${name}`)?.focus()

  useEffect(() => {
    setFound(problems)
    focus(problems.user || fields.user === '' ? 'user' : 'room')
  }, [refusal])

  const submit = (event: Event): void => {
    event.preventDefault()
    const place = cleanPlace(fields)
    const wrong = explainPlace(place)
    setFound(wrong)
    if (!wrong.room && !wrong.user) return onJoin(place)
    focus(wrong.user ? 'user' : 'room')
  }

  const edit = (name: keyof Place) => (value: string) => {
    setFields({ ...fields, [name]: value })
    setFound(({ general: _, [name]: __, ...rest }) => rest)
  }

  return (
    <div class="join">
      <form class="join-card" ref={form} onSubmit={submit} noValidate>
        <h2>Come in</h2>
        <p class="muted">
          People talk here in rooms. What you write is on disk before it counts as sent, and any process behind this
          page may be killed meanwhile: it comes back.
        </p>
        {found.general && (
          <p class="field-problem" role="alert">
            {found.general}
          </p>
        )}
        <Field
          name="user"
          label="Your name"
          value={fields.user}
          problem={found.user}
          autoComplete="nickname"
          onInput={edit('user')}
        />
        <Field
          name="room"
          label="Room"
          value={fields.room}
          problem={found.room}
          autoComplete="off"
          onInput={edit('room')}
        />
        <button type="submit" class="primary-button" data-testid="join">
          Join the room
        </button>
      </form>
    </div>
  )
}

interface FieldProperties {
  readonly name: 'room' | 'user'
  readonly label: string
  readonly value: string
  readonly problem: string | undefined
  readonly autoComplete: string
  readonly onInput: (value: string) => void
}

function Field({ name, label, value, problem, autoComplete, onInput }: FieldProperties): JSX.Element {
  const problemId = `${name}-problem`
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <input
        id={name}
        name={name}
        data-testid={`${name}-input`}
        value={value}
        autoComplete={autoComplete}
        autoCapitalize="none"
        spellcheck={false}
        dir="auto"
        aria-invalid={problem ? 'true' : undefined}
        aria-describedby={problem ? problemId : undefined}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      {problem && (
        <p class="field-problem" id={problemId} role="alert">
          {problem}
        </p>
      )}
    </div>
  )
}
