/**
 * What an application hands in, checked before anything else sees it: the engine's glue takes memory for texts by their
 * length, and does not ask what they are.
 */
import { MobileIMError } from "./errors.js";

/** A call was given something that it does not take; `code` is `"bad-argument"`. Nothing has happened. */
export class ArgumentError extends MobileIMError {
  override name = "ArgumentError";
  /** Which argument or option. */
  readonly argument: string;

  constructor(argument: string, must: string, given: unknown) {
    super("bad-argument", `${argument} must be ${must}, not ${shown(given)}`);
    this.argument = argument;
  }
}

/** A value in a few words. */
export function shown(given: unknown): string {
  if (typeof given === "string")
    return JSON.stringify(given.length > 60 ? `${given.slice(0, 60)}...` : given);
  if (typeof given === "function" || (typeof given === "object" && given !== null))
    return Array.isArray(given) ? "an array" : `a value of the type ${typeof given}`;
  return String(given);
}

export const isText = (given: unknown): given is string => typeof given === "string";
export const isFunction = (given: unknown): boolean => typeof given === "function";
export const isBoolean = (given: unknown): boolean => typeof given === "boolean";
export const isObject = (given: unknown): given is object => typeof given === "object" && given !== null;

/** @throws ArgumentError unless it is right */
export function check(isRight: boolean, argument: string, must: string, given: unknown): void {
  if (!isRight) throw new ArgumentError(argument, must, given);
}

/** The same for what may be missing. */
export function checkOption(
  is: (given: unknown) => boolean,
  argument: string,
  must: string,
  given: unknown,
): void {
  check(given === undefined || is(given), argument, must, given);
}

/**
 * A user's id or a fingerprint as a text: numbers are ids in many back ends. One past 2^53 is not what it was, and half a
 * surrogate pair would not come back as it was.
 */
export function idOf(argument: string, given: unknown): string {
  const isId = isText(given)
    ? !/[\ud800-\udfff]/u.test(given)
    : typeof given === "bigint" || Number.isSafeInteger(given);
  check(isId, argument, "a text, or a whole number below 2^53", given);
  return String(given);
}
