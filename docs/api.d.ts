// Made by `make docs` from openapi.json: what the HTTP API (api.md) takes and answers. For openapi-fetch, or by itself.
export interface paths {
    "/api/v1/broadcast": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sends to everybody who is online
         * @description To those who are when this is asked, at a rate that leaves room for people's own messages. It is answered at once.
         *
         *     Scope: `send:broadcast`.
         */
        post: operations["broadcast"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/broadcast/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Says how far a broadcast is
         * @description The last hundred that have ended are remembered, as long as the server runs.
         *
         *     Scope: `send:broadcast`.
         */
        get: operations["broadcast_progress"];
        put?: never;
        post?: never;
        /**
         * Ends a broadcast
         * @description Whoever has not been sent it yet is not. One that has ended stays as it is.
         *
         *     Scope: `send:broadcast`.
         */
        delete: operations["broadcast_cancel"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Looks at the configuration
         * @description All settings as they are in effect, and where each was set. Of a secret it says only whether it is set.
         *
         *     Scope: `server:read`.
         */
        get: operations["config"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Reads what has happened
         * @description Those behind a position, in their order. With `Accept: text/event-stream` it is a stream, which goes on behind `Last-Event-ID`.
         *     An event of type gap says that events before it are not kept any more.
         *
         *     Scope: `events:read`.
         */
        get: operations["events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events/consumers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists those who read events
         * @description Consumers whose position is kept, by name.
         *
         *     Scope: `events:read`.
         */
        get: operations["consumers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events/consumers/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Notes how far a consumer is
         * @description What it has it does not get again; what all have is not kept. It is made if there is none of this name.
         *
         *     Scope: `events:read`.
         */
        put: operations["move_consumer"];
        post?: never;
        /**
         * Removes a consumer
         * @description No events are kept for it any more.
         *
         *     Scope: `events:read`.
         */
        delete: operations["remove_consumer"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists the groups
         * @description What is there while all pages are read is in one of them, once.
         *
         *     Scope: `groups:read`.
         */
        get: operations["groups"];
        put?: never;
        /**
         * Makes a group
         * @description Its members are told by a message of the server's, with the `typeu` -10, which is the first of the group. One that was made with an id of
         *     yours is not made twice: then the answer is 409.
         *
         *     Scope: `groups:write`.
         */
        post: operations["make_group"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/groups/{group}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Says what a group is
         * @description Without its members, who may be many.
         *
         *     Scope: `groups:read`.
         */
        get: operations["group"];
        put?: never;
        post?: never;
        /**
         * Ends a group
         * @description Nobody is in it any more: its members are told, and keep what they may read of it, as long as that is kept.
         *
         *     Scope: `groups:write`.
         */
        delete: operations["end_group"];
        options?: never;
        head?: never;
        /**
         * Changes a group
         * @description Its name, who may write, from where on members read, and who is muted. Its members are told, as of all changes, by a message of the
         *     server's with the `typeu` -10.
         *
         *     Scope: `groups:write`.
         */
        patch: operations["change_group"];
        trace?: never;
    };
    "/api/v1/groups/{group}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Shows what was written in a group
         * @description All that is kept, also of a group that has ended.
         *
         *     Scope: `history:read`.
         */
        get: operations["group_history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/groups/{group}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists who is in a group
         * @description Who is while all pages are read is in one of them, once.
         *
         *     Scope: `groups:read`.
         */
        get: operations["members"];
        put?: never;
        /**
         * Adds members to a group, or gives them other roles
         * @description All of them or none. Asked again, it changes nothing but that the group is told once more.
         *
         *     Scope: `groups:write`.
         */
        post: operations["add_members"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/groups/{group}/members/remove": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Removes members from a group
         * @description All of them or none. They may read what was written before, as long as it is kept.
         *
         *     Scope: `groups:write`.
         */
        post: operations["remove_members"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sends a message
         * @description As the server, or in the name of a user. `delivered` and `stored` hold whatever happens; on its way is neither yet. If no answer
         *     comes, or for some there was no room, send it again with the same fingerprint.
         *
         *     Of a group, `stored` is the last word: it stands in the group's history, and comes to all members. If the sender may not write in one of
         *     the groups, it goes to nobody.
         *
         *     Scope: `send` or `send:as-user`.
         */
        post: operations["send"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/messages/{from}/{fp}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Says what became of a message
         * @description For each receiver: `unknown` if neither what the server remembers nor the store knows of it. What is fleeting is never known. Of what
         *     waits, why; of a receiver who is named with `to` also how many messages are stored before it, and when it expires.
         *
         *     Scope: `messages:read`.
         */
        get: operations["message"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/messages/{from}/{fp}/steps": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Says what happened to a message
         * @description Each step with its time: received, sent to which session, sent again, acknowledged, stored, refused. From memory, for as long as that
         *     has room; steps of a message that is forgotten are none.
         *
         *     Scope: `messages:read`.
         */
        get: operations["message_steps"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Says what there is
         * @description This document. It needs no key.
         */
        get: operations["openapi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/server": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Looks at the server
         * @description Its version, for how long it serves, its sessions and where it listens.
         *
         *     Scope: `server:read`.
         */
        get: operations["server"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Looks at what the server counts
         * @description The counters that the admin page draws. `/metrics` has more, for Prometheus.
         *
         *     Scope: `server:read`.
         */
        get: operations["stats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/online": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists who is online
         * @description Whoever is online while all pages are read is in one of them, once.
         *
         *     Scope: `users:read`.
         */
        get: operations["all_online"];
        put?: never;
        /**
         * Says who of many users is online
         * @description Whoever has a session is.
         *
         *     Scope: `users:read`.
         */
        post: operations["online"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user}/conversations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists a user's conversations
         * @description Groups that the user is in or was, and, where what two users write to each other is kept, those users. The ones with the latest messages
         *     come first; one that gets a message while pages are read may be missing in them.
         *
         *     Scope: `history:read`.
         */
        get: operations["conversations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user}/devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists a user's devices
         * @description A user of whom no device is known has none.
         *
         *     Scope: `users:read`.
         */
        get: operations["devices"];
        put?: never;
        post?: never;
        /**
         * Removes a device of a user
         * @description Its session ends, its client is told not to come back (code 2), and what waits for it is removed. Should it log in again, it is a new
         *     device.
         *
         *     Scope: `users:write`.
         */
        delete: operations["remove_device"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user}/history/{with}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Shows what a user and another, or a group, have written
         * @description As far as the user may read it: of a group from where the user joined, or all of it if the group is so, up to where the user left.
         *
         *     Scope: `history:read`.
         */
        get: operations["history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Revokes a user's tokens
         * @description Those that were issued before a time (`iat`) are refused, also by a server that takes over, and one that does not say when. The
         *     user's sessions end. A back end that is asked about each login decides for itself, and is asked again.
         *
         *     Scope: `users:write`.
         */
        post: operations["revoke"];
        /**
         * Takes back that a user's tokens were revoked
         * @description Those that have not expired are taken again.
         *
         *     Scope: `users:write`.
         */
        delete: operations["take_back"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user}/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists a user's sessions
         * @description A user who is offline, or does not exist, has none.
         *
         *     Scope: `users:read`.
         */
        get: operations["sessions"];
        put?: never;
        post?: never;
        /**
         * Ends all sessions of a user
         * @description The clients are told not to come back. Whoever may still log in can.
         *
         *     Scope: `users:write`.
         */
        delete: operations["kick_all"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user}/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Ends one session of a user
         * @description If it is the one that is there: not another one that has taken its place.
         *
         *     Scope: `users:write`.
         */
        delete: operations["kick"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user}/waiting": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists what waits for a user
         * @description What is stored and not acknowledged by the user's client; it may be on its way there. Nothing of what is only in memory.
         *
         *     Scope: `users:read`.
         */
        get: operations["waiting"];
        put?: never;
        post?: never;
        /**
         * Takes away what waits for a user
         * @description All of it, or what is of one sender or has one fingerprint. Nothing of it is sent any more once this is answered, but what has been
         *     sent already. Their senders are told nothing: they have been acknowledged.
         *
         *     Scope: `users:write`.
         */
        delete: operations["purge"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description A message to everybody who is online */
        Announcement: {
            /**
             * @description Whether it is kept for whoever goes offline before it comes
             * @default fleeting
             */
            class: "kept" | "fleeting";
            /** @description Its fingerprint, which is its id. What is sent again with it, as long as it is remembered, is the same broadcast. Made up if there is none */
            fp?: string | null;
            /**
             * Format: int32
             * @description To how many users it is sent in a second; as many as `api.broadcast-rate` says at most, and by default
             */
            perSecond?: number | null;
            /** @description Its text */
            text: string;
            /**
             * Format: int64
             * @description How long what is kept may wait, in seconds
             */
            ttl?: number | null;
            /**
             * Format: int32
             * @description The application's own type of message
             * @default -1
             */
            typeu: number;
        };
        /** @description What became of a question to the back end */
        Asked: {
            /** @description Logins or messages about which it was asked, or was to be, by what came of it */
            outcomes: {
                [key: string]: number;
            };
            /** @description Requests in which it was asked, by what came of them; one may be about many messages */
            requests: {
                [key: string]: number;
            };
            time: components["schemas"]["Times"];
        };
        /** @description How far a consumer is */
        ConsumerState: {
            /**
             * Format: int64
             * @description How many positions the newest event is ahead
             */
            behind: number;
            /** @description webhook is the back end that events are sent to */
            name: string;
            /**
             * Format: int64
             * @description The last event that it has
             */
            position: number;
            /**
             * Format: int64
             * @description When it came last, in ms since 1970
             */
            seenAt: number;
        };
        /** @description Those who read events */
        Consumers: {
            /** @description By name */
            consumers: components["schemas"]["ConsumerState"][];
        };
        /** @description Some of a user's conversations */
        ConversationsPage: {
            /** @description Those with the latest messages first */
            conversations: components["schemas"]["OneConversation"][];
            /**
             * Format: int64
             * @description If there are more: the `before` of the next page
             */
            next?: number;
            user: string;
        };
        /** @description A device of a user's: each gets each message */
        Device: {
            /** @description What its client calls it; empty for clients that name none, as those of MobileIMSDK */
            device: string;
            /**
             * Format: int64
             * @description When it was online last, in ms since 1970: to about a day
             */
            lastSeen: number;
            /**
             * Format: int64
             * @description From when on messages were not kept for it, as it has been away for long and has too many, in ms since 1970
             */
            missedSince: number | null;
            /** @description What kind of device it is, as its client says */
            platform: string | null;
            /**
             * Format: int64
             * @description The number of its session, if it is online
             */
            session: number | null;
            /**
             * Format: int64
             * @description When it logged in first, in ms since 1970
             */
            since: number;
        };
        /** @description The device is removed */
        DeviceRemoved: {
            /** @description What its client calls it */
            removed: string;
        };
        /** @description A user's devices */
        Devices: {
            /** @description In the order they came; none where users have one session, whatever it is on */
            devices: components["schemas"]["Device"][];
            user: string;
        };
        /** @description What was recorded of what happens */
        EventCounts: {
            /** @description By how many events each consumer is behind the newest now; webhook is the back end that they are sent to */
            behind: {
                [key: string]: number;
            };
            /**
             * Format: int64
             * @description What they count now, in bytes
             */
            bytes: number;
            /**
             * Format: int64
             * @description Events that were removed before everybody had read them
             */
            dropped: number;
            /**
             * Format: int64
             * @description Events that are kept now
             */
            kept: number;
            /**
             * Format: int64
             * @description Events that could not be recorded
             */
            lost: number;
            /** @description Events that were recorded, by type */
            recorded: {
                [key: string]: number;
            };
            /** @description Not there if events are sent nowhere */
            webhook?: components["schemas"]["EventWebhook"];
        };
        /** @description Why events were not taken last. Nothing of what was sent is in it, and nothing of the URL that it was sent to */
        EventError: {
            /**
             * Format: int64
             * @description When the last of them failed, in ms since 1970
             */
            at: number;
            kind: components["schemas"]["EventErrorKind"];
            /**
             * Format: int64
             * @description When it is tried again, in ms since 1970. Not there if events were taken since
             */
            nextAt?: number;
            /**
             * Format: int64
             * @description When the first of the requests failed that failed in a row, in ms since 1970
             */
            since: number;
            /**
             * Format: int32
             * @description What it was answered with, if that is why
             */
            status?: number;
            /**
             * Format: int64
             * @description When events were taken again, in ms since 1970. Not there if they were not
             */
            takenAt?: number;
            /** @description The same for people */
            text: string;
            /**
             * Format: int64
             * @description How many they are
             */
            tries: number;
        };
        /**
         * @description What kind of error: `status`, it answers with a status that is no success; `too_slow`, it does not answer in time (`events.timeout`);
         *     `certificate`, its certificate is not trusted or another one's; `redirect`, it is said to be elsewhere, which is not followed; `no_answer`,
         *     it cannot be reached or breaks off
         * @enum {string}
         */
        EventErrorKind: "status" | "too_slow" | "certificate" | "redirect" | "no_answer";
        /** @description The back end that events are sent to */
        EventWebhook: {
            /** @description Why events were not taken last. Not there if they always were */
            lastError?: components["schemas"]["EventError"];
            /** @description Requests with events, by what came of them */
            requests: {
                [key: string]: number;
            };
        };
        /** @description Events in their order */
        Events: {
            events: components["schemas"]["RecordedEvent"][];
            /**
             * Format: int64
             * @description The position to go on behind
             */
            position: number;
        };
        /** @description A group */
        Group: {
            /** @description How many of them are admins */
            admins: number;
            /**
             * @description From where on a member may read what was written: `joining`, from where the member joined; `all`, all that is kept
             * @enum {string}
             */
            history: "joining" | "all";
            id: string;
            /**
             * @description Who may add members, where clients change groups: `admins`, its owners and admins; `all`, all members
             * @enum {string}
             */
            invite: "admins" | "all";
            /** @description How many members it has */
            members: number;
            /** @description Who may not write */
            muted: string[];
            name: string;
            /** @description How many of them are owners */
            owners: number;
            /**
             * @description Who may write: `all`, all members who are not muted; `admins`, its owners and admins; `server`, the server alone, and users in whose name the
             *     back end sends are not it
             * @enum {string}
             */
            writers: "all" | "admins" | "server";
        };
        /** @description The group has ended */
        GroupEnded: {
            /** @description Its id */
            ended: string;
        };
        /** @description A group's id: it begins with #, and has 2 to 256 bytes */
        GroupId: string;
        /** @description Some of the groups */
        GroupsPage: {
            /** @description Their ids, in the order of their bytes */
            groups: string[];
            /** @description If there are more: the `after` of the next page */
            next?: string;
        };
        /** @description A message of a conversation */
        HistoryMessage: {
            /** @description Its fingerprint */
            fp: string;
            /** @description Its sender: a user's id, or 0 for the server */
            from: string;
            /** @description The users whom it mentions */
            mentions?: string[];
            /** @description Whether it mentions all who read it */
            mentionsAll?: boolean;
            /** @description The message that it replies to */
            replyTo?: components["schemas"]["Reply"];
            /**
             * Format: int64
             * @description Its number in the conversation: the first has 1, and none is missing between two
             */
            seq: number;
            /**
             * Format: int64
             * @description When it was stored, in ms since 1970
             */
            storedAt: number;
            text: string | null;
            /**
             * Format: int32
             * @description The application's own type of message; -10 if it says how a group has changed
             */
            typeu: number;
        };
        /** @description A part of a conversation */
        HistoryPage: {
            /**
             * Format: int64
             * @description The number of the first message that is kept, and may be read: what is missing before it is not kept any more. If none is, the number
             *     that the next will have
             */
            first: number;
            /**
             * Format: int64
             * @description The number of the last one; 0 if there never was one
             */
            last: number;
            /** @description In the order of their numbers */
            messages: components["schemas"]["HistoryMessage"][];
            /** @description Whether there are more in that direction: with `after`, behind these; else before them */
            more: boolean;
        };
        /** @description Who is to be in a group */
        Joining: {
            by?: null | components["schemas"]["UserId"];
            /** @description Who joins; who is a member already has the role from now on */
            members: components["schemas"]["Member"][];
        };
        /** @description How many sessions were ended */
        Kicked: {
            kicked: number;
        };
        /** @description Who is not to be in a group any more */
        Leaving: {
            by?: null | components["schemas"]["UserId"];
            /** @description Their ids. All of them must be members */
            users: components["schemas"]["UserId"][];
        };
        /** @description A member, or who is to be one */
        Member: {
            /** @default member */
            role: "member" | "admin" | "owner";
            user: components["schemas"]["UserId"];
        };
        /** @description Some of a group's members */
        MembersPage: {
            group: string;
            /** @description In the order of their ids' bytes */
            members: components["schemas"]["Member"][];
            /** @description If there are more: the `after` of the next page */
            next?: string;
        };
        /** @description A message of the server, or of the back end in the name of a user */
        Message: {
            /**
             * @description Whether it is kept until its receiver has it
             * @default kept
             */
            class: "kept" | "fleeting";
            /** @description Its fingerprint. What is kept, and sent again with it, is not delivered twice to the same user. Made up if there is none */
            fp?: string | null;
            from?: null | components["schemas"]["UserId"];
            /** @description The users whom it mentions. Who has not read it is told how many such there are */
            mentions?: components["schemas"]["UserId"][];
            /** @description Whether it mentions all who read it */
            mentionsAll?: boolean;
            replyTo?: null | components["schemas"]["Reply"];
            /** @description Its text */
            text: string;
            /** @description The ids of its receivers, or of groups. Who is named twice gets it once */
            to: components["schemas"]["UserId"][];
            /**
             * Format: int64
             * @description How long it may wait for its receiver, in seconds. Later it is not delivered. Without it, as long as the store keeps messages. What is
             *     for a group has none
             */
            ttl?: number | null;
            /**
             * Format: int32
             * @description The application's own type of message
             * @default -1
             */
            typeu: number;
            /**
             * Format: int64
             * @description How long the answer waits, in ms, for what becomes of what is kept. It comes as soon as that is known for all receivers
             * @default 500
             */
            wait: number;
        };
        /** @description What is known of a message */
        MessageState: {
            fp: string;
            from: string;
            /** @description For each receiver of whom something is known, or who was asked for */
            receivers: components["schemas"]["ReceiverState"][];
        };
        /** @description Something that happened to a message */
        MessageStep: {
            /**
             * Format: int64
             * @description When, in ms since 1970
             */
            at: number;
            /**
             * Format: int64
             * @description The code that the application has refused it with
             */
            code?: number;
            /**
             * Format: int64
             * @description The receiver's session that it was sent to
             */
            session?: number;
            /** @description What, such as received, sent, stored or delivered */
            step: string;
            /** @description The same for people */
            text: string;
            /** @description The receiver; not there if it is forgotten */
            to?: string;
        };
        /** @description What happened to a message */
        MessageSteps: {
            fp: string;
            from: string;
            /**
             * Format: int64
             * @description Since when the server remembers what happens to messages like this, in ms since 1970; what came before is forgotten. Not there if
             *     it remembers nothing (`[explain]`)
             */
            since?: number;
            /** @description In their order */
            steps: components["schemas"]["MessageStep"][];
        };
        /** @description A group to be made */
        NewGroup: {
            by?: null | components["schemas"]["UserId"];
            /** @default joining */
            history: "joining" | "all";
            id?: null | components["schemas"]["GroupId"];
            /** @default admins */
            invite: "admins" | "all";
            /** @description Who is in it. More can be added */
            members?: components["schemas"]["Member"][];
            /** @description Who may not write */
            muted?: components["schemas"]["UserId"][];
            /** @description What people call it, in 256 bytes at most */
            name?: string;
            /** @default all */
            writers: "all" | "admins" | "server";
        };
        /** @description Where a consumer is to go on */
        NewPosition: {
            /**
             * Format: int64
             * @description The last event that it has
             */
            position: number;
        };
        /** @description A conversation of a user's */
        OneConversation: {
            last: null | components["schemas"]["HistoryMessage"];
            /**
             * Format: int64
             * @description The number of the last message that the user may read
             */
            lastSeq: number;
            /**
             * Format: int64
             * @description How many of those mention the user, or all
             */
            mentions: number;
            /**
             * Format: int64
             * @description Up to which message the user has read; 0 if none
             */
            readSeq: number;
            /**
             * Format: int64
             * @description How many messages of others stand behind that, counted to 1000
             */
            unread: number;
            /** @description A user's id, or a group's, which begins with # */
            with: string;
        };
        /** @description Those of them who are */
        OnlineAnswer: {
            /** @description Their ids, in the order of the question */
            online: string[];
        };
        /** @description Some of those who are online */
        OnlinePage: {
            /** @description If there are more: the `after` of the next page */
            next?: string;
            /** @description Their ids, in the order of their bytes */
            online: string[];
        };
        /** @description Users who may be online */
        OnlineQuestion: {
            /** @description Their ids */
            users: components["schemas"]["UserId"][];
        };
        /** @description What is to be changed of a group: what is left out stays */
        OtherSettings: {
            by?: null | components["schemas"]["UserId"];
            history?: null | ("joining" | "all");
            invite?: null | ("admins" | "all");
            /** @description All who may not write from now on */
            muted?: components["schemas"]["UserId"][] | null;
            /** @description What people call it, in 256 bytes at most */
            name?: string | null;
            writers?: null | ("all" | "admins" | "server");
        };
        /**
         * @description What became of it: `delivered`, the receiver has it; `stored`, it is durable, and waits for the receiver; `on_its_way`, neither yet;
         *     `acknowledged`, one of the first two, and it is not remembered which; `sent`, it has left, as it is fleeting; `offline`, so it goes
         *     nowhere, as it is fleeting or nothing is stored here; `expired`, its time to live is over; `mailbox_full`, as much as may be is stored
         *     for the receiver; `no_room`, for now: send it again a little
         *     later; `too_long` for the user's clients. Of one that was sent before: `refused`, the application would not have it; `removed`, it was
         *     stored, and was taken away or waited too long; `unknown`, nothing is known of it
         * @enum {string}
         */
        Outcome: "delivered" | "stored" | "on_its_way" | "acknowledged" | "sent" | "offline" | "expired" | "mailbox_full" | "no_room" | "too_long" | "refused" | "removed" | "unknown";
        /** @description What became of a message */
        Outcomes: {
            /** @description Its fingerprint */
            fp: string;
            /** @description Its receivers, in the order of the request */
            receivers: components["schemas"]["Receiver"][];
        };
        /** @description What went wrong (RFC 9457). */
        Problem: {
            /** @description What is wrong, for people */
            detail: string;
            /** @description With 403, the scope that the key has not */
            missingScope?: string;
            /**
             * Format: int32
             * @description The status
             */
            status: number;
            /** @description The status in words */
            title: string;
            /** @description Always `about:blank`: the status says what kind of problem it is */
            type: string;
        };
        /** @description How far a broadcast is */
        Progress: {
            /**
             * Format: int64
             * @description When it began, in ms since 1970
             */
            beganAt: number;
            /** @description Its id, which is its messages' fingerprint */
            id: string;
            /**
             * Format: int64
             * @description How many of them had gone offline before, if it is fleeting
             */
            offline: number;
            /**
             * Format: int64
             * @description To how many it could not be sent, as there was no room or their clients take no message as long
             */
            refused: number;
            /**
             * Format: int64
             * @description To how many of them it has been sent
             */
            sent: number;
            /**
             * @description `running`; `done`; `cancelled`, somebody has ended it; `stopped`, the server has
             * @enum {string}
             */
            state: "running" | "done" | "cancelled" | "stopped";
            /** @description How many users were online then */
            users: number;
        };
        /** @description How many messages were taken away */
        Purged: {
            /** Format: int64 */
            purged: number;
        };
        /** @description What became of a message to one user */
        Receiver: {
            /** @description With `too_long`, the most bytes that are taken, as JSON with all that goes with the text */
            maxLength?: number;
            outcome: components["schemas"]["Outcome"];
            /** @description Whether one with this fingerprint came to the user before: the outcome is that one's, and this one goes nowhere */
            repeated?: boolean;
            user: string;
        };
        /** @description What is known of a message to one user */
        ReceiverState: {
            /** @description With `too_long`, the most bytes that are taken, as JSON with all that goes with the text */
            maxLength?: number;
            outcome: components["schemas"]["Outcome"];
            user: string;
            /** @description Why it is not with the receiver, if it waits or has expired */
            why?: components["schemas"]["Why"];
        };
        /** @description Something that has happened. docs/events.md says what each type has */
        RecordedEvent: {
            /**
             * Format: int64
             * @description When, in ms since 1970
             */
            at?: number;
            /** @description The same if it is the same event again */
            id: string;
            /**
             * Format: int64
             * @description Where it stands
             */
            position: number;
            /** @description What it says, such as online or stored */
            type: string;
        };
        /** @description A message that another replies to */
        Reply: {
            /** @description Its fingerprint */
            fp: string;
            /** @description Its sender: a user's id, or 0 for the server */
            from: string;
            /**
             * Format: int64
             * @description Its number in the conversation, if that is known
             */
            seq?: number | null;
        };
        /** @description The tokens are revoked */
        RevokeAnswer: {
            /**
             * Format: int64
             * @description Tokens that were issued before this are refused, in ms since 1970: what was asked for, or what was before, if that is later
             */
            before: number;
            /** @description How many sessions were ended */
            kicked: number;
            user: string;
        };
        /** @description Which tokens are revoked, and what the clients are told whose sessions end */
        RevokeRequest: {
            /**
             * Format: int64
             * @description Tokens that were issued before this are refused, in ms since 1970: now, if nothing is said
             */
            before?: number | null;
            /**
             * @description What the client is told: 2, by an administrator, or a code of the application's own, from 1025 on
             * @default 2
             */
            code: number | null;
            /** @description Why, for the clients: 256 bytes at most */
            reason?: string | null;
        };
        /** @description The server */
        ServerInfo: {
            /**
             * Format: int64
             * @description The TCP and WebSocket connections now, logged in or not
             */
            connections: number;
            /** @description The addresses on which it listens, by listener */
            listeners: {
                [key: string]: string;
            };
            /** @description The sessions now, by transport */
            sessions: {
                [key: string]: number;
            };
            /**
             * Format: int64
             * @description For how long it has served, in seconds
             */
            uptime: number;
            version: string;
        };
        /** @description A setting */
        ServerSetting: {
            /** @description For a secret, whether it is set */
            isSet?: boolean;
            /** @description Its name in a file */
            key: string;
            /** @description The line of the file */
            line?: number;
            /** @description Whether another value is configured, which holds after a restart */
            needsRestart: boolean;
            /** @description If it has no value, what holds in its place, in words */
            otherwise?: string;
            /** @description What it was set by: the flag, the environment variable or the file */
            place?: string;
            source: components["schemas"]["SettingSource"];
            /** @description Its value as text; not there for a secret, and if it has none. Of a URL, the query is left out */
            value?: string;
        };
        /** @description The settings by which the server runs */
        ServerSettings: {
            settings: components["schemas"]["ServerSetting"][];
        };
        /** @description A connection that is logged in */
        Session: {
            /** @description The client's address and port; behind a trusted proxy what that says, with port 0 if it says none */
            address: string | null;
            /** @description What its client calls the device that it is on, if it says so */
            device: string | null;
            /**
             * Format: int64
             * @description Its number, as long as the server runs
             */
            id: number;
            /**
             * Format: int64
             * @description When something came from it, in ms since 1970
             */
            lastHeard: number;
            /** @description The origin of the page, if it is one */
            origin: string | null;
            /** @description What kind of device that is, as its client says */
            platform: string | null;
            /**
             * Format: int64
             * @description When it began, in ms since 1970
             */
            since: number;
            /** @description Whether it is encrypted */
            tls: boolean;
            /** @description tcp, udp or websocket */
            transport: string;
        };
        /** @description A user's sessions */
        Sessions: {
            /** @description None if the user is offline */
            sessions: components["schemas"]["Session"][];
            user: string;
        };
        /**
         * @description Where a setting was set
         * @enum {string}
         */
        SettingSource: "default" | "flag" | "variable" | "file";
        /** @description What the server counts. What is not said to be now is since it began to serve */
        Statistics: {
            /**
             * Format: int64
             * @description Now, in ms since 1970
             */
            at: number;
            /**
             * Format: int64
             * @description The TCP and WebSocket connections now, logged in or not
             */
            connections: number;
            delivery: components["schemas"]["Times"];
            /** @description Not there if no events are recorded */
            events?: components["schemas"]["EventCounts"];
            /**
             * Format: int64
             * @description Users who are online, or for whom something is under way or remembered, now
             */
            knownUsers: number;
            /** @description What became of logins */
            logins: {
                [key: string]: number;
            };
            /**
             * Format: int64
             * @description What mailboxes hold in memory now, in bytes
             */
            mailboxBytes: number;
            /** @description What became of messages, by outcome */
            messages: {
                [key: string]: number;
            };
            /**
             * Format: int64
             * @description Messages that were sent again on the same session, as they were not acknowledged in time
             */
            retransmissions: number;
            /**
             * Format: int64
             * @description What waits to be written to connections now, in bytes
             */
            sendQueueBytes: number;
            /** @description The sessions now, by transport */
            sessions: {
                [key: string]: number;
            };
            store: components["schemas"]["Storage"];
            storing: components["schemas"]["Times"];
            /** @description What is wrong now, in words */
            troubles: string[];
            /**
             * Format: int64
             * @description For how long it has served, in seconds
             */
            uptime: number;
            webhooks: components["schemas"]["Webhooks"];
        };
        /** @description What the message store has, and has done */
        Storage: {
            /**
             * Format: int64
             * @description What they count now, in bytes
             */
            bytes?: number;
            /**
             * Format: int64
             * @description Free room of its disk now, in bytes
             */
            diskFree?: number;
            /** @description Whether that is less than is to stay free, so that messages are refused */
            diskLow?: boolean;
            /**
             * Format: int64
             * @description Messages that were removed unread, as they had waited as long as they may
             */
            expired: number;
            /**
             * Format: int64
             * @description Messages that are stored now
             */
            messages?: number;
            /**
             * Format: int64
             * @description Memory of what waits for the database now, in bytes
             */
            queuedBytes: number;
            /** @description Messages that were refused, by the limit that was reached */
            refused: {
                [key: string]: number;
            };
            /**
             * Format: int64
             * @description Messages that the database made durable
             */
            stored: number;
            transactions: components["schemas"]["Times"];
            /** @description Whether it took what it was given last */
            works: boolean;
        };
        /** @description Whether something was taken back */
        TakenBack: {
            /** @description Whether tokens of the user were revoked */
            takenBack: boolean;
        };
        /** @description How long something took, in classes. Each has how many took longer than the class before it, and no longer than its bound */
        Times: {
            /** @description The bounds of the classes, in seconds. The last class has none */
            bounds: number[];
            /** @description How many there were in each class, one more than there are bounds */
            counts: number[];
        };
        /** @description A user's id: 256 bytes at most, and not 0, which is the server's, nor -1, which is nobody's */
        UserId: string;
        /** @description What waits for a user */
        WaitingPage: {
            /** @description In the order in which they will be delivered */
            messages: components["schemas"]["Waits"][];
            /**
             * Format: int64
             * @description If there are more: the `after` of the next page
             */
            next?: number;
            user: string;
        };
        /** @description A message that waits */
        Waits: {
            /** @description How many bytes it has, as JSON with all that goes with the text */
            bytes: number;
            /** @description Its fingerprint */
            fp: string;
            /** @description Its sender: a user's id, or 0 for the server */
            from: string;
            /**
             * Format: int64
             * @description When it was stored, in ms since 1970; null if the store, which is in memory, does not know
             */
            storedAt: number | null;
            /** @description Its text, if that was asked for */
            text?: string;
            /**
             * Format: int32
             * @description The application's own type of message
             */
            typeu: number;
        };
        /** @description What the back end was asked */
        Webhooks: {
            beforeC2c: components["schemas"]["Asked"];
            beforeC2s: components["schemas"]["Asked"];
            login: components["schemas"]["Asked"];
        };
        /** @description Why a message is not with its receiver yet, or never will be */
        Why: {
            /**
             * Format: int64
             * @description When its sender may send it again, in ms since 1970
             */
            againAt?: number;
            /** @description How many messages are stored for the receiver before it: they go first */
            before?: number;
            /**
             * Format: int64
             * @description When it is of no use any more, in ms since 1970, if ever and if it is stored
             */
            expiresAt?: number;
            /**
             * Format: int64
             * @description When something came from that session, in ms since 1970, if it is there
             */
            lastHeard?: number;
            /** @description Whether there are more of those, which were not counted */
            moreBefore?: boolean;
            reason: components["schemas"]["WhyReason"];
            /**
             * Format: int64
             * @description The receiver's session that it was sent to and that has not acknowledged it; if the user is offline, that session has ended
             */
            session?: number;
            /**
             * Format: int64
             * @description Since when, in ms since 1970, if that is known
             */
            since?: number;
            /** @description The same for people */
            text: string;
            /** @description How often it was sent to that session */
            tries?: number;
        };
        /**
         * @description Why: `asked`, the back end was asked about it, and has not answered; `put_off`, its sender was told to send it again later; `not_taken`, the
         *     same, as there was no room for it or the store did not take it; `offline`, the receiver is; `unacknowledged`, the receiver has been sent
         *     it; `too_long`, for the client with which the receiver is online, so that it waits for another one; `behind`, the receiver is online, and
         *     what came before it goes first; `due`, the receiver is online, and it is next; `expired`, it has waited for too long
         * @enum {string}
         */
        WhyReason: "asked" | "put_off" | "not_taken" | "offline" | "unacknowledged" | "too_long" | "behind" | "due" | "expired";
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    broadcast: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "text": "We are back in five minutes",
                 *       "typeu": 9,
                 *       "perSecond": 500
                 *     }
                 */
                "application/json": components["schemas"]["Announcement"];
            };
        };
        responses: {
            /** @description How far it is */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "f3a1",
                     *       "state": "running",
                     *       "beganAt": 1767225600000,
                     *       "users": 1200,
                     *       "sent": 0,
                     *       "offline": 0,
                     *       "refused": 0
                     *     }
                     */
                    "application/json": components["schemas"]["Progress"];
                };
            };
            /** @description The body is no such JSON, or something in it is wrong */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "expected 1 to 1000 users, not 0"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no key, or none that is valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "this needs a key: Authorization: Bearer, and the key"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Forbidden",
                     *       "status": 403,
                     *       "detail": "this needs a key with the scope send:broadcast",
                     *       "missingScope": "send:broadcast"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is longer than limits.api-body */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Payload Too Large",
                     *       "status": 413,
                     *       "detail": "Failed to buffer the request body: length limit exceeded"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body has another type than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unsupported Media Type",
                     *       "status": 415,
                     *       "detail": "Expected request with `Content-Type: application/json`"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "these are more requests than limits.api-rate allows"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server does not serve yet, or stops: Retry-After says when to ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "the server stops"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    broadcast_progress: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Its id
                 * @example f3a1
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How far it is */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "f3a1",
                     *       "state": "done",
                     *       "beganAt": 1767225600000,
                     *       "users": 1200,
                     *       "sent": 1198,
                     *       "offline": 2,
                     *       "refused": 0
                     *     }
                     */
                    "application/json": components["schemas"]["Progress"];
                };
            };
            /** @description The path or the query is wrong */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "expected a code that is 2, or 1025 or more"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no key, or none that is valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "this needs a key: Authorization: Bearer, and the key"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Forbidden",
                     *       "status": 403,
                     *       "detail": "this needs a key with the scope send:broadcast",
                     *       "missingScope": "send:broadcast"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such broadcast */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Not Found",
                     *       "status": 404,
                     *       "detail": "there is no broadcast with this id"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "these are more requests than limits.api-rate allows"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server does not serve yet, or stops: Retry-After says when to ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "the server stops"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    broadcast_cancel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Its id
                 * @example f3a1
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How far it has come */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "f3a1",
                     *       "state": "cancelled",
                     *       "beganAt": 1767225600000,
                     *       "users": 1200,
                     *       "sent": 500,
                     *       "offline": 0,
                     *       "refused": 0
                     *     }
                     */
                    "application/json": components["schemas"]["Progress"];
                };
            };
            /** @description The path or the query is wrong */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "expected a code that is 2, or 1025 or more"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no key, or none that is valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "this needs a key: Authorization: Bearer, and the key"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Forbidden",
                     *       "status": 403,
                     *       "detail": "this needs a key with the scope send:broadcast",
                     *       "missingScope": "send:broadcast"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such broadcast */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Not Found",
                     *       "status": 404,
                     *       "detail": "there is no broadcast with this id"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "these are more requests than limits.api-rate allows"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server does not serve yet, or stops: Retry-After says when to ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "the server stops"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    config: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The settings */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "settings": [
                     *         {
                     *           "key": "listen.tcp",
                     *           "value": "0.0.0.0:8901",
                     *           "source": "file",
                     *           "place": "mobileim.toml",
                     *           "line": 2,
                     *           "needsRestart": false
                     *         },
                     *         {
                     *           "key": "auth.jwt-secret",
                     *           "isSet": true,
                     *           "source": "variable",
                     *           "place": "MOBILEIM_JWT_SECRET_FILE",
                     *           "needsRestart": false
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ServerSettings"];
                };
            };
            /** @description There is no key, or none that is valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "this needs a key: Authorization: Bearer, and the key"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Forbidden",
                     *       "status": 403,
                     *       "detail": "this needs a key with the scope server:read",
                     *       "missingScope": "server:read"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An application runs the server by settings of its own */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Not Found",
                     *       "status": 404,
                     *       "detail": "an application runs this server, by settings of its own"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "these are more requests than limits.api-rate allows"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server does not serve yet, or stops: Retry-After says when to ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "the server stops"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    events: {
        parameters: {
            query?: {
                /** @description Events behind this position; without it and consumer, from the oldest that is kept */
                after?: number;
                /** @description In place of after, how many positions to begin before the newest event: to look at what happens now */
                tail?: number;
                /** @description How many at most */
                limit?: number;
                /** @description If there are none, how many seconds to wait for one */
                wait?: number;
                /** @description In place of after, the name of a consumer: those behind the position that is kept for it. A new one begins with the oldest */
                consumer?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "events": [
                     *         {
                     *           "position": 7,
                     *           "id": "5e0c3d2a91b04f6b8a7d1c9e0f234567",
                     *           "type": "stored",
                     *           "at": 1767225600000,
                     *           "from": "alice",
                     *           "to": "bob",
                     *           "fp": "1f0c7a52"
                     *         }
                     *       ],
                     *       "position": 7
                     *     }
                     */
                    "application/json": components["schemas"]["Events"];
                };
            };
            /** @description The path or the query is wrong */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "expected a code that is 2, or 1025 or more"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no key, or none that is valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "this needs a key: Authorization: Bearer, and the key"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Forbidden",
                     *       "status": 403,
                     *       "detail": "this needs a key with the scope events:read",
                     *       "missingScope": "events:read"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No events are recorded */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Not Found",
                     *       "status": 404,
                     *       "detail": "no events are recorded: events.types says which are"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "these are more requests than limits.api-rate allows"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server does not serve yet, or stops: Retry-After says when to ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "the server stops"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    consumers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The consumers */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "consumers": [
                     *         {
                     *           "name": "orders",
                     *           "position": 41,
                     *           "behind": 1,
                     *           "seenAt": 1767225600000
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Consumers"];
                };
            };
            /** @description There is no key, or none that is valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "this needs a key: Authorization: Bearer, and the key"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Forbidden",
                     *       "status": 403,
                     *       "detail": "this needs a key with the scope events:read",
                     *       "missingScope": "events:read"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No events are recorded */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Not Found",
                     *       "status": 404,
                     *       "detail": "no events are recorded: events.types says which are"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "these are more requests than limits.api-rate allows"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server does not serve yet, or stops: Retry-After says when to ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "the server stops"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    move_consumer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The consumer's name
                 * @example orders
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "position": 42
                 *     }
                 */
                "application/json": components["schemas"]["NewPosition"];
            };
        };
        responses: {
            /** @description It is noted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The body is no such JSON, or something in it is wrong */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "expected 1 to 1000 users, not 0"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no key, or none that is valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "this needs a key: Authorization: Bearer, and the key"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Forbidden",
                     *       "status": 403,
                     *       "detail": "this needs a key with the scope events:read",
                     *       "missingScope": "events:read"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No events are recorded */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Not Found",
                     *       "status": 404,
                     *       "detail": "no events are recorded: events.types says which are"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There are as many consumers as there may be */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Conflict",
                     *       "status": 409,
                     *       "detail": "there are as many consumers as there may be"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is longer than limits.api-body */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Payload Too Large",
                     *       "status": 413,
                     *       "detail": "Failed to buffer the request body: length limit exceeded"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body has another type than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unsupported Media Type",
                     *       "status": 415,
                     *       "detail": "Expected request with `Content-Type: application/json`"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "these are more requests than limits.api-rate allows"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server does not serve yet, or stops: Retry-After says when to ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "the server stops"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_consumer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The consumer's name
                 * @example orders
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is removed */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The path or the query is wrong */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "expected a code that is 2, or 1025 or more"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no key, or none that is valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "this needs a key: Authorization: Bearer, and the key"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Forbidden",
                     *       "status": 403,
                     *       "detail": "this needs a key with the scope events:read",
                     *       "missingScope": "events:read"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such consumer */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Not Found",
                     *       "status": 404,
                     *       "detail": "there is no such consumer"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "these are more requests than limits.api-rate allows"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server does not serve yet, or stops: Retry-After says when to ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "the server stops"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    groups: {
        parameters: {
            query?: {
                /** @description Only those behind this id: the `next` of the page before */
                after?: string;
                /** @description How many at most: 100 if nothing is said */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Their ids */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "groups": [
                     *         "#lobby",
                     *         "#team"
                     *       ],
                     *       "next": "#team"
                     *     }
                     */
                    "application/json": components["schemas"]["GroupsPage"];
                };
            };
            /** @description The path or the query is wrong */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "expected a code that is 2, or 1025 or more"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no key, or none that is valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "this needs a key: Authorization: Bearer, and the key"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Forbidden",
                     *       "status": 403,
                     *       "detail": "this needs a key with the scope groups:read",
                     *       "missingScope": "groups:read"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "these are more requests than limits.api-rate allows"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server does not serve yet, or stops: Retry-After says when to ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "the server stops"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    make_group: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "#team",
                 *       "name": "The team",
                 *       "members": [
                 *         {
                 *           "user": "alice",
                 *           "role": "owner"
                 *         },
                 *         {
                 *           "user": "bob"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["NewGroup"];
            };
        };
        responses: {
            /** @description The group */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "#team",
                     *       "name": "The team",
                     *       "writers": "all",
                     *       "history": "joining",
                     *       "invite": "admins",
                     *       "muted": [],
                     *       "members": 2,
                     *       "admins": 0,
                     *       "owners": 1
                     *     }
                     */
                    "application/json": components["schemas"]["Group"];
                };
            };
            /** @description The body is no such JSON, or something in it is wrong */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "expected 1 to 1000 users, not 0"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no key, or none that is valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "this needs a key: Authorization: Bearer, and the key"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Forbidden",
                     *       "status": 403,
                     *       "detail": "this needs a key with the scope groups:write",
                     *       "missingScope": "groups:write"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There are no groups on this server */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is such a group already, or it would have too many members */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Conflict",
                     *       "status": 409,
                     *       "detail": "there is such a group already"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is longer than limits.api-body */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Payload Too Large",
                     *       "status": 413,
                     *       "detail": "Failed to buffer the request body: length limit exceeded"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body has another type than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unsupported Media Type",
                     *       "status": 415,
                     *       "detail": "Expected request with `Content-Type: application/json`"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "these are more requests than limits.api-rate allows"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server does not serve yet, or stops: Retry-After says when to ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "the server stops"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    group: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The group's id
                 * @example #team
                 */
                group: components["schemas"]["GroupId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The group */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "#team",
                     *       "name": "The team",
                     *       "writers": "all",
                     *       "history": "joining",
                     *       "invite": "admins",
                     *       "muted": [
                     *         "mallory"
                     *       ],
                     *       "members": 500,
                     *       "admins": 2,
                     *       "owners": 1
                     *     }
                     */
                    "application/json": components["schemas"]["Group"];
                };
            };
            /** @description The path or the query is wrong */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "expected a code that is 2, or 1025 or more"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no key, or none that is valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "this needs a key: Authorization: Bearer, and the key"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Forbidden",
                     *       "status": 403,
                     *       "detail": "this needs a key with the scope groups:read",
                     *       "missingScope": "groups:read"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such group */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "these are more requests than limits.api-rate allows"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server does not serve yet, or stops: Retry-After says when to ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "the server stops"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    end_group: {
        parameters: {
            query?: {
                /** @description The user who ends it, as its members are told; the application if nobody is named */
                by?: string;
            };
            header?: never;
            path: {
                /**
                 * @description The group's id
                 * @example #team
                 */
                group: components["schemas"]["GroupId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It has ended */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ended": "#team"
                     *     }
                     */
                    "application/json": components["schemas"]["GroupEnded"];
                };
            };
            /** @description The path or the query is wrong */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "expected a code that is 2, or 1025 or more"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no key, or none that is valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "this needs a key: Authorization: Bearer, and the key"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Forbidden",
                     *       "status": 403,
                     *       "detail": "this needs a key with the scope groups:write",
                     *       "missingScope": "groups:write"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such group */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "these are more requests than limits.api-rate allows"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server does not serve yet, or stops: Retry-After says when to ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "the server stops"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_group: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The group's id
                 * @example #team
                 */
                group: components["schemas"]["GroupId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "writers": "admins",
                 *       "muted": [
                 *         "mallory"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["OtherSettings"];
            };
        };
        responses: {
            /** @description The group as it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "#team",
                     *       "name": "The team",
                     *       "writers": "admins",
                     *       "history": "joining",
                     *       "invite": "admins",
                     *       "muted": [
                     *         "mallory"
                     *       ],
                     *       "members": 500,
                     *       "admins": 2,
                     *       "owners": 1
                     *     }
                     */
                    "application/json": components["schemas"]["Group"];
                };
            };
            /** @description The body is no such JSON, or something in it is wrong */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "expected 1 to 1000 users, not 0"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no key, or none that is valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "this needs a key: Authorization: Bearer, and the key"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Forbidden",
                     *       "status": 403,
                     *       "detail": "this needs a key with the scope groups:write",
                     *       "missingScope": "groups:write"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such group */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is longer than limits.api-body */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Payload Too Large",
                     *       "status": 413,
                     *       "detail": "Failed to buffer the request body: length limit exceeded"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body has another type than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unsupported Media Type",
                     *       "status": 415,
                     *       "detail": "Expected request with `Content-Type: application/json`"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "these are more requests than limits.api-rate allows"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server does not serve yet, or stops: Retry-After says when to ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "the server stops"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    group_history: {
        parameters: {
            query?: {
                /** @description The last messages that have lower numbers than this. Without it and without `after`: the last that there are */
                before?: number;
                /** @description The first messages that have higher numbers than this */
                after?: number;
                /** @description How many at most: 100 if nothing is said */
                limit?: number;
            };
            header?: never;
            path: {
                /**
                 * @description The group's id
                 * @example #team
                 */
                group: components["schemas"]["GroupId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A part of it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "messages": [
                     *         {
                     *           "seq": 41,
                     *           "from": "alice",
                     *           "fp": "1f0c7a52",
                     *           "storedAt": 1767225600000,
                     *           "typeu": -1,
                     *           "text": "hi"
                     *         }
                     *       ],
                     *       "more": true,
                     *       "first": 12,
                     *       "last": 41
                     *     }
                     */
                    "application/json": components["schemas"]["HistoryPage"];
                };
            };
            /** @description The path or the query is wrong */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "expected a code that is 2, or 1025 or more"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no key, or none that is valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "this needs a key: Authorization: Bearer, and the key"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Forbidden",
                     *       "status": 403,
                     *       "detail": "this needs a key with the scope history:read",
                     *       "missingScope": "history:read"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such group, and nothing is kept of one */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "these are more requests than limits.api-rate allows"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server does not serve yet, or stops: Retry-After says when to ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "the server stops"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    members: {
        parameters: {
            query?: {
                /** @description Only those behind this id: the `next` of the page before */
                after?: string;
                /** @description How many at most: 100 if nothing is said */
                limit?: number;
            };
            header?: never;
            path: {
                /**
                 * @description The group's id
                 * @example #team
                 */
                group: components["schemas"]["GroupId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Its members */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "group": "#team",
                     *       "members": [
                     *         {
                     *           "user": "alice",
                     *           "role": "owner"
                     *         },
                     *         {
                     *           "user": "bob",
                     *           "role": "member"
                     *         }
                     *       ],
                     *       "next": "bob"
                     *     }
                     */
                    "application/json": components["schemas"]["MembersPage"];
                };
            };
            /** @description The path or the query is wrong */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "expected a code that is 2, or 1025 or more"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no key, or none that is valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "this needs a key: Authorization: Bearer, and the key"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Forbidden",
                     *       "status": 403,
                     *       "detail": "this needs a key with the scope groups:read",
                     *       "missingScope": "groups:read"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such group */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "these are more requests than limits.api-rate allows"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server does not serve yet, or stops: Retry-After says when to ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "the server stops"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    add_members: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The group's id
                 * @example #team
                 */
                group: components["schemas"]["GroupId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "members": [
                 *         {
                 *           "user": "carol"
                 *         },
                 *         {
                 *           "user": "bob",
                 *           "role": "admin"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["Joining"];
            };
        };
        responses: {
            /** @description The group as it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "#team",
                     *       "name": "The team",
                     *       "writers": "all",
                     *       "history": "joining",
                     *       "muted": [],
                     *       "members": 3,
                     *       "admins": 1,
                     *       "owners": 1
                     *     }
                     */
                    "application/json": components["schemas"]["Group"];
                };
            };
            /** @description The body is no such JSON, or something in it is wrong */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "expected 1 to 1000 users, not 0"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no key, or none that is valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "this needs a key: Authorization: Bearer, and the key"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Forbidden",
                     *       "status": 403,
                     *       "detail": "this needs a key with the scope groups:write",
                     *       "missingScope": "groups:write"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such group */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It would have too many members */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Conflict",
                     *       "status": 409,
                     *       "detail": "a group has 100000 members at most"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is longer than limits.api-body */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Payload Too Large",
                     *       "status": 413,
                     *       "detail": "Failed to buffer the request body: length limit exceeded"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body has another type than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unsupported Media Type",
                     *       "status": 415,
                     *       "detail": "Expected request with `Content-Type: application/json`"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "these are more requests than limits.api-rate allows"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server does not serve yet, or stops: Retry-After says when to ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "the server stops"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_members: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The group's id
                 * @example #team
                 */
                group: components["schemas"]["GroupId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "users": [
                 *         "bob"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["Leaving"];
            };
        };
        responses: {
            /** @description The group as it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "#team",
                     *       "name": "The team",
                     *       "writers": "all",
                     *       "history": "joining",
                     *       "muted": [],
                     *       "members": 2,
                     *       "admins": 0,
                     *       "owners": 1
                     *     }
                     */
                    "application/json": components["schemas"]["Group"];
                };
            };
            /** @description The body is no such JSON, or something in it is wrong */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "expected 1 to 1000 users, not 0"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no key, or none that is valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "this needs a key: Authorization: Bearer, and the key"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Forbidden",
                     *       "status": 403,
                     *       "detail": "this needs a key with the scope groups:write",
                     *       "missingScope": "groups:write"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such group */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description One of them is no member */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Conflict",
                     *       "status": 409,
                     *       "detail": "\"bob\" is not a member"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is longer than limits.api-body */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Payload Too Large",
                     *       "status": 413,
                     *       "detail": "Failed to buffer the request body: length limit exceeded"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body has another type than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unsupported Media Type",
                     *       "status": 415,
                     *       "detail": "Expected request with `Content-Type: application/json`"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "these are more requests than limits.api-rate allows"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server does not serve yet, or stops: Retry-After says when to ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "the server stops"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    send: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "to": [
                 *         "alice",
                 *         "bob"
                 *       ],
                 *       "text": "Your order is on its way",
                 *       "typeu": 7,
                 *       "fp": "order-4711-sent"
                 *     }
                 */
                "application/json": components["schemas"]["Message"];
            };
        };
        responses: {
            /** @description What became of it for each */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "fp": "order-4711-sent",
                     *       "receivers": [
                     *         {
                     *           "user": "alice",
                     *           "outcome": "delivered"
                     *         },
                     *         {
                     *           "user": "bob",
                     *           "outcome": "stored"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Outcomes"];
                };
            };
            /** @description The body is no such JSON, or something in it is wrong */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "expected 1 to 1000 users, not 0"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no key, or none that is valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "this needs a key: Authorization: Bearer, and the key"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Forbidden",
                     *       "status": 403,
                     *       "detail": "this needs a key with the scope send",
                     *       "missingScope": "send"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such group */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The user is no member of the group, or may not write in it */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Conflict",
                     *       "status": 409,
                     *       "detail": "\"mallory\" is not a member of #team"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is longer than limits.api-body */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Payload Too Large",
                     *       "status": 413,
                     *       "detail": "Failed to buffer the request body: length limit exceeded"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body has another type than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unsupported Media Type",
                     *       "status": 415,
                     *       "detail": "Expected request with `Content-Type: application/json`"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "these are more requests than limits.api-rate allows"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server does not serve yet, or stops: Retry-After says when to ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "the server stops"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    message: {
        parameters: {
            query?: {
                /** @description A receiver, for whom it is looked up in the store, too */
                to?: string;
            };
            header?: never;
            path: {
                /**
                 * @description Its sender: a user's id, or 0 for the server
                 * @example 0
                 */
                from: string;
                /**
                 * @description Its fingerprint
                 * @example order-4711-sent
                 */
                fp: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is known */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "from": "0",
                     *       "fp": "order-4711-sent",
                     *       "receivers": [
                     *         {
                     *           "user": "alice",
                     *           "outcome": "delivered"
                     *         },
                     *         {
                     *           "user": "bob",
                     *           "outcome": "stored",
                     *           "why": {
                     *             "reason": "offline",
                     *             "text": "bob is offline; 2 messages are stored before it",
                     *             "before": 2
                     *           }
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["MessageState"];
                };
            };
            /** @description The path or the query is wrong */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "expected a code that is 2, or 1025 or more"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no key, or none that is valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "this needs a key: Authorization: Bearer, and the key"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Forbidden",
                     *       "status": 403,
                     *       "detail": "this needs a key with the scope messages:read",
                     *       "missingScope": "messages:read"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "these are more requests than limits.api-rate allows"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server does not serve yet, or stops: Retry-After says when to ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "the server stops"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    message_steps: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Its sender: a user's id, or 0 for the server
                 * @example 0
                 */
                from: string;
                /**
                 * @description Its fingerprint
                 * @example order-4711-sent
                 */
                fp: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is remembered */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "from": "0",
                     *       "fp": "order-4711-sent",
                     *       "since": 1767222000000,
                     *       "steps": [
                     *         {
                     *           "at": 1767225600000,
                     *           "to": "alice",
                     *           "step": "received",
                     *           "text": "received"
                     *         },
                     *         {
                     *           "at": 1767225600001,
                     *           "to": "alice",
                     *           "step": "sent",
                     *           "session": 7,
                     *           "text": "sent to session 7"
                     *         },
                     *         {
                     *           "at": 1767225600040,
                     *           "to": "alice",
                     *           "step": "delivered",
                     *           "text": "acknowledged by its receiver"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["MessageSteps"];
                };
            };
            /** @description The path or the query is wrong */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "expected a code that is 2, or 1025 or more"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no key, or none that is valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "this needs a key: Authorization: Bearer, and the key"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Forbidden",
                     *       "status": 403,
                     *       "detail": "this needs a key with the scope messages:read",
                     *       "missingScope": "messages:read"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "these are more requests than limits.api-rate allows"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server does not serve yet, or stops: Retry-After says when to ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "the server stops"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    openapi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description This document */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
        };
    };
    server: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The server */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "version": "0.1.0",
                     *       "uptime": 3600,
                     *       "sessions": {
                     *         "tcp": 2,
                     *         "udp": 0,
                     *         "websocket": 40
                     *       },
                     *       "connections": 43,
                     *       "listeners": {
                     *         "http": "127.0.0.1:8080",
                     *         "tcp": "0.0.0.0:8901",
                     *         "ws": "0.0.0.0:3000"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ServerInfo"];
                };
            };
            /** @description There is no key, or none that is valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "this needs a key: Authorization: Bearer, and the key"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Forbidden",
                     *       "status": 403,
                     *       "detail": "this needs a key with the scope server:read",
                     *       "missingScope": "server:read"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "these are more requests than limits.api-rate allows"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server does not serve yet, or stops: Retry-After says when to ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "the server stops"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    stats: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The counters */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "at": 1767225600000,
                     *       "uptime": 3600,
                     *       "sessions": {
                     *         "tcp": 2,
                     *         "udp": 0,
                     *         "websocket": 40
                     *       },
                     *       "connections": 43,
                     *       "knownUsers": 57,
                     *       "logins": {
                     *         "accepted": 61,
                     *         "refused": 2
                     *       },
                     *       "messages": {
                     *         "delivered": 1200,
                     *         "stored": 31
                     *       },
                     *       "delivery": {
                     *         "bounds": [
                     *           0.001,
                     *           0.01
                     *         ],
                     *         "counts": [
                     *           1100,
                     *           99,
                     *           1
                     *         ]
                     *       },
                     *       "storing": {
                     *         "bounds": [
                     *           0.001,
                     *           0.01
                     *         ],
                     *         "counts": [
                     *           0,
                     *           30,
                     *           1
                     *         ]
                     *       },
                     *       "retransmissions": 3,
                     *       "mailboxBytes": 4096,
                     *       "sendQueueBytes": 0,
                     *       "webhooks": {
                     *         "login": {
                     *           "outcomes": {
                     *             "answered": 61
                     *           },
                     *           "requests": {
                     *             "answered": 61
                     *           },
                     *           "time": {
                     *             "bounds": [
                     *               0.1
                     *             ],
                     *             "counts": [
                     *               60,
                     *               1
                     *             ]
                     *           }
                     *         },
                     *         "beforeC2c": {
                     *           "outcomes": {
                     *             "allowed": 900
                     *           },
                     *           "requests": {
                     *             "answered": 41
                     *           },
                     *           "time": {
                     *             "bounds": [
                     *               0.1
                     *             ],
                     *             "counts": [
                     *               41,
                     *               0
                     *             ]
                     *           }
                     *         },
                     *         "beforeC2s": {
                     *           "outcomes": {
                     *             "allowed": 0
                     *           },
                     *           "requests": {
                     *             "answered": 0
                     *           },
                     *           "time": {
                     *             "bounds": [
                     *               0.1
                     *             ],
                     *             "counts": [
                     *               0,
                     *               0
                     *             ]
                     *           }
                     *         }
                     *       },
                     *       "events": {
                     *         "recorded": {
                     *           "online": 42,
                     *           "delivered": 1200
                     *         },
                     *         "lost": 0,
                     *         "dropped": 0,
                     *         "kept": 1242,
                     *         "bytes": 310000,
                     *         "behind": {
                     *           "orders": 3,
                     *           "webhook": 40
                     *         },
                     *         "webhook": {
                     *           "requests": {
                     *             "taken": 12,
                     *             "refused": 3,
                     *             "too_slow": 0,
                     *             "failed": 0
                     *           },
                     *           "lastError": {
                     *             "kind": "status",
                     *             "status": 500,
                     *             "text": "it answers with status 500",
                     *             "since": 1767225590000,
                     *             "at": 1767225597000,
                     *             "tries": 3,
                     *             "nextAt": 1767225600500
                     *           }
                     *         }
                     *       },
                     *       "troubles": [],
                     *       "store": {
                     *         "works": true,
                     *         "stored": 31,
                     *         "messages": 12,
                     *         "bytes": 7300,
                     *         "diskFree": 52000000000,
                     *         "diskLow": false,
                     *         "refused": {
                     *           "max-stored": 0
                     *         },
                     *         "expired": 0,
                     *         "queuedBytes": 0,
                     *         "transactions": {
                     *           "bounds": [
                     *             0.001,
                     *             0.01
                     *           ],
                     *           "counts": [
                     *             0,
                     *             31,
                     *             0
                     *           ]
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Statistics"];
                };
            };
            /** @description There is no key, or none that is valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "this needs a key: Authorization: Bearer, and the key"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Forbidden",
                     *       "status": 403,
                     *       "detail": "this needs a key with the scope server:read",
                     *       "missingScope": "server:read"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "these are more requests than limits.api-rate allows"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server does not serve yet, or stops: Retry-After says when to ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "the server stops"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    all_online: {
        parameters: {
            query?: {
                /** @description Only those behind this id: the `next` of the page before */
                after?: string;
                /** @description How many at most: 100 if nothing is said */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Who is online */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "online": [
                     *         "alice",
                     *         "carol"
                     *       ],
                     *       "next": "carol"
                     *     }
                     */
                    "application/json": components["schemas"]["OnlinePage"];
                };
            };
            /** @description The path or the query is wrong */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "expected a code that is 2, or 1025 or more"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no key, or none that is valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "this needs a key: Authorization: Bearer, and the key"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Forbidden",
                     *       "status": 403,
                     *       "detail": "this needs a key with the scope users:read",
                     *       "missingScope": "users:read"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "these are more requests than limits.api-rate allows"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server does not serve yet, or stops: Retry-After says when to ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "the server stops"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    online: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "users": [
                 *         "alice",
                 *         "bob",
                 *         "carol"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["OnlineQuestion"];
            };
        };
        responses: {
            /** @description Those who are online */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "online": [
                     *         "alice",
                     *         "carol"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["OnlineAnswer"];
                };
            };
            /** @description The body is no such JSON, or something in it is wrong */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "expected 1 to 1000 users, not 0"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no key, or none that is valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "this needs a key: Authorization: Bearer, and the key"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Forbidden",
                     *       "status": 403,
                     *       "detail": "this needs a key with the scope users:read",
                     *       "missingScope": "users:read"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is longer than limits.api-body */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Payload Too Large",
                     *       "status": 413,
                     *       "detail": "Failed to buffer the request body: length limit exceeded"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body has another type than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unsupported Media Type",
                     *       "status": 415,
                     *       "detail": "Expected request with `Content-Type: application/json`"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "these are more requests than limits.api-rate allows"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server does not serve yet, or stops: Retry-After says when to ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "the server stops"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    conversations: {
        parameters: {
            query?: {
                /** @description Only those with earlier messages: the `next` of the page before */
                before?: number;
                /** @description How many at most: 100 if nothing is said */
                limit?: number;
            };
            header?: never;
            path: {
                /**
                 * @description The user's id
                 * @example alice
                 */
                user: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user's conversations */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "user": "alice",
                     *       "conversations": [
                     *         {
                     *           "with": "#team",
                     *           "lastSeq": 41,
                     *           "readSeq": 38,
                     *           "unread": 2,
                     *           "mentions": 1,
                     *           "last": {
                     *             "seq": 41,
                     *             "from": "alice",
                     *             "fp": "1f0c7a52",
                     *             "storedAt": 1767225600000,
                     *             "typeu": -1,
                     *             "text": "hi"
                     *           }
                     *         }
                     *       ],
                     *       "next": 1207
                     *     }
                     */
                    "application/json": components["schemas"]["ConversationsPage"];
                };
            };
            /** @description The path or the query is wrong */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "expected a code that is 2, or 1025 or more"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no key, or none that is valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "this needs a key: Authorization: Bearer, and the key"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Forbidden",
                     *       "status": 403,
                     *       "detail": "this needs a key with the scope history:read",
                     *       "missingScope": "history:read"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There are no groups on this server, and no history */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "these are more requests than limits.api-rate allows"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server does not serve yet, or stops: Retry-After says when to ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "the server stops"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    devices: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The user's id
                 * @example alice
                 */
                user: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user's devices */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "user": "alice",
                     *       "devices": [
                     *         {
                     *           "device": "0f8fad5b-d9cb-469f-a165-70867728950e",
                     *           "platform": "web",
                     *           "since": 1767225600000,
                     *           "lastSeen": 1767225660000,
                     *           "session": 7,
                     *           "missedSince": null
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Devices"];
                };
            };
            /** @description The path or the query is wrong */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "expected a code that is 2, or 1025 or more"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no key, or none that is valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "this needs a key: Authorization: Bearer, and the key"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Forbidden",
                     *       "status": 403,
                     *       "detail": "this needs a key with the scope users:read",
                     *       "missingScope": "users:read"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "these are more requests than limits.api-rate allows"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server does not serve yet, or stops: Retry-After says when to ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "the server stops"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_device: {
        parameters: {
            query: {
                /** @description What its client calls it; empty for the one of clients that name none */
                device: string;
            };
            header?: never;
            path: {
                /**
                 * @description The user's id
                 * @example alice
                 */
                user: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is removed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "removed": "0f8fad5b-d9cb-469f-a165-70867728950e"
                     *     }
                     */
                    "application/json": components["schemas"]["DeviceRemoved"];
                };
            };
            /** @description The path or the query is wrong */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "expected a code that is 2, or 1025 or more"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no key, or none that is valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "this needs a key: Authorization: Bearer, and the key"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Forbidden",
                     *       "status": 403,
                     *       "detail": "this needs a key with the scope users:write",
                     *       "missingScope": "users:write"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The user has no such device */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Not Found",
                     *       "status": 404,
                     *       "detail": "the user has no device with this name"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "these are more requests than limits.api-rate allows"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server does not serve yet, or stops: Retry-After says when to ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "the server stops"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    history: {
        parameters: {
            query?: {
                /** @description The last messages that have lower numbers than this. Without it and without `after`: the last that there are */
                before?: number;
                /** @description The first messages that have higher numbers than this */
                after?: number;
                /** @description How many at most: 100 if nothing is said */
                limit?: number;
            };
            header?: never;
            path: {
                /**
                 * @description The user's id
                 * @example alice
                 */
                user: components["schemas"]["UserId"];
                /**
                 * @description The id of the other user, or of a group
                 * @example bob
                 */
                with: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A part of it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "messages": [
                     *         {
                     *           "seq": 7,
                     *           "from": "bob",
                     *           "fp": "77ab20d1",
                     *           "storedAt": 1767225600000,
                     *           "typeu": -1,
                     *           "text": "hello"
                     *         }
                     *       ],
                     *       "more": false,
                     *       "first": 1,
                     *       "last": 7
                     *     }
                     */
                    "application/json": components["schemas"]["HistoryPage"];
                };
            };
            /** @description The path or the query is wrong */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "expected a code that is 2, or 1025 or more"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no key, or none that is valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "this needs a key: Authorization: Bearer, and the key"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Forbidden",
                     *       "status": 403,
                     *       "detail": "this needs a key with the scope history:read",
                     *       "missingScope": "history:read"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No history is kept of such conversations */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "these are more requests than limits.api-rate allows"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server does not serve yet, or stops: Retry-After says when to ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "the server stops"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revoke: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The user's id
                 * @example alice
                 */
                user: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "code": 2002,
                 *       "reason": "the password was changed"
                 *     }
                 */
                "application/json": components["schemas"]["RevokeRequest"];
            };
        };
        responses: {
            /** @description They are revoked, and that is durable */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "user": "alice",
                     *       "before": 1767225600000,
                     *       "kicked": 1
                     *     }
                     */
                    "application/json": components["schemas"]["RevokeAnswer"];
                };
            };
            /** @description The body is no such JSON, or something in it is wrong */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "expected 1 to 1000 users, not 0"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no key, or none that is valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "this needs a key: Authorization: Bearer, and the key"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Forbidden",
                     *       "status": 403,
                     *       "detail": "this needs a key with the scope users:write",
                     *       "missingScope": "users:write"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is longer than limits.api-body */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Payload Too Large",
                     *       "status": 413,
                     *       "detail": "Failed to buffer the request body: length limit exceeded"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body has another type than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unsupported Media Type",
                     *       "status": 415,
                     *       "detail": "Expected request with `Content-Type: application/json`"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "these are more requests than limits.api-rate allows"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server does not serve yet, or stops: Retry-After says when to ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "the server stops"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    take_back: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The user's id
                 * @example alice
                 */
                user: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description They are not revoked any more */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "takenBack": true
                     *     }
                     */
                    "application/json": components["schemas"]["TakenBack"];
                };
            };
            /** @description The path or the query is wrong */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "expected a code that is 2, or 1025 or more"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no key, or none that is valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "this needs a key: Authorization: Bearer, and the key"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Forbidden",
                     *       "status": 403,
                     *       "detail": "this needs a key with the scope users:write",
                     *       "missingScope": "users:write"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "these are more requests than limits.api-rate allows"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server does not serve yet, or stops: Retry-After says when to ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "the server stops"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sessions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The user's id
                 * @example alice
                 */
                user: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user's sessions */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "user": "alice",
                     *       "sessions": [
                     *         {
                     *           "id": 7,
                     *           "transport": "websocket",
                     *           "address": "203.0.113.7:50412",
                     *           "tls": true,
                     *           "origin": "https://app.example.com",
                     *           "device": "0f8fad5b-d9cb-469f-a165-70867728950e",
                     *           "platform": "web",
                     *           "since": 1767225600000,
                     *           "lastHeard": 1767225660000
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Sessions"];
                };
            };
            /** @description The path or the query is wrong */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "expected a code that is 2, or 1025 or more"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no key, or none that is valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "this needs a key: Authorization: Bearer, and the key"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Forbidden",
                     *       "status": 403,
                     *       "detail": "this needs a key with the scope users:read",
                     *       "missingScope": "users:read"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "these are more requests than limits.api-rate allows"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server does not serve yet, or stops: Retry-After says when to ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "the server stops"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    kick_all: {
        parameters: {
            query?: {
                code?: number;
                /** @description Why, for the client: 256 bytes at most */
                reason?: string;
            };
            header?: never;
            path: {
                /**
                 * @description The user's id
                 * @example alice
                 */
                user: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How many were ended */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "kicked": 1
                     *     }
                     */
                    "application/json": components["schemas"]["Kicked"];
                };
            };
            /** @description The path or the query is wrong */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "expected a code that is 2, or 1025 or more"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no key, or none that is valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "this needs a key: Authorization: Bearer, and the key"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Forbidden",
                     *       "status": 403,
                     *       "detail": "this needs a key with the scope users:write",
                     *       "missingScope": "users:write"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "these are more requests than limits.api-rate allows"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server does not serve yet, or stops: Retry-After says when to ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "the server stops"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    kick: {
        parameters: {
            query?: {
                code?: number;
                /** @description Why, for the client: 256 bytes at most */
                reason?: string;
            };
            header?: never;
            path: {
                /**
                 * @description The user's id
                 * @example alice
                 */
                user: components["schemas"]["UserId"];
                /**
                 * @description The session's number
                 * @example 7
                 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It was ended */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "kicked": 1
                     *     }
                     */
                    "application/json": components["schemas"]["Kicked"];
                };
            };
            /** @description The path or the query is wrong */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "expected a code that is 2, or 1025 or more"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no key, or none that is valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "this needs a key: Authorization: Bearer, and the key"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Forbidden",
                     *       "status": 403,
                     *       "detail": "this needs a key with the scope users:write",
                     *       "missingScope": "users:write"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The user has no such session */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Not Found",
                     *       "status": 404,
                     *       "detail": "the user has no session with this number"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "these are more requests than limits.api-rate allows"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server does not serve yet, or stops: Retry-After says when to ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "the server stops"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    waiting: {
        parameters: {
            query?: {
                /** @description Only what stands behind this: the `next` of the page before */
                after?: number;
                /** @description How many messages at most: 100 if nothing is said */
                limit?: number;
                /** @description Whether the texts are shown, too, which needs the scope `messages:read` */
                text?: boolean;
            };
            header?: never;
            path: {
                /**
                 * @description The user's id
                 * @example alice
                 */
                user: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What waits */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "user": "alice",
                     *       "messages": [
                     *         {
                     *           "from": "0",
                     *           "fp": "order-4711-sent",
                     *           "storedAt": 1767225600000,
                     *           "bytes": 131,
                     *           "typeu": 7
                     *         }
                     *       ],
                     *       "next": 42
                     *     }
                     */
                    "application/json": components["schemas"]["WaitingPage"];
                };
            };
            /** @description The path or the query is wrong */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "expected a code that is 2, or 1025 or more"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no key, or none that is valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "this needs a key: Authorization: Bearer, and the key"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Forbidden",
                     *       "status": 403,
                     *       "detail": "this needs a key with the scope users:read",
                     *       "missingScope": "users:read"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "these are more requests than limits.api-rate allows"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server does not serve yet, or stops: Retry-After says when to ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "the server stops"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    purge: {
        parameters: {
            query?: {
                /** @description Those of this sender alone: a user's id, or 0 for the server */
                from?: string;
                /** @description Those with this fingerprint alone */
                fp?: string;
            };
            header?: never;
            path: {
                /**
                 * @description The user's id
                 * @example alice
                 */
                user: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How many messages those were */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "purged": 3
                     *     }
                     */
                    "application/json": components["schemas"]["Purged"];
                };
            };
            /** @description The path or the query is wrong */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "expected a code that is 2, or 1025 or more"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no key, or none that is valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "this needs a key: Authorization: Bearer, and the key"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Forbidden",
                     *       "status": 403,
                     *       "detail": "this needs a key with the scope users:write",
                     *       "missingScope": "users:write"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "these are more requests than limits.api-rate allows"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server does not serve yet, or stops: Retry-After says when to ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "the server stops"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
