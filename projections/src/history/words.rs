//! What events are called: one line for each.
//!
//! A line says what somebody did, without saying who: `made the album {name}`. In it stand for
//!
//! - `{name}`: a value of the event, or the newest word on it before, in quotation marks;
//! - `{=role}`: the same without them;
//! - `{@user}`: the name of a person, or of all in a list;
//! - `{#assets|picture|pictures}`: how many there are in a list, with the right word;
//! - `{?favorite|marked|unmarked}`: one of two, by whether a value is there and true.
//!
//! An event without a line fails a test. Should one come along nevertheless (a log may have been written
//! by a newer release), its own name has to do.

/// How an event is told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    /// Its name.
    pub(super) event: &'static str,
    /// What somebody did.
    pub(super) says: &'static str,
    /// Whether its values replace earlier ones of the same name, so that those are what it was before.
    pub(super) replaces: bool,
}

/// An event that replaces values.
const fn change(event: &'static str, says: &'static str) -> Line {
    Line { event, says, replaces: true }
}

/// An event before which there was nothing to replace.
const fn fact(event: &'static str, says: &'static str) -> Line {
    Line { event, says, replaces: false }
}

/// The line of an event.
pub(super) fn line_of(event: &str) -> Option<&'static Line> {
    LINES.iter().find(|line| line.event == event)
}

/// All lines, by the kinds of things in the order of their introduction.
#[rustfmt::skip]
pub(super) const LINES: &[Line] = &[
    // Users
    fact("user-registered", "made the account of {name}"),
    change("user-profile-changed", "changed the account of {name}"),
    fact("user-password-changed", "set a new password for {name}"),
    fact("user-pin-changed", "{?pin_hash|set a PIN for|removed the PIN of} {name}"),
    change("user-preferences-changed", "changed the preferences of {name}"),
    change("user-onboarding-changed", "{?onboarded|finished the first steps|began the first steps anew}"),
    fact("user-profile-image-changed", "{?path|chose a new profile picture|removed the profile picture}"),
    fact("user-licensed", "entered a licence"),
    fact("user-license-removed", "removed the licence"),
    fact("user-deleted", "deleted the account of {name}{?immediate|, at once|}"),
    fact("user-restored", "restored the account of {name}"),
    fact("user-removed", "removed the account of {name} for good"),
    // Sessions
    fact("session-started", "logged in"),
    fact("session-seen", "used a session again"),
    fact("session-unlocked", "unlocked the locked folder"),
    fact("session-locked", "locked the locked folder"),
    fact("session-sync-reset-changed", "{?pending|asked a device to synchronise anew|synchronised a device anew}"),
    fact("session-ended", "ended a session"),
    // Keys
    fact("api-key-created", "made the API key {name}"),
    change("api-key-changed", "changed the API key {name}"),
    fact("api-key-rotated", "gave the API key {name} another secret"),
    fact("api-key-deleted", "revoked the API key {name}"),
    // Assets
    fact("asset-uploaded", "uploaded {file_name}"),
    change("asset-details-edited", "edited the details of {file_name}"),
    fact("asset-details-withdrawn", "took back details of {file_name}"),
    change("asset-favorite-changed", "{?favorite|marked {file_name} as a favourite|no longer marks {file_name} as a favourite}"),
    change("asset-visibility-changed", "moved {file_name} to {visibility}"),
    fact("asset-trashed", "put {file_name} into the trash"),
    fact("asset-restored", "took {file_name} out of the trash"),
    fact("asset-deletion-requested", "gave {file_name} up for good"),
    fact("asset-deleted", "removed {file_name} for good"),
    fact("asset-live-photo-linked", "joined {file_name} with its moving half"),
    fact("asset-live-photo-unlinked", "parted {file_name} from its moving half"),
    fact("asset-key-value-set", "stored the value {key} with {file_name}"),
    fact("asset-key-value-removed", "removed the value {key} of {file_name}"),
    change("asset-duplicate-group-changed", "{?group|put {file_name} among duplicates|no longer counts {file_name} among duplicates}"),
    change("asset-sidecar-replaced", "{?path|gave {file_name} a sidecar|removed the sidecar of {file_name}}"),
    fact("asset-tagged", "put {#tags|tag|tags} on {file_name}"),
    fact("asset-untagged", "took {#tags|tag|tags} off {file_name}"),
    fact("asset-tags-read", "read the tags of {file_name}"),
    // Work on assets
    fact("job-requested", "asked for the job {=job} to be done"),
    fact("metadata-read", "read what the file says about itself"),
    fact("previews-made", "made the small pictures"),
    fact("sidecar-written", "wrote into the sidecar what persons said"),
    fact("duplicates-sought", "looked whether the same picture is there twice"),
    fact("person-thumbnail-made", "made the picture of a person"),
    fact("text-read", "read the text in a picture"),
    fact("faces-detected", "looked for faces and found {=found}"),
    fact("faces-clustered", "compared {=looked_at} faces: {=assigned} are somebody’s now, {=created} persons are new"),
    fact("people-regrouped", "grouped all faces anew: {=kept} persons stayed, {=created} are new, {=merged} were others, {=moved} faces moved"),
    fact("attempt-failed", "tried the job {=job} in vain"),
    fact("mail-settled", "{?sent|sent|did not send} an e-mail about an album"),
    fact("embedding-made", "made the vector by which a picture is found"),
    // The installation
    change("version-installed", "installed version {=version}"),
    change("admin-onboarding-changed", "{?onboarded|finished setting up the server|began setting up the server anew}"),
    fact("server-licensed", "entered a licence of the server"),
    fact("server-license-removed", "removed the licence of the server"),
    change("system-config-changed", "changed the configuration"),
    change("models-chosen", "chose what is recognised in pictures, and by which models"),
    change("search-model-switched", "switched searches by words to the model {=model}"),
    change("release-found", "looked which version of the API is the newest: {=release_version}"),
    fact("queue-started", "started the queue {=queue}"),
    fact("queue-paused", "paused the queue {=queue}"),
    fact("queue-resumed", "resumed the queue {=queue}"),
    fact("queue-emptied", "emptied the queue {=queue}"),
    fact("queue-reset", "began the work of the queue {=queue} as if it had never been done"),
    fact("queue-failures-cleared", "cleared the failures of the queue {=queue}"),
    fact("task-requested", "asked for the task {=task}"),
    fact("task-started", "began the task {=task}"),
    fact("task-finished", "finished the task {=task}"),
    fact("task-failed", "tried the task {=task} in vain"),
    // Erasures
    fact("subject-erased", "erased personal data for good"),
    // Albums
    fact("album-created", "made the album {name}"),
    change("album-details-changed", "changed what the album {name} is called or says"),
    change("album-settings-changed", "changed the settings of the album {name}"),
    change("album-thumbnail-chosen", "chose another picture to stand for the album {name}"),
    fact("album-assets-added", "put {#assets|picture|pictures} into the album {name}"),
    fact("album-assets-removed", "took {#assets|picture|pictures} out of the album {name}"),
    fact("album-users-added", "shared the album {name} with {@users}"),
    fact("album-user-role-changed", "made {@user} {=role} of the album {name}"),
    fact("album-user-removed", "no longer shares the album {name} with {@user}"),
    fact("album-deleted", "deleted the album {name}"),
    fact("album-restored", "restored the album {name}"),
    // Tags
    fact("tag-created", "made the tag {value}"),
    change("tag-colored", "{?color|gave the tag {value} another colour|took the colour from the tag {value}}"),
    fact("tag-deleted", "deleted the tag {value}"),
    // Stacks
    fact("stack-created", "stacked {#assets|picture|pictures}"),
    fact("stack-assets-added", "laid {#assets|picture|pictures} under a stack"),
    fact("stack-primary-chosen", "chose another picture to lie on top of a stack"),
    fact("stack-assets-removed", "took {#assets|picture|pictures} out of a stack"),
    fact("stack-deleted", "dissolved a stack"),
    // Sharing
    fact("partnership-begun", "began to share everything with {@shared_with}"),
    change("partnership-timeline-changed", "{?in_timeline|shows|no longer shows} in the timeline what {@shared_by} shares"),
    fact("partnership-ended", "no longer shares everything with {@shared_with}"),
    fact("shared-link-created", "made a link that shows {?album|an album|pictures} to whoever has it"),
    change("shared-link-changed", "changed a link"),
    fact("shared-link-assets-added", "added {#assets|picture|pictures} to a link"),
    fact("shared-link-assets-removed", "took {#assets|picture|pictures} from a link"),
    fact("shared-link-deleted", "deleted a link"),
    fact("activity-created", "{?comment|wrote {comment}|liked {?asset|a picture|an album}}"),
    fact("activity-deleted", "{?comment|took back what was written: {comment}|took back a like}"),
    // People
    fact("person-created", "made the person {name}"),
    change("person-details-changed", "changed what is known of the person {name}"),
    change("person-settings-changed", "changed how the person {name} is shown"),
    fact("person-feature-face-chosen", "chose another face to stand for the person {name}"),
    fact("person-merged", "merged the person {name} into another one"),
    fact("person-deleted", "deleted the person {name}"),
    fact("face-added", "marked a face"),
    fact("face-assigned", "said whose a face is"),
    fact("face-unassigned", "said that a face is nobody's they know"),
    fact("face-removed", "said that there is no face"),
    fact("face-deleted", "deleted a face"),
    fact("face-measured", "measured a face"),
    // Notifications and libraries
    fact("notification-created", "told {@user} {title}"),
    fact("notification-read-changed", "{?read_at|read|no longer counts as read} {title}"),
    fact("notification-deleted", "deleted the notification {title}"),
    fact("external-library-created", "made the library {name}"),
    change("external-library-changed", "changed the library {name}"),
    fact("external-library-deleted", "deleted the library {name}"),
    // Memories
    fact("memory-created", "made a memory of {#assets|picture|pictures}"),
    change("memory-changed", "{?saved|kept a memory|changed or looked at a memory}"),
    fact("memory-assets-added", "put {#assets|picture|pictures} into a memory"),
    fact("memory-assets-removed", "took {#assets|picture|pictures} out of a memory"),
    fact("memory-deleted", "deleted a memory"),
];
