// Tokens: JSON Web Tokens, signed with the secret that the server has as `jwt-secret`.
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto'

const VALID_FOR_S = 3600

export class Tokens {
  #secret

  constructor(secret) {
    this.#secret = secret
  }

  /** A token for a user, the user's id, and when it expires, in ms since 1970. */
  issue(user) {
    const now = Math.floor(Date.now() / 1000)
    const claims = { sub: user, iat: now, exp: now + VALID_FOR_S, jti: randomUUID() }
    const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
    return { user, token: `${signed}.${this.#sign(signed).toString('base64url')}`, expiresAt: claims.exp * 1000 }
  }

  /** The user whose token is in an `Authorization` header; undefined if it is none, forged or expired. */
  userOf(header = '') {
    const [, signed, claims, signature] = /^Bearer ([\w-]+\.([\w-]+))\.([\w-]+)$/.exec(header) ?? []
    if (signed === undefined) return undefined
    const [given, expected] = [Buffer.from(signature, 'base64url'), this.#sign(signed)]
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
    const { sub, exp } = JSON.parse(Buffer.from(claims, 'base64url'))
    return exp > Date.now() / 1000 ? sub : undefined
  }

  #sign(text) {
    return createHmac('sha256', this.#secret).update(text).digest()
  }
}

function encode(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
