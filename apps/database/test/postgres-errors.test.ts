import { describe, expect, it } from 'vitest'
import { troubleOf } from '../src/postgres/errors.ts'

describe('an error of PostgreSQL', () => {
  const coded = (code: string) => Object.assign(new Error('so it is.'), { code })

  it.each([
    ['ECONNREFUSED', 'database.unreachable'],
    ['57P01', 'database.unreachable'],
    ['57P03', 'database.unreachable'],
    ['08006', 'database.unreachable'],
    ['57014', 'database.slow'],
    ['55P03', 'database.slow'],
    ['40001', 'database.slow'],
    ['25P03', 'database.slow'],
    ['25006', 'database.read_only'],
    ['53300', 'database.full'],
    ['53100', 'database.no_room'],
    ['28P01', 'database.refused'],
    ['3D000', 'database.refused'],
    ['42501', 'database.refused'],
    ['42P01', 'database.wrong_schema'],
    // Of the operating system, and of TLS: also those that nobody has thought of.
    ['EPIPE', 'database.unreachable'],
    ['EMFILE', 'database.unreachable'],
    ['EACCES', 'database.unreachable'],
    ['EADDRNOTAVAIL', 'database.unreachable'],
    ['ENETDOWN', 'database.unreachable'],
    ['EPROTO', 'database.unreachable'],
    ['ENEW', 'database.unreachable'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'database.unreachable'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'database.unreachable'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'database.unreachable'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'database.unreachable'],
    // What the server says and no table here has.
    ['XX000', 'database.failed'],
    ['0A000', 'database.failed'],
    ['55000', 'database.failed'],
    ['22P02', 'database.failed'],
    ['22003', 'database.failed'],
    ['23505', 'database.failed'],
    ['42601', 'database.failed'],
    ['ZZ999', 'database.failed'],
  ])('%s is %s', (code, expected) => {
    const trouble = troubleOf(coded(code), 'h:1/d')
    expect(trouble).toMatchObject({ code: expected })
    expect(trouble!.message).toContain('h:1/d')
    expect(trouble!.message).toContain('so it is')
  })

  it.each([
    ['Connection terminated unexpectedly', 'database.unreachable'],
    ['timeout exceeded when trying to connect', 'database.slow'],
    ['Query read timeout', 'database.slow'],
    ['Unknown authenticationOk message type', 'database.failed'],
  ])('without a code is known by its words: %s', (words, expected) =>
    expect(troubleOf(new Error(words), 'h:1/d')).toMatchObject({ code: expected }),
  )

  it('that is a mistake of this program is left as it is', () => {
    const coded = (code: string) => Object.assign(new TypeError('so it is.'), { code })
    for (const error of [
      new TypeError('x is not a function'),
      coded('ERR_INVALID_ARG_TYPE'),
      coded('release.bad_option'),
      'no error',
    ])
      expect(troubleOf(error, 'h:1/d')).toBeNull()
  })

  it('that has only others in it says those', () => {
    const all = new AggregateError([new Error('connect ECONNREFUSED ::1:5432'), new Error('connect ECONNREFUSED')])
    expect(troubleOf(Object.assign(all, { code: 'ECONNREFUSED' }), 'h:1/d')!.message).toContain('::1:5432')
  })
})
