/** What the clients of a schedule saw, written down as it happens. */
import type { Operation } from '../linearizability/history.ts'
import type { RegisterInput, RegisterOutput } from '../linearizability/register.ts'

export interface Call {
  answer(output: RegisterOutput): void
}

type Written = { -readonly [Field in keyof RegisterOperation]: RegisterOperation[Field] }
export type RegisterOperation = Operation<RegisterInput, RegisterOutput>

export class History {
  readonly operations: Written[] = []
  #time = 0

  call(client: string, key: string, input: RegisterInput): Call {
    const operation: Written = {
      client,
      key,
      input,
      calledAt: ++this.#time,
      answeredAt: Infinity,
      output: undefined,
    }
    this.operations.push(operation)
    return {
      answer: (output) => {
        operation.answeredAt = ++this.#time
        operation.output = output
      },
    }
  }
}
