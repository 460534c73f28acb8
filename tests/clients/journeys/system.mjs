// The configuration: what administrators set, who is told of it, and that it counts at once.
//
// Usage: node system.mjs BASE_URL PHOTOS_DIR

import * as sdk from '@immich/sdk';
import { base, cast, check, equal, finish, invalid, raw, ready, refused, until, upload, withKey } from './kit.mjs';

const [admin, user] = await cast('config');
const json = async (method, path, options) => {
  const answer = await raw(method, path, options);
  return [answer.status, answer.status === 204 ? null : await answer.json()];
};
const get = async () => (await json('GET', '/system-config', { as: admin.as }))[1];
const put = async (config) => json('PUT', '/system-config', { as: admin.as, body: config });

/** Changes parts of the configuration, each named by its path. */
async function set(parts) {
  const config = await get();
  for (const [path, value] of Object.entries(parts)) {
    const keys = path.split('.');
    const last = keys.pop();
    keys.reduce((object, key) => object[key], config)[last] = value;
  }
  return put(config);
}

async function defaults() {
  const [status, found] = await json('GET', '/system-config/defaults', { as: admin.as });
  equal(status, 200, 'the defaults');
  equal(await put(found), [200, found], 'all at its default');
  equal(found.trash, { enabled: true, days: 30 }, 'the trash, by default');
  equal(found.job.metadataExtraction, { concurrency: 5 }, 'concurrency, by default');
  equal(found.nightlyTasks.startTime, '00:00', 'the night, by default');
  const options = (await json('GET', '/system-config/storage-template-options', { as: admin.as }))[1];
  equal([options.presetOptions.length, options.secondOptions], [21, ['s', 'ss', 'SSS']], 'what a storage template can hold');
  equal(await json('GET', '/admin/config', { as: admin.as }), [200, found], 'the same for clients of 3.2');
}

async function access() {
  for (const path of ['/system-config', '/system-config/defaults', '/system-config/storage-template-options', '/admin/config']) {
    equal(await json('GET', path, { as: user.as }), [403, { message: 'Forbidden' }], `${path} is for administrators`);
    equal(await json('GET', path), [401, { message: 'Authentication required' }], `${path} is for nobody else`);
  }
  equal(await json('PUT', '/system-config', { as: user.as, body: {} }), [403, { message: 'Forbidden' }], 'users set nothing');
  const shown = (await json('GET', '/config', { as: user.as }))[1];
  equal([shown.trash.days, shown.notifications, shown.oauth.clientSecret], [30, undefined, undefined], 'what users know');
  equal((await json('GET', '/config'))[0], 401, 'strangers know less');
  equal(Object.keys((await json('GET', '/public/config'))[1]).sort(), ['oauth', 'passwordLogin', 'server', 'theme'], 'what everybody knows');
}

async function effects() {
  const changed = await set({
    'trash.days': 12, 'user.deleteDelay': 3, 'server.externalDomain': 'https://photos.example/path',
    'server.loginPageMessage': 'Welcome', 'theme.customCss': 'body { color: teal }', 'map.enabled': false,
    'map.lightStyle': 'https://tiles.example/light.json', 'reverseGeocoding.enabled': false,
    'oauth.buttonText': 'Enter', 'machineLearning.facialRecognition.minFaces': 7, 'ffmpeg.targetVideoCodec': 'hevc',
  });
  equal(changed[0], 200, 'a configuration is taken');
  const found = await get();
  equal(changed[1], found, 'the answer is what is in force');
  equal(found.server.externalDomain, 'https://photos.example', 'an address is reduced to its origin');
  equal(found.ffmpeg.acceptedVideoCodecs, ['h264', 'hevc'], 'what is made is also accepted');
  const config = await sdk.getServerConfig();
  equal(
    [config.trashDays, config.userDeleteDelay, config.externalDomain, config.loginPageMessage, config.mapLightStyleUrl],
    [12, 3, 'https://photos.example', 'Welcome', 'https://tiles.example/light.json'], 'clients see it at once',
  );
  equal([config.oauthButtonText, config.minFaces], ['Enter', 7], 'and the rest of it');
  const features = await sdk.getServerFeatures();
  equal([features.map, features.reverseGeocoding, features.trash, features.configFile], [false, false, true, false], 'what is off is told');
  const css = await fetch(`${base}/custom.css`);
  equal([css.headers.get('content-type'), await css.text()], ['text/css', 'body { color: teal }'], 'the style sheet');
  equal((await set({ 'oauth.storageLabelClaim': '' }))[1].oauth.storageLabelClaim, 'preferred_username', 'what is emptied has its default again');
}

async function users() {
  await set({ 'server.publicUsers': false });
  equal((await sdk.searchUsers(user.as)).map(({ id }) => id), [user.id], 'users who see nobody else');
  await refused(() => sdk.getUser({ id: admin.id }, user.as), 400, 'User not found', 'not even by id');
  await set({ 'server.publicUsers': true });
  check((await sdk.searchUsers(user.as)).length > 1, 'users who see each other');
  await set({ 'passwordLogin.enabled': false });
  const login = { loginCredentialDto: { email: user.email, password: 'a long password' } };
  await refused(() => sdk.login(login), 401, 'Password login has been disabled', 'nobody logs in by password');
  equal((await sdk.getServerFeatures()).passwordLogin, false, 'and clients are told');
  await set({ 'passwordLogin.enabled': true, 'metadata.faces.import': true });
  equal((await sdk.getServerFeatures()).importFaces, true, 'and that faces are read from files');
  await set({ 'metadata.faces.import': false });
  check((await sdk.login(login)).accessToken, 'they do again');
}

async function media() {
  await set({ 'image.thumbnail.size': 100, 'image.thumbnail.format': 'jpeg', 'trash.enabled': false, 'job.thumbnailGeneration.concurrency': 1 });
  const { id } = await upload('library/jpeg/date-offset.jpg', user.as);
  await ready(id, user.as);
  const thumbnail = await raw('GET', `/assets/${id}/thumbnail?size=thumbnail`, { as: user.as });
  equal(thumbnail.headers.get('content-type'), 'image/jpeg', 'small pictures are made as set');
  equal((await sdk.getServerFeatures()).trash, false, 'there is no trash');
  await sdk.deleteAssets({ assetBulkDeleteDto: { ids: [id] } }, user.as);
  equal((await sdk.getAssetInfo({ id }, user.as)).isTrashed, true, 'what clients delete without force goes there all the same');
  await sdk.deleteAssets({ assetBulkDeleteDto: { ids: [id], force: true } }, user.as);
  await until(async () => (await raw('GET', `/assets/${id}`, { as: user.as })).status, (status) => status === 400, 'what they delete with force is gone');
}

/** There is no mode in which the server is maintained. */
async function maintenance() {
  equal(await sdk.getMaintenanceStatus(), { action: 'end', active: false }, 'nobody maintains the server');
  await refused(() => sdk.maintenanceLogin({ maintenanceLoginDto: {} }), 400, 'Not in maintenance mode', 'so nobody is let in for it');
}

async function refusals() {
  const config = await get();
  const without = { ...config };
  delete without.trash;
  await invalid(() => sdk.updateConfig({ adminConfigDto: without }, admin.as), ['trash'], 'Invalid input: expected object, received undefined', 'a part that is missing');
  const wrong = [
    ['trash.days', -1, 'Too small: expected number to be >=0'],
    ['user.deleteDelay', 0, 'Too small: expected number to be >=1'],
    ['image.preview.quality', 101, 'Too big: expected number to be <=100'],
    ['nightlyTasks.startTime', '24:00', 'Invalid string: must match pattern'],
    ['logging.level', 'loud', 'Invalid option: expected one of "verbose"|"debug"'],
    ['map.darkStyle', 'nowhere', 'Invalid URL'],
    ['library.scan.cronExpression', 'often', 'Invalid cron expression'],
  ];
  for (const [path, value, message] of wrong) {
    const body = structuredClone(config);
    const keys = path.split('.');
    keys.slice(0, -1).reduce((object, key) => object[key], body)[keys.at(-1)] = value;
    await invalid(() => sdk.updateConfig({ adminConfigDto: body }, admin.as), keys, message, `${path} cannot be ${value}`);
  }
  const [status, { message }] = await set({ 'storageTemplate.template': '{{nonsense}}' });
  check(status === 400 && message.includes('Invalid storage template'), 'a template that cannot be filled in');
  equal(await set({ 'machineLearning.clip.modelName': 'ViT-B-33__openai' }),
    [400, { message: 'Unknown CLIP model: ViT-B-33__openai. Please check the model name for typos and confirm this is a supported model.' }], 'a model that nobody knows');
  equal(await set({ 'notifications.smtp.enabled': true }), [400, { message: 'Invalid SMTP configuration' }], 'a mail server that cannot be tried');
  equal(await get(), config, 'what was refused changed nothing');
}

/** Clients of 3.2 give keys another secret. */
async function keys() {
  const { secret, apiKey } = await sdk.createApiKey({ apiKeyCreateDto: { name: 'rotated', permissions: ['apiKey.rotate'] } }, user.as);
  const rotated = await sdk.rotateApiKey({ id: apiKey.id }, user.as);
  equal([rotated.apiKey.id, rotated.secret === secret], [apiKey.id, false], 'a key has another secret');
  await refused(() => sdk.getMyApiKey(withKey(secret)), 401, 'Invalid API key', 'the one before opens nothing');
  equal((await sdk.getMyApiKey(withKey(rotated.secret))).id, apiKey.id, 'the new one does');
  const { apiKey: strong } = await sdk.createApiKey({ apiKeyCreateDto: { name: 'strong', permissions: ['all'] } }, user.as);
  await refused(() => sdk.rotateApiKey({ id: strong.id }, withKey(rotated.secret)), 400, 'Cannot grant permissions you do not have', 'a weak key gets no strong one');
  await refused(() => sdk.rotateApiKey({ id: apiKey.id }, admin.as), 400, 'API Key not found', "another's");
}

try {
  await keys();
  await defaults();
  await access();
  await effects();
  await users();
  await media();
  await maintenance();
  await refusals();
} finally {
  await put((await json('GET', '/system-config/defaults', { as: admin.as }))[1]);
}
finish();
