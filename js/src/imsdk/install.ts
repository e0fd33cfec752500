import type { Client } from "../client.js";
import type { ClientOptions, SenseMode } from "../options.js";
import { type Imsdk, type KeepAliveDaemon, MBSenseMode, type MessageFactory } from "./api.js";
import { formatDate } from "./dates.js";
import { createImsdk } from "./imsdk.js";
import { messageIds } from "./message-ids.js";
import { wireMessage } from "./wire-message.js";

/** What differs from host to host. */
export interface ImsdkHost {
  createClient(options: ClientOptions): Promise<Client>;
  /** 32 bits of good randomness. */
  random(): number;
}

/** The names that applications written for MobileIMSDK use. */
export interface ImsdkNames {
  IMSDK: Imsdk;
  MBProtocalFactory: MessageFactory;
  MBKeepAliveDaemon: KeepAliveDaemon;
  MBSenseMode: typeof MBSenseMode;
  MBUtils: {
    /** A date in a pattern's form, such as `yyyy-MM-dd hh:mm:ss`. */
    formatDate: typeof formatDate;
  };
}

/** Makes `IMSDK` and what belongs to it, and hangs them on an object: the page's global one, or `wx`. */
export function installImsdk(target: object, { createClient, random }: ImsdkHost): ImsdkNames {
  const { next: nextId, setLength } = messageIds(random);
  let senseMode: SenseMode | undefined;
  const create: MessageFactory["createCommonDataSimple"] = (content, from, to, typeu = -1) =>
    wireMessage(content, from, to, true, nextId(), typeu);
  const names: ImsdkNames = {
    IMSDK: createImsdk({ createClient, nextId, senseMode: () => senseMode }),
    MBProtocalFactory: {
      createCommonDataSimple: create,
      createCommonData2: create,
      createCommonData: (content, from, to, qos = true, fp = null, typeu = -1) =>
        wireMessage(content, from, to, qos, fp || (qos ? nextId() : undefined), typeu),
      setMsgIdLength: setLength,
    },
    MBKeepAliveDaemon: {
      setSenseMode: (mode) => {
        senseMode = mode;
      },
    },
    MBSenseMode,
    MBUtils: { formatDate },
  };
  Object.assign(target, names);
  return names;
}
