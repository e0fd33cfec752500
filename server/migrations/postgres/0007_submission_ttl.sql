-- A time to live of what back ends send: an argument of send(), after which a message is not delivered any more.

ALTER TABLE submissions ADD COLUMN expires_at TIMESTAMPTZ;

-- Two functions of one name could not be told apart by those who leave arguments out.
ALTER FUNCTION send(TEXT, TEXT, INTEGER, TEXT, TEXT) RENAME TO send_before;

CREATE FUNCTION send(
    receiver TEXT,
    text TEXT,
    typeu INTEGER DEFAULT -1,
    fp TEXT DEFAULT NULL,
    sender TEXT DEFAULT NULL,
    ttl INTERVAL DEFAULT NULL
) RETURNS TEXT LANGUAGE plpgsql VOLATILE SECURITY DEFINER AS $$
#variable_conflict use_column
DECLARE
    -- What names and fingerprints have at most, and messages in all, in bytes.
    max_id CONSTANT INTEGER := 256;
    max_text CONSTANT INTEGER := 65536;
    max_ttl CONSTANT INTERVAL := '366 days';
    fingerprint TEXT := send.fp;
BEGIN
    IF send.receiver IS NULL THEN
        RAISE null_value_not_allowed USING MESSAGE = 'receiver is null: the id of a user is wanted';
    END IF;
    IF send.text IS NULL THEN
        RAISE null_value_not_allowed USING MESSAGE = 'text is null: what is sent has a text, if an empty one';
    END IF;
    IF send.receiver IN ('', '0', '-1') OR octet_length(convert_to(send.receiver, 'UTF8')) > max_id THEN
        RAISE invalid_parameter_value USING MESSAGE = format(
            'receiver: no user can have an id that is empty, 0, -1 or longer than %s bytes', max_id);
    END IF;
    IF send.sender IN ('', '0', '-1') OR octet_length(convert_to(send.sender, 'UTF8')) > max_id THEN
        RAISE invalid_parameter_value USING MESSAGE = format(
            'sender: no user can have an id that is empty, 0, -1 or longer than %s bytes; null stands for the server', max_id);
    END IF;
    IF octet_length(convert_to(send.text, 'UTF8')) > max_text THEN
        RAISE invalid_parameter_value USING MESSAGE = format(
            'text: no client takes a message that is longer than %s bytes', max_text);
    END IF;
    IF fingerprint = '' OR octet_length(convert_to(fingerprint, 'UTF8')) > max_id THEN
        RAISE invalid_parameter_value USING MESSAGE = format(
            'fp: expected a fingerprint of 1 to %s bytes, or null for one that is made up', max_id);
    END IF;
    IF send.ttl <= '0' OR send.ttl > max_ttl THEN
        RAISE invalid_parameter_value USING MESSAGE = format(
            'ttl: expected an interval that is longer than 0 and not longer than %s, or null for none', max_ttl);
    END IF;
    IF fingerprint IS NULL THEN
        IF current_setting('server_version_num')::INTEGER >= 130000 THEN
            fingerprint := gen_random_uuid();
        ELSE
            SELECT string_agg(lpad(to_hex(floor(random() * 4294967296)::BIGINT), 8, '0'), '') INTO fingerprint
            FROM generate_series(1, 4);
        END IF;
    END IF;
    INSERT INTO submissions (sender, receiver, fp, text, typeu, expires_at)
    VALUES (coalesce(send.sender, '0'), send.receiver, fingerprint, send.text, coalesce(send.typeu, -1), clock_timestamp() + send.ttl)
    ON CONFLICT (receiver, fp, sender) DO NOTHING;
    -- Only then: commits that notify wait for each other.
    IF FOUND AND (SELECT last_value = 1 FROM submissions_wake) THEN
        PERFORM pg_notify('mobileim_submissions_' || oid, '') FROM pg_namespace WHERE nspname = current_schema();
    END IF;
    RETURN fingerprint;
END $$;

-- It acts with the rights of the tables' owner, on their schema, whatever the search path of whoever calls it.
DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION send(TEXT, TEXT, INTEGER, TEXT, TEXT, INTERVAL) SET search_path = %I, pg_temp', current_schema());
END $$;
REVOKE ALL ON FUNCTION send(TEXT, TEXT, INTEGER, TEXT, TEXT, INTERVAL) FROM PUBLIC;

-- Whoever might execute the one before may execute this one.
DO $$
DECLARE
    privilege RECORD;
BEGIN
    FOR privilege IN
        SELECT grantee, is_grantable FROM pg_proc, aclexplode(proacl)
        WHERE oid = 'send_before(TEXT, TEXT, INTEGER, TEXT, TEXT)'::REGPROCEDURE AND grantee <> proowner
    LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION send(TEXT, TEXT, INTEGER, TEXT, TEXT, INTERVAL) TO %s %s',
            CASE WHEN privilege.grantee = 0 THEN 'PUBLIC' ELSE privilege.grantee::REGROLE::TEXT END,
            CASE WHEN privilege.is_grantable THEN 'WITH GRANT OPTION' ELSE '' END);
    END LOOP;
END $$;
DROP FUNCTION send_before(TEXT, TEXT, INTEGER, TEXT, TEXT);

CREATE OR REPLACE VIEW deliveries AS SELECT
    fp,
    nullif(sender, '0') AS sender,
    receiver,
    (ARRAY['waiting', 'stored', 'delivered', 'refused', 'expired'])[state + 1] AS state,
    reason,
    queued_at,
    stored_at,
    delivered_at,
    expires_at
FROM submissions;
