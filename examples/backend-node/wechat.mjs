// Who somebody is in a WeChat mini-program: `wx.login` gives a code, which WeChat's server exchanges for the user's openid.

const TIMEOUT_MS = 5000

/** The openid that a code stands for; undefined if WeChat does not take the code. */
export async function openIdOf(code, { WECHAT_URL = 'https://api.weixin.qq.com', WECHAT_APPID = '', WECHAT_SECRET = '' }) {
  const query = new URLSearchParams({
    appid: WECHAT_APPID,
    secret: WECHAT_SECRET,
    js_code: String(code),
    grant_type: 'authorization_code',
  })
  const response = await fetch(`${WECHAT_URL}/sns/jscode2session?${query}`, { signal: AbortSignal.timeout(TIMEOUT_MS) })
  const { openid, errcode, errmsg } = await response.json()
  if (openid !== undefined) return openid
  // 40029 and 40163: the code is wrong, or used. Everything else is not the user's fault.
  if (errcode === 40029 || errcode === 40163) return undefined
  throw new Error(`WeChat does not say who it is: ${errcode} ${errmsg}`)
}
