import { host, hostError } from "./wx.js";

/** The host's storage, with promises. */

export function storageKeys(): Promise<string[]> {
  return new Promise((resolve, reject) => {
    host().getStorageInfo({
      success: ({ keys }) => resolve(keys),
      fail: (error) => reject(hostError("wx.getStorageInfo", error)),
    });
  });
}

export function readKey(key: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    host().getStorage({
      key,
      success: ({ data }) => resolve(data),
      fail: (error) => reject(hostError("wx.getStorage", error)),
    });
  });
}

export function writeKey(key: string, data: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    host().setStorage({
      key,
      data,
      success: () => resolve(),
      fail: (error) => reject(hostError("wx.setStorage", error)),
    });
  });
}

export function removeKey(key: string): Promise<void> {
  return new Promise((resolve, reject) => {
    host().removeStorage({
      key,
      success: () => resolve(),
      fail: (error) => reject(hostError("wx.removeStorage", error)),
    });
  });
}
