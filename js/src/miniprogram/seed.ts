import { MobileIMError } from "../errors.js";
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

function randomSeed(): Promise<[number, number]> {
  return new Promise((resolve, reject) => {
    const wx = host();
    if (wx.getRandomValues === undefined) throw tooOld("wx.getRandomValues", "2.15.0");
    wx.getRandomValues({
      length: 8,
      success: ({ randomValues }) => {
        const view = new DataView(randomValues);
        resolve([view.getUint32(0), view.getUint32(4)]);
      },
      fail: (error) => reject(hostError("wx.getRandomValues", error)),
    });
  });
}
