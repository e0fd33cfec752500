import type { Client } from "../client/client.js";
import type { ClientOptions, SenseMode } from "../client/options.js";
import {
  type Create,
  type CreateSimple,
  type Imsdk,
  type KeepAliveDaemon,
  MBSenseMode,
  type MessageFactory,
  type Utilities,
} from "./api.js";
import { formatDate } from "./dates.js";
import { createImsdk } from "./imsdk.js";
import { messageIds } from "./message-ids.js";
import { type Uuids, uuids } from "./uuids.js";
import { wireMessage } from "./wire-message.js";

/** What differs from host to host. */
export interface ImsdkHost {
  createClient(options: ClientOptions): Promise<Client>;
  /** 32 bits of good randomness. */
  random(): number;
  /** Tells the user something. */
  alert(text: string): void;
}

/** The names that applications written for MobileIMSDK use. */
export interface ImsdkNames {
  IMSDK: Imsdk;
  MBProtocalFactory: MessageFactory;
  MBKeepAliveDaemon: KeepAliveDaemon;
  MBSenseMode: typeof MBSenseMode;
  MBUtils: Utilities;
  uuid: Uuids;
}

/** Makes `IMSDK` and what belongs to it, and hangs them on an object: the page's global one, or `wx`. */
export function installImsdk(target: object, host: ImsdkHost): ImsdkNames {
  const names = makeNames(host);
  // A name as common as this one may be another script's.
  const { uuid, ...ours } = names;
  Object.assign(target, Object.getOwnPropertyDescriptor(target, "uuid") ? ours : names);
  return names;
}

function makeNames({ createClient, random, alert }: ImsdkHost): ImsdkNames {
  const { next: nextId, setLength } = messageIds(random);
  let senseMode: SenseMode | undefined;
  const create = ((content, from, to, qos = true, fp = null, typeu = -1) =>
    wireMessage(content, from, to, qos, fp || (qos ? nextId() : undefined), typeu)) as Create;
  const createSimple = ((content, from, to, typeu) =>
    create(content, from, to, true, null, typeu)) as CreateSimple;
  const MBUtils: Utilities = { formatDate, alert: (text) => alert(String(text)) };
  return {
    IMSDK: createImsdk({
      createClient,
      nextId,
      senseMode: () => senseMode,
      // Applications put an alert of their own there.
      alert: (text) => MBUtils.alert(text),
    }),
    MBProtocalFactory: {
      createCommonDataSimple: createSimple,
      createCommonData2: createSimple,
      createCommonData: create,
      genFingerPrint: nextId,
      setMsgIdLength: setLength,
    },
    MBKeepAliveDaemon: {
      setSenseMode: (mode) => {
        senseMode = mode;
      },
    },
    MBSenseMode,
    MBUtils,
    uuid: uuids(random),
  };
}
