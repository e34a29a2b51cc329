/**
 * How long PostgreSQL is waited for, and how much may wait. Times are shorter than those who call this service wait (3 s).
 */
export const defaultLimits = {
  /** To open a connection. */
  connectMs: 2000,
  /** For the answer to one question. Then the connection is given up, and what was asked may have happened all the same. */
  answerMs: 2000,
  /** For the lock on the newest id, by the server's clock. */
  lockMs: 1500,
  /** A transaction whose node says nothing for so long is ended by the server, so that a node that was stopped holds nobody up. */
  silenceMs: 2000,
  /** Between two attempts while it is away. */
  retryMs: 250,
  /** What is to be written waits for so long; when PostgreSQL is away for longer, it is refused at once. */
  patienceMs: 2000,
  /** Connections of each node for reading; one more is for writing. */
  readers: 4,
  /** Messages of one transaction. */
  batch: 500,
  /** Messages that wait to be written; one more is refused. */
  waiting: 5000,
  /** Questions of readers that wait for an answer; one more gets none, and its caller asks again. */
  reading: 1000,
}

export type PostgresLimits = Readonly<typeof defaultLimits>
