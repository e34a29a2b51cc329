import { describe, expect, it } from 'vitest'
import { areMessagesInPostgres, checkDatabaseUrl, databaseUrlOf, environmentFor, placeOf } from '../src/database-url.ts'

describe('DATABASE_URL', () => {
  it('is an address of PostgreSQL, or is refused without its password', () => {
    for (const url of ['postgres://u:p@h/d', 'postgresql://h', 'postgres://u@127.0.0.1:5433/d?sslmode=require'])
      expect(() => checkDatabaseUrl(url)).not.toThrow()
    for (const url of ['mysql://u:secret@h/d', 'secret', '', 'u:secret@h/d']) {
      const refusal = (): void => checkDatabaseUrl(url)
      expect(refusal).toThrow(/DATABASE_URL must be the address of a PostgreSQL database/)
      expect(refusal).not.toThrow(/secret/)
    }
  })

  it('is spoken of without its password', () => {
    expect(placeOf('postgres://u:secret@db.example:5433/chat?sslmode=require')).toBe('db.example:5433/chat')
    expect(placeOf('postgres://u:secret@h')).toBe('h:5432')
    expect(placeOf('postgres:///chat?host=/run/postgresql')).toBe('/run/postgresql:5432/chat')
  })

  it('reaches the database nodes alone; the log node is told that there is one', () => {
    const environment = { PATH: '/bin', DATABASE_URL: 'postgres://u:secret@h/d', AGNER_MESSAGES: 'left over' }
    expect(environmentFor('database', environment)).toMatchObject({ DATABASE_URL: 'postgres://u:secret@h/d' })
    for (const service of ['http', 'log', 'reporting', 'analytics'] as const) {
      expect(JSON.stringify(environmentFor(service, environment))).not.toContain('secret')
      expect(areMessagesInPostgres(environmentFor(service, environment))).toBe(true)
    }
    for (const none of [{ PATH: '/bin' }, { PATH: '/bin', DATABASE_URL: '' }]) {
      expect(environmentFor('log', none)).toEqual({ PATH: '/bin' })
      expect(databaseUrlOf(none)).toBeNull()
    }
  })
})
