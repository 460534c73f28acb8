CREATE TABLE person_account (
    id                     uuid PRIMARY KEY,
    email                  text        NOT NULL,
    name                   text        NOT NULL,
    password_hash          text,
    pin_hash               text,
    is_admin               boolean     NOT NULL,
    storage_label          text,
    quota_bytes            bigint,
    avatar_color           text,
    should_change_password boolean     NOT NULL,
    status                 text        NOT NULL,
    onboarded              boolean     NOT NULL,
    preferences            jsonb       NOT NULL,
    license                jsonb,
    profile_image_path     text,
    profile_changed_at     timestamptz NOT NULL,
    created_at             timestamptz NOT NULL,
    updated_at             timestamptz NOT NULL,
    deleted_at             timestamptz
);
CREATE INDEX ON person_account (email);

CREATE TABLE session (
    id                 uuid PRIMARY KEY,
    user_id            uuid        NOT NULL,
    token_hash         bytea       NOT NULL,
    parent_id          uuid,
    expires_at         timestamptz,
    pin_expires_at     timestamptz,
    device_type        text        NOT NULL,
    device_os          text        NOT NULL,
    app_version        text,
    sync_reset_pending boolean     NOT NULL,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL
);
CREATE INDEX ON session (token_hash);
CREATE INDEX ON session (user_id);
CREATE INDEX ON session (parent_id);

CREATE TABLE api_key (
    id          uuid PRIMARY KEY,
    user_id     uuid        NOT NULL,
    name        text        NOT NULL,
    secret_hash bytea       NOT NULL,
    permissions jsonb       NOT NULL,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);
CREATE INDEX ON api_key (secret_hash);
CREATE INDEX ON api_key (user_id);

CREATE TABLE installed_version (
    id         uuid PRIMARY KEY,
    version    text        NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE installation (
    id              uuid PRIMARY KEY,
    admin_onboarded boolean NOT NULL,
    license         jsonb
);
