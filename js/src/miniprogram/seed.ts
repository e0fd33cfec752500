import { MobileIMError } from "../client/errors.js";
import { host, hostError, tooOld } from "./wx.js";

/**
 * The engine's seed, from the host's good randomness: fingerprints are made from it, and one that is guessed or
 * repeated would lose messages. There is nothing to fall back to.
 *
 * @throws MobileIMError with the code `"no-randomness"`
 */
export async function seed(): Promise<[number, number]> {
  try {
    return await randomSeed();
  } catch (cause) {
    throw new MobileIMError("no-randomness", (cause as Error).message, { cause });
  }
}

async function randomSeed(): Promise<[number, number]> {
  const view = new DataView(await randomBytes());
  return [view.getUint32(0), view.getUint32(4)];
}

function randomBytes(): Promise<ArrayBuffer> {
  return new Promise((resolve, reject) => {
    const wx = host();
    if (wx.getRandomValues === undefined) throw tooOld("wx.getRandomValues", "2.15.0");
    wx.getRandomValues({
      length: 8,
      success: ({ randomValues }) => resolve(randomValues),
      fail: (error) => reject(hostError("wx.getRandomValues", error)),
    });
  });
}
