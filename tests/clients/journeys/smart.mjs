// The search by words and by likeness, duplicates, and another model that takes over. Models are served by this script:
// a picture's vector follows from its bytes and the model, and so does that of the words that name those bytes.

import * as sdk from '@immich/sdk';
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UNKNOWN_ID, cast, check, equal, finish, photos, raw, ready, refused, sha1, until, upload } from './kit.mjs';

const OLD = 'ViT-B-32__openai';
const NEW = 'RN101__openai';
const OTHER = 'ViT-B-16__openai';
const DIMENSION = 512;

/** Names the model that is held up: its pictures wait. */
let heldUp = null;
let isAway = false;
const seen = { words: [], pictures: [] };

/** Numbers that follow from a text, spread like random ones. */
function vector(text) {
  const numbers = [];
  for (let index = 0; numbers.length < DIMENSION; index += 1) {
    const bytes = Buffer.from(sha1(`${text}/${index}`, 'hex'), 'hex');
    for (let at = 0; at + 2 <= bytes.length && numbers.length < DIMENSION; at += 2) {
      numbers.push(bytes.readInt16BE(at) / 32_768);
    }
  }
  return JSON.stringify(numbers);
}

/** The parts of a form, by their names. */
function parts(body, type) {
  const boundary = Buffer.from(`--${/boundary=(.+)$/.exec(type)[1]}`);
  const found = {};
  for (let at = body.indexOf(boundary); at >= 0;) {
    const next = body.indexOf(boundary, at + boundary.length);
    if (next < 0) break;
    const part = body.subarray(at + boundary.length + 2, next - 2);
    const end = part.indexOf('\r\n\r\n');
    found[/name="([^"]+)"/.exec(part.subarray(0, end).toString())[1]] = part.subarray(end + 4);
    at = next;
  }
  return found;
}

const service = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', async () => {
    const answer = (status, body) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (isAway) return request.socket.destroy();
    if (request.url === '/ping') return response.end('pong');
    if (request.url !== '/predict') return answer(404, { detail: 'Not Found' });
    const { entries, image, text } = parts(Buffer.concat(chunks), request.headers['content-type']);
    const { clip } = JSON.parse(entries.toString());
    if (!clip) return answer(503, { detail: 'only vectors are made here' });
    const model = (clip.visual ?? clip.textual).modelName;
    if (text) {
      seen.words.push({ model, text: text.toString(), language: clip.textual.options?.language });
      return answer(200, { clip: vector(`${model}:${text}`) });
    }
    while (heldUp === model) await new Promise((resolve) => setTimeout(resolve, 50));
    seen.pictures.push(model);
    return answer(200, { clip: vector(`${model}:${sha1(image, 'hex')}`), imageWidth: 1, imageHeight: 1 });
  });
});
await new Promise((resolve) => service.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${service.address().port}`;

const [admin, ada, bob] = await cast('Ada', 'Bob');
const before = await sdk.getConfig(admin.as);
const configure = (change) => {
  const machineLearning = {
    ...before.machineLearning,
    urls: [url],
    availabilityChecks: { enabled: true, timeout: 1000, interval: 1000 },
    facialRecognition: { ...before.machineLearning.facialRecognition, enabled: false },
    ocr: { ...before.machineLearning.ocr, enabled: false },
    ...change,
  };
  return sdk.updateConfig({ adminConfigDto: { ...before, machineLearning } }, admin.as);
};
const clip = (modelName) => configure({ clip: { enabled: true, modelName } });
const counts = async (name) => (await sdk.getQueue({ name }, admin.as)).statistics;
const idle = (name) => until(() => counts(name), ({ active, waiting, paused, delayed }) => active + waiting + paused + delayed === 0, `${name} has nothing to do`);
const search = async (smartSearchDto, as = ada.as) => (await sdk.searchSmart({ smartSearchDto }, as)).assets;
const ids = (assets) => assets.items.map(({ id }) => id);

/** The words that name an asset: those of its preview's bytes. */
async function nameOf(id) {
  const preview = await raw('GET', `/assets/${id}/thumbnail?size=preview`, { as: ada.as });
  return sha1(Buffer.from(await preview.arrayBuffer()), 'hex');
}

await configure({});
const assets = [];
for (const name of ['plain-no-date', 'date-offset', 'orientation-6', 'orientation-1']) {
  assets.push((await upload(`library/jpeg/${name}.jpg`, ada.as)).id);
}
for (const id of assets) await ready(id, ada.as);
const bobs = (await upload('library/jpeg/plain-no-date.jpg', bob.as)).id;
await ready(bobs, bob.as);
const names = new Map();
for (const id of assets) names.set(id, await nameOf(id));
const findsAll = (query) => until(() => search({ query }), (found) => found.count === assets.length, 'all are found');

async function words() {
  equal([(await sdk.getServerFeatures()).smartSearch, (await sdk.getServerFeatures()).ocr], [true, false], 'clients are told what there is');
  await findsAll('anything');
  await idle('smartSearch');
  for (const id of assets) {
    const found = await search({ query: ` ${names.get(id)} ` });
    equal([ids(found)[0], found.count, found.total, found.nextPage], [id, 4, 4, null], 'what the words name is first, and all others follow');
  }
  const asked = seen.words.length;
  await search({ query: names.get(assets[0]) });
  equal(seen.words.length, asked, 'the same words are asked once');
  await search({ query: 'ein Hund', language: 'de' });
  equal(seen.words.at(-1), { model: OLD, text: 'ein Hund', language: 'de' }, 'the language goes with them');
  const all = ids(await search({ query: 'pages' }));
  const paged = [];
  for (let page = 1, next = '1'; next; page += 1) {
    const found = await search({ query: 'pages', size: 1, page });
    equal(found.nextPage, page < all.length ? String(page + 1) : null, `page ${page}`);
    paged.push(...ids(found));
    next = found.nextPage;
  }
  equal(paged, all, 'page by page they are the same');
  await sdk.updateAsset({ id: assets[1], updateAssetDto: { isFavorite: true } }, ada.as);
  equal(ids(await search({ query: 'anything', isFavorite: true })), [assets[1]], 'filters hold');
  equal((await search({ query: 'anything', type: 'VIDEO' })).count, 0, 'also where nothing fits');
  check((await search({ query: 'x', withExif: true })).items.every(({ exifInfo }) => exifInfo), 'with what is known of them');
  equal(ids(await search({ query: 'anything' }, bob.as)), [bobs], 'nobody finds what others have');
  await refused(() => search({}), 400, 'Either `query` or `queryAssetId` must be set', 'nothing asked for');
  await refused(() => search({ query: 'x', visibility: 'locked' }), 401, 'Elevated permission is required', 'what is locked');
}

async function likeness() {
  const found = await search({ queryAssetId: assets[2], query: '  ' });
  equal([ids(found)[0], found.count], [assets[2], 4], 'an asset is most like itself');
  for (const id of [UNKNOWN_ID, bobs]) {
    await refused(() => search({ queryAssetId: id }), 400, 'Not found or no asset.read access', 'like what is not there for the caller');
  }
}

async function duplicates() {
  await idle('duplicateDetection');
  equal(await sdk.getAssetDuplicates(ada.as), [], 'nothing is there twice');
  const bytes = await readFile(join(photos, 'library/jpeg/date-offset.jpg'));
  const twin = new File([bytes, 'and something that no decoder looks at'], 'twin.jpg');
  const dates = { fileCreatedAt: '2024-01-01T10:00:00.000Z', fileModifiedAt: '2024-01-01T10:00:00.000Z' };
  const { id } = await sdk.uploadAsset({ assetMediaCreateDto: { assetData: twin, ...dates } }, ada.as);
  await ready(id, ada.as);
  const groups = await until(() => sdk.getAssetDuplicates(ada.as), ({ length }) => length > 0, 'the same picture is found');
  equal(groups.map((group) => group.assets.map((asset) => asset.id).sort()), [[assets[1], id].sort()], 'in one group');
  await refused(() => search({ queryAssetId: id }, bob.as), 400, 'Not found or no asset.read access', 'and is nobody else’s business');
  await sdk.deleteAssets({ assetBulkDeleteDto: { ids: [id], force: true } }, ada.as);
  await until(() => search({ query: 'anything' }), ({ count }) => count === 4, 'what is deleted is not found');
}

/** Searches without a pause; each has to find what its words name. */
function load() {
  let isOver = false;
  const wrong = [];
  let asked = 0;
  const running = (async () => {
    while (!isOver) {
      for (const id of assets) {
        try {
          // Other words each time, so that nothing is kept from before.
          const found = await search({ query: asked % 2 ? names.get(id) : `${names.get(id)}` });
          if (ids(found)[0] !== id || found.count !== assets.length) wrong.push(ids(found));
        } catch (error) {
          wrong.push(String(error));
        }
        asked += 1;
      }
    }
  })();
  return async (what) => {
    isOver = true;
    await running;
    check(wrong.length === 0 && asked > 0, `${what}: each of ${asked} searches was right`, JSON.stringify(wrong.slice(0, 3)));
  };
}

const asksBy = async (model) => {
  const before = seen.words.length;
  await search({ query: `which ${Math.random()}` });
  return seen.words.length > before && seen.words.at(-1).model === model;
};

async function upgrade() {
  const settled = load();
  heldUp = NEW;
  await clip(NEW);
  await until(() => counts('smartSearch'), ({ active, waiting }) => active + waiting >= assets.length, 'all are to be seen by the new model');
  check(await asksBy(OLD), 'until then the old one answers');
  await sdk.updateQueue({ name: 'smartSearch', queueUpdateDto: { isPaused: true } }, admin.as);
  heldUp = null;
  await until(() => counts('smartSearch'), ({ active, paused }) => active === 0 && paused > 0, 'it can be held back');
  check(await asksBy(OLD), 'and does not end by that');
  await sdk.updateQueue({ name: 'smartSearch', queueUpdateDto: { isPaused: false } }, admin.as);
  await until(() => asksBy(NEW), (is) => is, 'then the new one answers');
  await settled('during the upgrade');
  await idle('smartSearch');
}

async function cancelled() {
  const settled = load();
  heldUp = OTHER;
  await clip(OTHER);
  await until(() => counts('smartSearch'), ({ active, waiting }) => active + waiting >= assets.length, 'all are to be seen by a third one');
  await clip(NEW);
  await until(() => counts('smartSearch'), ({ waiting }) => waiting === 0, 'nobody wants that any more');
  heldUp = null;
  check(await asksBy(NEW), 'and all is as it was');
  const pictures = seen.pictures.length;
  await clip(OLD);
  await until(() => asksBy(OLD), (is) => is, 'the first one is gone back to');
  check(seen.pictures.slice(pictures).filter((model) => model === OLD).length === 0, 'without looking at anything again', seen.pictures.slice(pictures).join());
  await settled('there and back');
}

async function absence() {
  isAway = true;
  await refused(() => search({ query: 'nobody has asked for this' }), 500, 'Internal server error', 'without models no words are understood');
  equal(ids(await search({ queryAssetId: assets[0] }))[0], assets[0], 'but likeness needs none');
  isAway = false;
  await until(async () => (await raw('POST', '/search/smart', { as: ada.as, body: { query: 'again' } })).status, (status) => status === 200, 'they are understood again');
  await configure({ clip: { enabled: false, modelName: OLD } });
  await refused(() => search({ query: 'x' }), 400, 'Smart search is not enabled', 'what is switched off');
  equal((await sdk.getServerFeatures()).smartSearch, false, 'and clients are told');
}

await words();
await likeness();
await duplicates();
await upgrade();
await cancelled();
await absence();
await sdk.updateConfig({ adminConfigDto: before }, admin.as);
service.close();
finish();
