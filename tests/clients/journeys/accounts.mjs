// Accounts to the letter: users, administration of users, sessions, credentials, API keys, what the server says of
// itself. What the first journey has checked already is left out.
//
// Usage: node accounts.mjs BASE_URL PHOTOS_DIR

import { readFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import * as sdk from '@immich/sdk';
import {
  UNKNOWN_ID, base, bodyOf, cast, check, equal, finish, instant, invalid, keys, matches, photos, raw, refused,
  statusAndBody, upload, withKey, withToken,
} from './kit.mjs';

const [admin, ada, eve] = await cast('accounts-ada', 'accounts-eve');
const email = (name) => `${name}-${randomUUID().slice(0, 8)}@albumen.test`;
const login = (address, password = 'a long password', headers = {}) =>
  raw('POST', '/auth/login', { body: { email: address, password }, headers });
const loginAs = async (address, headers) => {
  const { accessToken } = await (await login(address, 'a long password', headers)).json();
  return { accessToken, as: withToken(accessToken) };
};

const USER_ADMIN_KEYS = [
  'avatarColor', 'createdAt', 'deletedAt', 'email', 'id', 'isAdmin', 'license', 'name', 'oauthId', 'profileChangedAt', 'profileImagePath',
  'quotaSizeInBytes', 'quotaUsageInBytes', 'shouldChangePassword', 'status', 'storageLabel', 'updatedAt',
];

async function users() {
  const me = await sdk.getMyUser(ada.as);
  keys(me, USER_ADMIN_KEYS, [], 'the shape of oneself');
  equal([me.status, me.oauthId, me.profileImagePath, me.license, me.deletedAt], ['active', '', '', null, null], 'a fresh account');
  keys(await sdk.getUser({ id: eve.id }, ada.as), ['avatarColor', 'email', 'id', 'name', 'profileChangedAt', 'profileImagePath'], [], 'the shape of others');
  await refused(() => sdk.getUser({ id: UNKNOWN_ID }, ada.as), 400, 'User not found', 'somebody unknown');
  check((await sdk.searchUsers(ada.as)).some(({ id }) => id === eve.id), 'users see each other');
  const update = (userUpdateMeDto, as = ada.as) => sdk.updateMyUser({ userUpdateMeDto }, as);
  equal((await update({ name: 'Ada L.' })).name, 'Ada L.', 'a new name');
  const colours = ['primary', 'pink', 'red', 'yellow', 'blue', 'green', 'purple', 'orange', 'gray', 'amber'];
  const computed = colours[[...ada.email].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % 10];
  equal(me.avatarColor, computed, 'a colour that follows from the address');
  const chosen = colours.find((colour) => colour !== computed);
  equal((await update({ avatarColor: chosen })).avatarColor, chosen, 'a colour of one\'s own');
  equal((await update({ avatarColor: null })).avatarColor, computed, 'and none again');
  await invalid(() => update({ avatarColor: 'mauve' }), ['avatarColor'], 'Invalid option', 'one of ten');
  await refused(() => update({ email: eve.email.toUpperCase() }), 400, 'Email is not available', 'an address of somebody else, in any case');
  await invalid(() => update({ email: 'nowhere' }), ['email'], 'Invalid input: expected email', 'an address is one');
  const moved = `A@${randomUUID().slice(0, 8)}`;
  equal((await update({ email: moved })).email, moved.toLowerCase(), 'an address of a single label, in lower case');
  ada.email = moved.toLowerCase();
  const patched = await raw('PATCH', '/users/me', { as: ada.as, body: { name: 'Ada', unheardOf: 1 } });
  equal([patched.status, (await patched.json()).name], [200, 'Ada'], 'PATCH is an old name of PUT, and unknown keys are passed over');
  await sdk.updateUserAdmin({ id: eve.id, userAdminUpdateDto: { shouldChangePassword: true } }, admin.as);
  equal((await sdk.getMyUser(eve.as)).shouldChangePassword, true, 'a password to be changed');
  equal((await update({ password: 'a long password' }, eve.as)).shouldChangePassword, false, 'and it was');
}

async function profileImage() {
  const image = async (path, name = path) => {
    const form = new FormData();
    form.append('file', new File([await readFile(join(photos, path))], name));
    return fetch(`${base}/api/users/profile-image`, { method: 'POST', headers: ada.as.headers, body: form });
  };
  const [status, made] = await statusAndBody(await image('library/jpeg/gps-berlin.jpg', 'me.jpg'));
  equal([status, made.userId], [201, ada.id], 'a profile image');
  keys(made, ['profileChangedAt', 'profileImagePath', 'userId'], [], 'the shape of its answer');
  matches(made.profileChangedAt, instant, 'when it changed');
  const served = await raw('GET', `/users/${ada.id}/profile-image`, { as: eve.as });
  equal([served.status, served.headers.get('cache-control'), (await served.arrayBuffer()).byteLength > 0], [200, null, true], 'others see it, without a word about caches');
  const form = new FormData();
  form.append('file', new File(['no picture at all'], 'me.jpg'));
  const bad = await fetch(`${base}/api/users/profile-image`, { method: 'POST', headers: ada.as.headers, body: form });
  equal(await statusAndBody(bad), [400, { message: 'Unable to process profile image' }], 'what is no picture');
  equal((await raw('DELETE', '/users/profile-image', { as: ada.as })).status, 204, 'and none again');
  equal(await statusAndBody(await raw('DELETE', '/users/profile-image', { as: ada.as })), [400, { message: "Can't delete a missing profile Image" }], 'once');
  equal((await raw('GET', `/users/${ada.id}/profile-image`, { as: eve.as })).status, 404, 'nobody sees it any more');
}

async function onboardingAndLicence() {
  equal(await sdk.getUserOnboarding(ada.as), { isOnboarded: false }, 'the first steps are to be done');
  equal(await sdk.setUserOnboarding({ onboardingDto: { isOnboarded: true } }, ada.as), { isOnboarded: true }, 'and are done');
  equal((await (await login(ada.email)).json()).isOnboarded, true, 'the log-in tells');
  equal((await raw('DELETE', '/users/me/onboarding', { as: ada.as })).status, 204, 'from the beginning');
  equal(await sdk.getUserOnboarding(ada.as), { isOnboarded: false }, 'and are to be done again');
  const key = (kind) => `IM${kind}-${Array(8).fill('ABCD').join('-')}`;
  const licence = (licenseKey) => ({ licenseKeyDto: { licenseKey, activationKey: 'bm8gc2lnbmF0dXJl' } });
  equal((await raw('GET', '/users/me/license', { as: ada.as })).status, 404, 'no licence');
  await refused(() => sdk.setUserLicense(licence(key('CL')), ada.as), 400, 'Invalid license key', 'a licence that nobody signed');
  await invalid(() => sdk.setUserLicense(licence('IMXX-1'), ada.as), ['licenseKey'], 'Invalid string', 'what is no key');
  equal((await raw('GET', '/server/license', { as: admin.as })).status, 404, 'no licence of the server');
  await refused(() => sdk.setServerLicense(licence(key('CL')), admin.as), 400, 'Invalid license key', 'a client\'s licence is none of a server');
  await refused(() => sdk.setServerLicense(licence(key('SV')), admin.as), 400, 'Invalid license key', 'nor is one that nobody signed');
  equal((await raw('DELETE', '/server/license', { as: admin.as })).status, 204, 'there is nothing to remove');
  const day = new Date().toISOString().slice(0, 10);
  const heat = await sdk.getMyCalendarHeatmap({ $from: day, to: day }, ada.as);
  keys(heat, ['from', 'series', 'to', 'totalCount'], [], 'the shape of the calendar');
}

async function administration() {
  const create = (dto) => sdk.createUserAdmin({ userAdminCreateDto: { email: email('made'), name: 'Made', password: 'a long password', ...dto } }, admin.as);
  const update = (id, userAdminUpdateDto) => sdk.updateUserAdmin({ id, userAdminUpdateDto }, admin.as);
  await refused(() => create({ password: '' }), 400, 'password is required', 'nobody logs in without a password');
  await invalid(() => create({ email: 'x' }), ['email'], 'Invalid input: expected email', 'an address is one');
  await invalid(() => create({ quotaSizeInBytes: -1 }), ['quotaSizeInBytes'], 'Too small', 'room is not negative');
  const label = `a${randomUUID().slice(0, 8)}`;
  const made = await create({ storageLabel: `../${label}.`, quotaSizeInBytes: 0, avatarColor: 'red' });
  keys(made, USER_ADMIN_KEYS, [], 'the shape of a user');
  equal([made.storageLabel, made.quotaSizeInBytes, made.avatarColor, made.isAdmin, made.shouldChangePassword],
    [label, 0, 'red', false, true], 'a folder is made safe, and the password is somebody else\'s');
  const theirs = await loginAs(made.email);
  try {
    await upload('library/jpeg/gps-berlin.jpg', theirs.as);
    check(false, 'without room nothing is uploaded');
  } catch (error) {
    equal([error.status, await bodyOf(error)], [400, { message: 'Quota has been exceeded!' }], 'without room nothing is uploaded');
  }
  const second = await create({ storageLabel: '' });
  equal([second.storageLabel, second.quotaSizeInBytes], [null, null], 'no folder of a name, and no limit');
  await refused(() => update(second.id, { storageLabel: label }), 400, 'Storage label already in use by another account', 'a folder is one user\'s');
  await refused(() => update(second.id, { email: made.email }), 400, 'Email is not available', 'so is an address');
  equal((await update(made.id, { quotaSizeInBytes: null, storageLabel: null })).quotaSizeInBytes, null, 'a limit is taken away');
  equal((await upload('library/jpeg/gps-berlin.jpg', theirs.as)).status, 'created', 'and there is room');
  await refused(() => update(admin.id, { isAdmin: false }), 400, 'Admin status can only be changed by another admin', 'not one\'s own');
  equal((await update(admin.id, { isAdmin: true })).isAdmin, true, 'what changes nothing is no change');
  await refused(() => update(UNKNOWN_ID, { name: 'x' }), 400, 'User not found', 'nobody is changed');
  await refused(() => sdk.getUserAdmin({ id: UNKNOWN_ID }, admin.as), 400, 'User not found', 'nor seen');
  equal((await update(made.id, { password: 'another password', shouldChangePassword: true })).shouldChangePassword, true, 'a password from above is to be changed');
  equal((await login(made.email)).status, 401, 'the old one is nothing any more');
  await update(made.id, { password: 'a long password' });

  await raw('POST', '/auth/pin-code', { as: theirs.as, body: { pinCode: '123456' } });
  await raw('POST', '/auth/session/unlock', { as: theirs.as, body: { pinCode: '123456' } });
  equal((await sdk.getAuthStatus(theirs.as)).isElevated, true, 'unlocked');
  await update(made.id, { pinCode: null });
  const status = await sdk.getAuthStatus(theirs.as);
  equal([status.pinCode, status.isElevated], [false, false], 'a PIN that is taken away from above locks everywhere');

  equal((await sdk.getUserSessionsAdmin({ id: made.id }, admin.as)).length >= 1, true, 'sessions of a user');
  equal(await sdk.getUserStatisticsAdmin({ id: made.id }, admin.as), { images: 1, videos: 0, total: 1 }, 'statistics of a user');
  equal((await sdk.getUserPreferencesAdmin({ id: made.id }, admin.as)).memories.duration, 5, 'preferences of a user');
  const prefer = (userPreferencesUpdateDto) => sdk.updateUserPreferencesAdmin({ id: made.id, userPreferencesUpdateDto }, admin.as);
  equal((await prefer({ memories: { duration: 9 } })).memories.duration, 9, 'changed from above');
  await invalid(() => prefer({ memories: { duration: 0 } }), ['memories', 'duration'], 'Too small', 'within bounds');

  await refused(() => sdk.deleteUserAdmin({ id: admin.id, userAdminDeleteDto: {} }, admin.as), 403, 'Cannot delete your own account', 'not one\'s own account');
  await refused(() => sdk.deleteUserAdmin({ id: UNKNOWN_ID, userAdminDeleteDto: {} }, admin.as), 400, 'User not found', 'nobody is deleted');
  const deleted = await sdk.deleteUserAdmin({ id: made.id, userAdminDeleteDto: {} }, admin.as);
  equal(deleted.status, 'deleted', 'deleted for now');
  matches(deleted.deletedAt, instant, 'since when');
  equal((await login(made.email)).status, 401, 'who is deleted does not log in');
  await refused(() => sdk.getMyUser(theirs.as), 401, 'Invalid user token', 'and is out at once');
  const listed = async (query) => (await sdk.searchUsersAdmin(query, admin.as)).map(({ id }) => id);
  equal([(await listed({})).includes(made.id), (await listed({ withDeleted: true })).includes(made.id)], [false, true], 'listed where asked for');
  equal(await listed({ id: second.id }), [second.id], 'one user');
  equal((await sdk.searchUsers(ada.as)).some(({ id }) => id === made.id), false, 'others do not see who is deleted');
  await refused(() => sdk.getUser({ id: made.id }, ada.as), 400, 'User not found', 'not even by id');
  const restored = await sdk.restoreUserAdmin({ id: made.id }, admin.as);
  equal([restored.status, restored.deletedAt], ['active', null], 'taken back');
  equal((await login(made.email)).status, 201, 'and logs in');
  const going = await sdk.deleteUserAdmin({ id: second.id, userAdminDeleteDto: { force: true } }, admin.as);
  equal(going.status, 'removing', 'for good');
  await refused(() => sdk.searchUsersAdmin({}, ada.as), 403, 'Forbidden', 'for administrators alone');
}

async function credentials() {
  const { accessToken } = await loginAs(ada.email);
  const status = async (headers, query = '') => (await raw('GET', `/users/me${query}`, { headers })).status;
  // The first credential that is there counts, even when it is bad.
  const order = [
    ['x-immich-user-token', accessToken], ['x-immich-session-token', accessToken], ['Authorization', `Bearer ${accessToken}`],
    ['Cookie', `immich_access_token=${accessToken}`],
  ];
  for (const [name, value] of order) equal(await status({ [name]: value }), 200, `a token in ${name}`);
  for (const [index, [name]] of order.entries()) {
    const bad = name === 'Authorization' ? 'Bearer wrong' : name === 'Cookie' ? 'immich_access_token=wrong' : 'wrong';
    for (const [later, value] of order.slice(index + 1)) {
      equal(await status({ [name]: bad, [later]: value }), 401, `a bad ${name} is not made good by ${later}`);
    }
  }
  equal(await status({ Authorization: `Bearer ${accessToken}` }, '?sessionKey=wrong'), 401, 'nor a bad sessionKey by what follows');
  equal(await status({ Authorization: `bearer ${accessToken}` }), 200, 'the scheme in any case');
  const { secret } = await sdk.createApiKey({ apiKeyCreateDto: { name: 'k', permissions: ['user.read'] } }, ada.as);
  equal([await status({ 'x-api-key': secret }), await status({}, `?apiKey=${secret}`)], [200, 200], 'a key in the header or the query');
  equal(await status({ 'x-api-key': secret, 'x-immich-user-token': 'wrong' }), 401, 'a bad token is not made good by a key');
  for (const slug of ['wrong', '%00', 'a%00b', '%ff']) {
    equal(await statusAndBody(await raw('GET', `/users/me?slug=${slug}`, { as: ada.as })), [401, { message: 'Invalid share slug' }], `the name of a link comes first: ${slug}`);
  }
  equal((await statusAndBody(await raw('POST', '/auth/validateToken', { headers: { 'x-api-key': secret } })))[0], 200, 'validateToken asks for no permission');
  const unpermitted = await raw('POST', '/auth/logout', { headers: { 'x-api-key': secret } });
  equal(await statusAndBody(unpermitted), [403, { message: 'Missing required permission: all' }], 'what names no permission asks for all');
  const malformed = await fetch(`${base}/api/auth/login`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"email":' });
  equal(malformed.status, 400, 'what is no JSON');
  await invalid(() => sdk.login({ loginCredentialDto: { email: ada.email } }), ['password'], 'Invalid input: expected string, received undefined', 'a log-in has a password');
  const empty = await statusAndBody(await raw('POST', '/auth/login'));
  equal([empty[0], empty[1].errors[0].path, empty[1].errors[0].message], [400, [], 'Invalid input: expected object, received undefined'], 'a log-in has a body');
  await invalid(() => sdk.getUser({ id: '0b7a9d3e-52b4-1f7d-9c0b-3f0f6d0f1a11' }, ada.as), ['id'], 'Invalid UUID', 'ids are of version 4');
}

async function devices() {
  const seen = async (headers) => {
    const { as } = await loginAs(ada.email, headers);
    const { deviceType, deviceOS, appVersion, current } = (await sdk.getSessions(as)).find((one) => one.current);
    return [deviceType, deviceOS, appVersion, current];
  };
  const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';
  equal(await seen({ 'User-Agent': firefox }), ['Firefox', 'Linux', null, true], 'a browser');
  const app = { 'User-Agent': 'immich-android/2.1.0', deviceModel: 'Pixel 8', deviceType: 'Android' };
  equal(await seen(app), ['Pixel 8', 'Android', '2.1.0', true], 'an app');
  equal((await seen({ 'User-Agent': 'Immich_Android_1.99.0' }))[2], '1.99.0', 'an old app');
  equal(await seen({ 'User-Agent': 'immich-unknown/3.0.1' }), ['', '', '3.0.1', true], 'an app that says nothing else');
}

async function sessions() {
  const first = await loginAs(ada.email);
  const second = await loginAs(ada.email);
  const list = await sdk.getSessions(second.as);
  keys(list[0], ['appVersion', 'createdAt', 'current', 'deviceOS', 'deviceType', 'id', 'isPendingSyncReset', 'updatedAt'], ['expiresAt'], 'the shape of a session');
  const updated = list.map(({ updatedAt }) => updatedAt);
  equal(updated, [...updated].sort().reverse(), 'the one that was used last comes first');
  const current = list.find((one) => one.current);
  const child = await sdk.createSession({ sessionCreateDto: { duration: 3600 } }, second.as);
  const left_s = (Date.parse(child.expiresAt) - Date.now()) / 1000;
  check(left_s > 3500 && left_s <= 3601, 'a child session ends by itself', `${left_s} s`);
  check(Boolean(child.token), 'its token is told once');
  const brief = await sdk.createSession({ sessionCreateDto: { duration: 1 } }, second.as);
  await new Promise((resolve) => setTimeout(resolve, 1200));
  await refused(() => sdk.getMyUser(withToken(brief.token)), 401, 'Invalid user token', 'what ran out is unknown');
  await invalid(() => sdk.createSession({ sessionCreateDto: { duration: 0 } }, second.as), ['duration'], 'Too small', 'a duration lasts');
  equal(await statusAndBody(await raw('PUT', `/sessions/${current.id}`, { as: second.as, body: {} })), [400, { message: 'No fields to update' }], 'a change changes something');
  equal((await sdk.updateSession({ id: current.id, sessionUpdateDto: { isPendingSyncReset: true } }, second.as)).isPendingSyncReset, true, 'a device is to begin again');
  await refused(() => sdk.updateSession({ id: current.id, sessionUpdateDto: { isPendingSyncReset: true } }, eve.as), 400, 'Not found or no session.update access', 'not by others');
  await refused(() => sdk.lockSession({ id: current.id }, eve.as), 400, 'Not found or no session.lock access', 'nor locked by them');
  equal((await raw('POST', `/sessions/${current.id}/lock`, { as: second.as })).status, 204, 'a session is locked');
  equal((await raw('DELETE', `/sessions/${current.id}`, { as: first.as })).status, 204, 'a session is ended from another');
  await refused(() => sdk.getMyUser(second.as), 401, 'Invalid user token', 'and is out');
  await refused(() => sdk.getMyUser(withToken(child.token)), 401, 'Invalid user token', 'with its child');
  equal((await raw('DELETE', '/sessions', { as: first.as })).status, 204, 'all others are ended');
  equal((await sdk.getSessions(first.as)).map((one) => one.current), [true], 'this one stays');
  await refused(() => sdk.getMyUser(ada.as), 401, 'Invalid user token', 'the others are out');
  ada.as = first.as;
  await raw('POST', '/auth/logout', { as: (await loginAs(ada.email)).as });
}

async function pinCodes() {
  const pin = (method, dto) => raw(method, '/auth/pin-code', { as: ada.as, body: dto });
  const none = [400, { message: 'User does not have a PIN code' }];
  equal(await statusAndBody(await pin('PUT', { pinCode: '123456', newPinCode: '222222' })), none, 'no PIN to change');
  equal(await statusAndBody(await pin('DELETE', { pinCode: '123456' })), none, 'nor to reset');
  await pin('POST', { pinCode: '123456' });
  equal(await statusAndBody(await pin('PUT', { newPinCode: '222222' })), [400, { message: 'Either password or pinCode is required' }], 'one of the two');
  equal(await statusAndBody(await pin('PUT', { password: 'wrong', newPinCode: '222222' })), [400, { message: 'Wrong password' }], 'a wrong password');
  equal(await statusAndBody(await pin('DELETE', { pinCode: '000000' })), [400, { message: 'Wrong PIN code' }], 'a wrong PIN');
  equal((await pin('PUT', { password: 'a long password', newPinCode: '222222' })).status, 204, 'with the password');
  equal((await pin('DELETE', { password: 'a long password' })).status, 204, 'reset with the password');
}

async function apiKeys() {
  const create = (apiKeyCreateDto, as = ada.as) => sdk.createApiKey({ apiKeyCreateDto }, as);
  const made = await create({ name: 'one', permissions: ['user.read', 'user.read', 'apiKey.create'] });
  keys(made.apiKey, ['createdAt', 'id', 'name', 'permissions', 'updatedAt'], [], 'the shape of a key');
  equal(made.apiKey.permissions, ['user.read', 'apiKey.create'], 'each permission once');
  const { id } = made.apiKey;
  equal((await sdk.getApiKeys(ada.as)).some((key) => key.id === id), true, 'it is listed');
  equal((await sdk.updateApiKey({ id, apiKeyUpdateDto: { name: 'two' } }, ada.as)).permissions, ['user.read', 'apiKey.create'], 'a new name, and nothing else');
  equal((await sdk.updateApiKey({ id, apiKeyUpdateDto: { permissions: ['asset.read'] } }, ada.as)).name, 'two', 'other permissions, and nothing else');
  await refused(() => sdk.getMyUser(withKey(made.secret)), 403, 'Missing required permission: user.read', 'at once');
  for (const [call, what] of [
    [() => sdk.getApiKey({ id }, eve.as), 'read'], [() => sdk.updateApiKey({ id, apiKeyUpdateDto: { name: 'x' } }, eve.as), 'changed'],
    [() => sdk.deleteApiKey({ id }, eve.as), 'deleted'], [() => sdk.rotateApiKey({ id }, eve.as), 'made anew'],
  ]) await refused(call, 400, 'API Key not found', `a key is not ${what} by others`);
  equal((await raw('PATCH', `/api-keys/${id}`, { as: ada.as, body: { name: 'three' } })).status, 200, 'PATCH is an old name of PUT');
  const all = await create({ permissions: ['all'] });
  const other = await loginAs(ada.email);
  const change = await raw('POST', '/auth/change-password', { as: withKey(all.secret), body: { password: 'a long password', newPassword: 'a long password' } });
  equal(change.status, 200, 'a password changed with a key');
  await refused(() => sdk.getMyUser(other.as), 401, 'Invalid user token', 'ends every session');
  ada.as = (await loginAs(ada.email)).as;
}

async function server() {
  const history = await sdk.getVersionHistory(ada.as);
  keys(history[0], ['createdAt', 'id', 'version'], [], 'the shape of a version that ran');
  equal(history[0].version, '3.1.0', 'the newest first');
  keys(await sdk.getVersionCheck(ada.as), ['checkedAt', 'releaseVersion'], [], 'the shape of the look for a release');
  keys(await sdk.getApkLinks(ada.as), ['arm64v8a', 'armeabiv7a', 'universal', 'x86_64'], [], 'links to the app');
  const features = await sdk.getServerFeatures();
  keys(features, ['configFile', 'duplicateDetection', 'email', 'facialRecognition', 'importFaces', 'map', 'oauth', 'oauthAutoLaunch', 'ocr', 'passwordLogin',
    'realtimeTranscoding', 'reverseGeocoding', 'search', 'sidecar', 'smartSearch', 'trash'], [], 'what the server can do');
  check(Object.values(features).every((value) => typeof value === 'boolean'), 'is there or not');
  keys(await sdk.getServerConfig(), ['externalDomain', 'isInitialized', 'isOnboarded', 'loginPageMessage', 'maintenanceMode', 'mapDarkStyleUrl', 'mapLightStyleUrl',
    'minFaces', 'oauthButtonText', 'publicUsers', 'trashDays', 'userDeleteDelay'], ['oauthAccountManagementUrl'], 'what clients need before the log-in');
  const document = await raw('GET', '/spec.yaml');
  equal([document.headers.get('content-type').split(';')[0], /"?openapi"?: ?"3/.test(await document.text())], ['text/yaml', true], 'the document, as YAML too');
  const tag = (await raw('GET', '/server/media-types')).headers.get('etag');
  matches(tag, /^"[^"]+"$/, 'what was answered has a tag');
  const again = await raw('GET', '/server/media-types', { headers: { 'If-None-Match': tag } });
  equal([again.status, again.headers.get('etag'), await again.text()], [304, tag, ''], 'and is not sent again to whoever names it');
  const types = await sdk.getSupportedMediaTypes();
  check([...types.image, ...types.video, ...types.sidecar].every((extension) => /^\.[a-z0-9]+$/.test(extension)), 'extensions begin with a dot');
  const storage = await sdk.getStorage(ada.as);
  for (const name of ['diskSize', 'diskUse', 'diskAvailable']) matches(storage[name], /^\d+\.\d (B|[KMGTPE]iB)$/, `${name} has one decimal and a unit`);
  const share = (storage.diskUseRaw / storage.diskSizeRaw) * 100;
  check(Math.abs(storage.diskUsagePercentage - share) < 0.1 && /^\d+(\.\d{1,2})?$/.test(String(storage.diskUsagePercentage)), 'how full the disk is, to two decimals', show(storage));
  const statistics = await sdk.getServerStatistics(admin.as);
  keys(statistics, ['photos', 'usage', 'usageByUser', 'usagePhotos', 'usageVideos', 'videos'], [], 'the shape of the statistics');
  keys(statistics.usageByUser[0], ['photos', 'quotaSizeInBytes', 'usage', 'usagePhotos', 'usageVideos', 'userId', 'userName', 'videos'], [], 'and of each user');
  equal(statistics.usageByUser[0].userId, admin.id, 'who came first is first');
  for (const path of ['/server/about', '/server/storage', '/server/version-check', '/server/apk-links', '/server/statistics']) {
    equal(await statusAndBody(await raw('GET', path)), [401, { message: 'Authentication required' }], `${path} is for users`);
  }
  for (const path of ['/server/ping', '/server/version', '/server/version-history', '/server/features', '/server/config', '/server/media-types']) {
    equal((await raw('GET', path)).status, 200, `${path} is for everybody`);
  }
}

async function systemMetadata() {
  keys(await sdk.getReverseGeocodingState(admin.as), ['lastImportFileName', 'lastUpdate'], [], 'the data of the places');
  keys(await sdk.getVersionCheckState(admin.as), ['checkedAt', 'releaseVersion'], [], 'the look for a release');
  equal(typeof (await sdk.getAdminOnboarding(admin.as)).isOnboarded, 'boolean', 'the administrator\'s first steps');
  await refused(() => sdk.getAdminOnboarding(ada.as), 403, 'Forbidden', 'for administrators');
  await invalid(() => sdk.updateAdminOnboarding({ adminOnboardingUpdateDto: {} }, admin.as), ['isOnboarded'], 'Invalid input: expected boolean', 'done or not');
}

function show(value) {
  return JSON.stringify(value);
}

for (const part of [users, profileImage, onboardingAndLicence, administration, credentials, devices, sessions, pinCodes, apiKeys, server, systemMetadata]) {
  try {
    await part();
  } catch (error) {
    check(false, `${part.name} went to its end`, sdk.isHttpError(error) ? `${error.status} ${JSON.stringify(await bodyOf(error))}` : String(error.stack));
  }
}
finish();
