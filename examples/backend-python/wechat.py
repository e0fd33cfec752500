"""Who somebody is in a WeChat mini-program: `wx.login` gives a code, which WeChat's server exchanges for the user's openid."""

from collections.abc import Mapping

import httpx

TIMEOUT_S = 5
# The code is wrong, or used. Everything else is not the user's fault.
WRONG_CODE = (40029, 40163)


async def open_id_of(code: str, environment: Mapping[str, str]) -> str | None:
    """The openid that a code stands for; None if WeChat does not take the code."""
    query = {
        "appid": environment.get("WECHAT_APPID", ""),
        "secret": environment.get("WECHAT_SECRET", ""),
        "js_code": code,
        "grant_type": "authorization_code",
    }
    url = environment.get("WECHAT_URL", "https://api.weixin.qq.com")
    async with httpx.AsyncClient(timeout=TIMEOUT_S) as client:
        answer = (await client.get(f"{url}/sns/jscode2session", params=query)).json()
    if "openid" in answer:
        return answer["openid"]
    if answer.get("errcode") in WRONG_CODE:
        return None
    raise RuntimeError(f"WeChat does not say who it is: {answer.get('errcode')} {answer.get('errmsg')}")
