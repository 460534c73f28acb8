// People by their faces: what a model sees, who that is, and what users said about it, which holds through everything.
//
// The model is a small service of this journey's own, which answers for each photo as it is told here. Faces look in
// directions: those less than 60 degrees apart can be the same person's. Two more look up and down, away from all.
//
// Usage: node people-found.mjs BASE_URL PHOTOS_DIR

import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as sdk from '@immich/sdk';
import { cast, check, equal, finish, newUser, photos, raw, ready, refused, sha1, until, upload } from './kit.mjs';

const MODEL = 'journey-faces';
const SECOND_MODEL = 'journey-faces-2';
const FRAME = { imageWidth: 1000, imageHeight: 800 };

/** What the service answers, by the hash of a picture: faces, each with its place and its direction. */
const shown = new Map();
/** The directions of the second model, where they differ. */
const turned = new Map();

const UPRIGHT = { up: 7, down: -7 };
const direction = (degrees) => JSON.stringify(degrees in UPRIGHT
  ? [0, 0, UPRIGHT[degrees]]
  : [Math.cos((degrees * Math.PI) / 180) * 7, Math.sin((degrees * Math.PI) / 180) * 7, 0]);
const turn = (degrees) => turned.get(degrees) ?? (degrees in UPRIGHT ? degrees : degrees + 90);
const box = (x) => ({ x1: x, y1: 100, x2: x + 150, y2: 300 });

function part(body, contentType, name) {
  const boundary = Buffer.from(`--${/boundary=(.+)$/.exec(contentType)[1]}`);
  for (let begin = body.indexOf(boundary); begin >= 0; ) {
    const end = body.indexOf(boundary, begin + boundary.length);
    if (end < 0) {
      return undefined;
    }
    const piece = body.subarray(begin + boundary.length + 2, end - 2);
    const gap = piece.indexOf('\r\n\r\n');
    if (piece.subarray(0, gap).toString().includes(`name="${name}"`)) {
      return piece.subarray(gap + 4);
    }
    begin = end;
  }
  return undefined;
}

const service = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const answer = (status, text) => response.writeHead(status, { 'Content-Type': 'application/json' }).end(text);
    if (request.url.startsWith('/ping')) {
      return answer(200, 'pong');
    }
    if (request.method !== 'POST' || request.url !== '/predict') {
      return answer(404, '{"detail":"Not Found"}');
    }
    const [body, type] = [Buffer.concat(chunks), request.headers['content-type']];
    const entries = JSON.parse(part(body, type, 'entries').toString());
    const model = entries['facial-recognition']?.recognition.modelName;
    if (!model) {
      return answer(500, '{"detail":"only faces are seen here"}');
    }
    const picture = sha1(part(body, type, 'image'), 'hex');
    const faces = (shown.get(picture) ?? []).map(({ x, degrees }) => {
      const seen = model === SECOND_MODEL ? turn(degrees) : degrees;
      return { boundingBox: box(x), embedding: direction(seen), score: 0.9 };
    });
    return answer(200, JSON.stringify({ 'facial-recognition': faces, ...FRAME }));
  });
});
await new Promise((resolve) => service.listen(0, '127.0.0.1', resolve));

const [admin, ada] = await cast('people-found');
const config = await sdk.getConfig(admin.as);
const machineLearning = {
  ...config.machineLearning,
  enabled: true,
  urls: [`http://127.0.0.1:${service.address().port}`],
  availabilityChecks: { enabled: true, timeout: 2000, interval: 1000 },
  clip: { ...config.machineLearning.clip, enabled: false },
  ocr: { ...config.machineLearning.ocr, enabled: false },
  facialRecognition: { enabled: true, modelName: MODEL, minScore: 0.7, maxDistance: 0.5, minFaces: 3 },
};
const configure = (changes) =>
  sdk.updateConfig({ adminConfigDto: { ...config, machineLearning, metadata: { faces: { import: true } }, ...changes } }, admin.as);
const command = (name, queueCommandDto) => sdk.runQueueCommandLegacy({ name, queueCommandDto }, admin.as);

/** Uploads a photo on which the model will see these faces. */
async function photo(path, faces, extra) {
  const { id } = await upload(path, ada.as, extra);
  await ready(id, ada.as);
  await show(id, faces);
  return id;
}

async function show(id, faces) {
  const preview = await raw('GET', `/assets/${id}/thumbnail?size=preview`, { as: ada.as });
  shown.set(sha1(Buffer.from(await preview.arrayBuffer()), 'hex'), faces);
}

const at = (degrees, x = 100) => ({ x, degrees });
const faces = (id) => sdk.getFaces({ id }, ada.as);
const whose = async (id) => (await faces(id)).map(({ person }) => person?.id ?? null);
const people = async (query = {}) => (await sdk.getAllPeople({ withHidden: true, ...query }, ada.as)).people;
const person = (id) => sdk.getPerson({ id }, ada.as);
const refresh = (...assetIds) => sdk.runAssetJobs({ assetJobsDto: { name: 'refresh-faces', assetIds } }, ada.as);
/** Nothing is to be done to faces any more. */
const settled = (what) => until(async () => {
  const queues = await Promise.all(['faceDetection', 'facialRecognition'].map((name) => sdk.getQueue({ name }, admin.as)));
  return queues.map(({ statistics: { active, waiting, delayed } }) => active + waiting + delayed);
}, (left) => left.every((number) => number === 0), `nothing is left to do: ${what}`);

await configure({});
try {
  await command('faceDetection', { command: 'pause' });

  // A file names somebody, where a model will see a face, too.
  const folder = mkdtempSync(join(tmpdir(), 'people-found-'));
  const marked = join(folder, 'marked.jpg');
  copyFileSync(join(photos, 'library/jpeg/described.jpg'), marked);
  const region = 'Area={X=0.1875,Y=0.25,W=0.125,H=0.25,Unit=normalized},Type=Face';
  const dimensions = 'AppliedToDimensions={W=4000,H=3200,Unit=pixel}';
  execFileSync('exiftool', ['-q', '-overwrite_original', `-RegionInfo={${dimensions},RegionList=[{${region},Name=Grace}]}`, marked]);
  const file = new File([readFileSync(marked)], 'marked.jpg');
  rmSync(folder, { recursive: true });
  const { id: named } = await sdk.uploadAsset({ assetMediaCreateDto: {
    assetData: file, fileCreatedAt: '2024-01-01T10:00:00.000Z', fileModifiedAt: '2024-01-01T10:00:00.000Z' } }, ada.as);
  await ready(named, ada.as);
  await show(named, [at('up')]);
  const [grace] = await faces(named);
  equal([grace.person.name, grace.sourceType], ['Grace', 'exif'], 'a file names somebody');
  equal([grace.boundingBoxX1, grace.boundingBoxX2, grace.boundingBoxY1, grace.boundingBoxY2, grace.imageWidth], [500, 1000, 400, 1200, 4000],
    'where the file says');

  // One by one: at the border, at the core, and alone.
  const border = await photo('library/jpeg/date-offset.jpg', [at(75)]);
  const first = await photo('library/jpeg/date-only.jpg', [at(0)]);
  const second = await photo('library/jpeg/date-sub-second.jpg', [at(10)]);
  const third = await photo('library/jpeg/gps-berlin.jpg', [at(20), at('down', 700)]);
  const pair = [await photo('library/jpeg/gps-denver.jpg', [at(255)]), await photo('library/jpeg/gps-sydney.jpg', [at(260)])];
  const alone = await photo('library/jpeg/gps-zero.jpg', [at(140)]);
  check(new Set(shown.keys()).size === 8, 'all photos look different');
  equal(await faces(first), [], 'while nobody looks for faces there are none');
  await command('faceDetection', { command: 'resume' });
  await until(() => whose(first), ([one]) => one, 'somebody is found');
  await settled('the first photos');

  const [one] = await whose(first);
  equal([await whose(second), (await whose(third))[0]], [[one], one], 'three faces that are alike are one person');
  equal(await whose(border), [one], 'one at the border joins them when all others had their turn');
  equal([await whose(alone), (await whose(third))[1]], [[null], null], 'who is like nobody stays alone');
  equal([await whose(pair[0]), await whose(pair[1])], [[null], [null]], 'two are not enough for a person');
  const [found] = await faces(first);
  equal([found.boundingBoxX1, found.boundingBoxX2, found.boundingBoxY1, found.imageWidth, found.sourceType], [100, 250, 100, 1000, 'machine-learning'],
    'where the model says');
  equal((await faces(named)).length, 1, 'where the file marks a face there is no second one');
  await until(() => person(one), ({ thumbnailPath }) => thumbnailPath !== '', 'whoever is found has a picture');
  equal((await people()).map(({ id }) => id), [grace.person.id, one], 'who is named comes first');

  // What comes later lets the others in.
  await command('faceDetection', { command: 'pause' });
  const more = await photo('library/jpeg/full-camera.jpg', [at(265)]);
  await command('faceDetection', { command: 'resume' });
  await until(() => whose(more), ([one]) => one, 'a third one makes a person');
  await settled('a third one');
  const [other] = await whose(more);
  equal([await whose(pair[0]), await whose(pair[1])], [[other], [other]], 'of those who were alone before');

  // Nearest first, by a person or by a face.
  await sdk.updatePerson({ id: one, personUpdateDto: { name: 'Ada' } }, ada.as);
  await sdk.updatePerson({ id: other, personUpdateDto: { name: 'Bob' } }, ada.as);
  equal((await people({ closestPersonId: other })).map(({ name }) => name), ['Bob', 'Grace', 'Ada'], 'the people most like Bob');
  equal((await people({ closestAssetId: found.id })).map(({ name }) => name), ['Ada', 'Grace', 'Bob'], 'the people most like a face');
  const eve = await newUser(admin, 'people-found-eve');
  for (const query of [{ closestPersonId: one }, { closestAssetId: found.id }]) {
    await refused(() => sdk.getAllPeople(query, eve.as), 404, 'Person not found', 'nobody is near the people of others');
  }

  // What a user says is no face stays none; what the model does not see any more goes.
  await sdk.deleteFace({ id: (await faces(third))[1].id, assetFaceDeleteDto: { force: false } }, ada.as);
  await show(alone, []);
  await refresh(third, alone);
  await until(() => faces(alone), (left) => left.length === 0, 'a face that is not seen any more goes');
  await settled('another look');
  equal((await faces(third)).length, 1, 'where a user says that there is none, none is found again');
  equal((await faces(third))[0].person.id, one, 'and the other one is who it was');

  // What users said holds when all faces are grouped anew.
  const [ofThird] = await faces(third);
  const cleo = await sdk.createPerson({ personCreateDto: { name: 'Cleo' } }, ada.as);
  await sdk.reassignFacesById({ id: cleo.id, faceDto: { id: ofThird.id } }, ada.as);
  const told = async () => (await sdk.getNotifications({}, admin.as)).filter(({ title }) => title.includes('grouped anew')).length;
  const before = await told();
  await command('facialRecognition', { command: 'start', force: true });
  await until(told, (now) => now > before, 'administrators are told of it');
  await settled('all faces were grouped anew');
  equal(await whose(third), [cleo.id], 'a face that a user gave to somebody');
  equal([await whose(first), await whose(second), await whose(more)], [[one], [one], [other]], 'and names stay');
  equal((await people()).map(({ name }) => name).sort(), ['Ada', 'Bob', 'Cleo', 'Grace'], 'nobody is lost');
  await command('faceDetection', { command: 'start', force: true });
  await settled('faces were looked for as if for the first time');
  equal([await whose(third), await whose(first), (await faces(third))[0].id], [[cleo.id], [one], ofThird.id], 'also when they are looked for anew');

  // What a user said of somebody who is gone says nothing any more.
  await sdk.deletePerson({ id: cleo.id }, ada.as);
  equal(await whose(third), [null], 'her face is nobody’s');
  await command('facialRecognition', { command: 'start', force: false });
  await until(() => whose(third), ([now]) => now === one, 'and is whose it looks like');

  // Nobody is seen before they are born.
  await sdk.updatePerson({ id: other, personUpdateDto: { birthDate: '2023-06-01' } }, ada.as);
  await settled('before another photo');
  await command('faceDetection', { command: 'pause' });
  const early = await photo('library/jpeg/date-half-hour-offset.jpg', [at(262)]);
  check((await sdk.getAssetInfo({ id: early }, ada.as)).fileCreatedAt < '2023', 'a photo from before');
  await command('faceDetection', { command: 'resume' });
  await until(() => faces(early), (seen) => seen.length === 1, 'a face is seen');
  await settled('a photo from before somebody was born');
  equal(await whose(early), [null], 'nobody is seen before they are born');

  // Another model: the people stay until it has seen all faces, and then follow from it.
  await sdk.updatePerson({ id: other, personUpdateDto: { birthDate: null } }, ada.as);
  turned.set(255, 92);
  await command('faceDetection', { command: 'pause' });
  await configure({ machineLearning: { ...machineLearning, facialRecognition: { ...machineLearning.facialRecognition, modelName: SECOND_MODEL } } });
  await until(() => sdk.getQueue({ name: 'faceDetection' }, admin.as), ({ statistics }) => statistics.paused > 0, 'another model has all to see');
  equal((await people()).map(({ name }) => name).sort(), ['Ada', 'Bob', 'Grace'], 'the people stay meanwhile');
  const since = await told();
  await command('faceDetection', { command: 'resume' });
  await until(told, (now) => now > since, 'when it has seen all, they are grouped anew');
  await settled('another model');
  equal([await whose(first), await whose(more)], [[one], [other]], 'names stay');
  equal(await whose(pair[0]), [one], 'what another model sees otherwise is otherwise');
  equal(await whose(early), [other], 'and who was alone is somebody');
} finally {
  await command('faceDetection', { command: 'resume' });
  await sdk.updateConfig({ adminConfigDto: config }, admin.as);
  service.close();
  service.closeAllConnections();
}

finish();
