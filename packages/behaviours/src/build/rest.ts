/** All the rest, as an entry that nobody imports: see client.ts. */
export * from '../index.ts'
