/** What the API answers with, as its document says. */
import type { components } from "../../docs/api.js";

type Schemas = components["schemas"];

export type Statistics = Schemas["Statistics"];
export type Times = Schemas["Times"];
export type Counts = Statistics["messages"];
export type ServerInfo = Schemas["ServerInfo"];
export type OnlinePage = Schemas["OnlinePage"];
export type OnlineAnswer = Schemas["OnlineAnswer"];
export type Sessions = Schemas["Sessions"];
export type Session = Schemas["Session"];
export type Devices = Schemas["Devices"];
export type Device = Schemas["Device"];
export type DeviceRemoved = Schemas["DeviceRemoved"];
export type GroupsPage = Schemas["GroupsPage"];
export type Group = Schemas["Group"];
export type MembersPage = Schemas["MembersPage"];
export type GroupEnded = Schemas["GroupEnded"];
export type HistoryPage = Schemas["HistoryPage"];
export type Kicked = Schemas["Kicked"];
export type WaitingPage = Schemas["WaitingPage"];
export type WaitingMessage = Schemas["Waits"];
export type Revoked = Schemas["RevokeAnswer"];
export type TakenBack = Schemas["TakenBack"];
export type EventError = Schemas["EventError"];
export type Purged = Schemas["Purged"];
export type Message = Schemas["Message"];
export type Outcomes = Schemas["Outcomes"];
export type Receiver = Schemas["Receiver"];
export type MessageState = Schemas["MessageState"];
export type ReceiverState = Schemas["ReceiverState"];
export type Why = Schemas["Why"];
export type MessageSteps = Schemas["MessageSteps"];
export type Consumers = Schemas["Consumers"];
export type ServerSettings = Schemas["ServerSettings"];
export type Setting = Schemas["ServerSetting"];
