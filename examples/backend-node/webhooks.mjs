// Signatures of what the server sends, as Standard Webhooks has them.
import { createHmac, timingSafeEqual } from 'node:crypto'

const MAX_AGE_S = 300

/** Whether a request was signed lately, with one of the secrets. The body is its bytes, as they came. */
export function isSigned(headers, body, secrets) {
  const { 'webhook-id': id = '', 'webhook-timestamp': time = '', 'webhook-signature': signatures = '' } = headers
  if (!/^\d+$/.test(time) || Math.abs(Date.now() / 1000 - time) > MAX_AGE_S) return false
  const given = signatures.split(' ').map((signature) => Buffer.from(signature))
  return secrets.some((secret) => {
    const hash = createHmac('sha256', keyOf(secret)).update(`${id}.${time}.`).update(body).digest('base64')
    const expected = Buffer.from(`v1,${hash}`)
    return given.some((it) => it.length === expected.length && timingSafeEqual(it, expected))
  })
}

function keyOf(secret) {
  return secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : secret
}
