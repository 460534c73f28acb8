// Queues: what there is to do, and what administrators want of it.
//
// Usage: node jobs.mjs BASE_URL PHOTOS_DIR

import * as sdk from '@immich/sdk';
import { cast, check, equal, finish, invalid, raw, ready, refused, until, upload, withKey } from './kit.mjs';

const QUEUES = [
  'thumbnailGeneration', 'metadataExtraction', 'videoConversion', 'faceDetection', 'facialRecognition', 'smartSearch',
  'duplicateDetection', 'backgroundTask', 'storageTemplateMigration', 'migration', 'search', 'sidecar', 'library',
  'notifications', 'backupDatabase', 'ocr', 'workflow', 'integrityCheck', 'editor',
];
const NOTHING = { active: 0, completed: 0, delayed: 0, failed: 0, paused: 0, waiting: 0 };

const [admin, user] = await cast('jobs');
const counts = async (name) => (await sdk.getQueue({ name }, admin.as)).statistics;
const command = (name, queueCommandDto) => sdk.runQueueCommandLegacy({ name, queueCommandDto }, admin.as);
const idle = (name) => until(() => counts(name), ({ active, waiting, paused }) => active + waiting + paused === 0, `${name} has nothing to do`);

async function lists() {
  const queues = await sdk.getQueues(admin.as);
  equal(queues.map(({ name }) => name), QUEUES, 'all queues, in their order');
  check(queues.every(({ isPaused }) => !isPaused), 'none is held back');
  equal(queues.find(({ name }) => name === 'smartSearch').statistics, NOTHING, 'one without anybody who works');
  const legacy = await sdk.getQueuesLegacy(admin.as);
  equal(Object.keys(legacy).sort(), [...QUEUES].sort(), 'the same in the old form');
  equal(legacy.ocr, { jobCounts: NOTHING, queueStatus: { isActive: false, isPaused: false } }, 'one of them');
  await refused(() => sdk.getQueues(user.as), 403, 'Forbidden', 'queues are for administrators');
  await refused(() => sdk.getQueuesLegacy(), 401, 'Authentication required', 'and for nobody else');
  await invalid(() => sdk.getQueue({ name: 'nonsense' }, admin.as), ['name'], 'Invalid option: expected one of "thumbnailGeneration"', 'one that is not there');
  const { secret } = await sdk.createApiKey({ apiKeyCreateDto: { name: 'jobs', permissions: ['job.read'] } }, admin.as);
  check((await sdk.getQueuesLegacy(withKey(secret))).ocr, 'a key that may read');
  await refused(() => sdk.runQueueCommandLegacy({ name: 'ocr', queueCommandDto: { command: 'pause' } }, withKey(secret)), 403,
    'Missing required permission: job.create', 'and may not change');
}

async function pausing() {
  const paused = await command('metadataExtraction', { command: 'pause' });
  equal(paused.queueStatus.isPaused, true, 'a queue is held back');
  const { id } = await upload('library/jpeg/date-offset.jpg', user.as);
  const held = await until(() => counts('metadataExtraction'), ({ paused }) => paused > 0, 'what comes in is held back');
  equal([held.paused, held.waiting, held.active], [1, 0, 0], 'and counted as such');
  const jobs = await sdk.getQueueJobs({ name: 'metadataExtraction' }, admin.as);
  equal([jobs.length, jobs[0].name, jobs[0].data.id], [1, 'AssetExtractMetadata', id], 'what is in it');
  check(Math.abs(Date.now() - jobs[0].timestamp) < 60_000, 'since when');
  equal((await sdk.getQueueJobs({ name: 'metadataExtraction', status: ['active', 'failed'] }, admin.as)).length, 0, 'of other states there is nothing');
  equal((await sdk.getQueueJobs({ name: 'metadataExtraction', status: ['paused'] }, admin.as)).length, 1, 'of this one there is');
  equal((await sdk.getAssetInfo({ id }, user.as)).thumbhash, null, 'nothing was done');
  equal((await sdk.updateQueue({ name: 'metadataExtraction', queueUpdateDto: { isPaused: false } }, admin.as)).isPaused, false, 'it goes on');
  await ready(id, user.as);
  await refused(() => sdk.updateQueue({ name: 'backgroundTask', queueUpdateDto: { isPaused: true } }, admin.as), 400,
    'The BackgroundTask queue cannot be paused', 'what cannot wait');
  equal((await sdk.updateQueue({ name: 'ocr', queueUpdateDto: {} }, admin.as)).isPaused, false, 'nothing to change');
  return id;
}

async function emptying() {
  await sdk.updateQueue({ name: 'metadataExtraction', queueUpdateDto: { isPaused: true } }, admin.as);
  const { id } = await upload('library/jpeg/plain-no-date.jpg', user.as);
  await until(() => counts('metadataExtraction'), ({ paused }) => paused === 1, 'one is held back');
  await sdk.emptyQueue({ name: 'metadataExtraction', queueDeleteDto: {} }, admin.as);
  equal(await counts('metadataExtraction'), NOTHING, 'what waited was dropped');
  await sdk.updateQueue({ name: 'metadataExtraction', queueUpdateDto: { isPaused: false } }, admin.as);
  equal((await sdk.getAssetInfo({ id }, user.as)).thumbhash, null, 'and is not done');
  await command('metadataExtraction', { command: 'start', force: false });
  await ready(id, user.as);
  equal((await command('metadataExtraction', { command: 'empty' })).jobCounts.waiting, 0, 'emptied in the old form');
  equal((await command('metadataExtraction', { command: 'clear-failed' })).jobCounts.failed, 0, 'nothing failed');
}

async function starting(id) {
  const before = (await sdk.getAssetInfo({ id }, user.as)).updatedAt;
  await idle('metadataExtraction');
  await command('metadataExtraction', { command: 'start', force: true });
  await until(() => sdk.getAssetInfo({ id }, user.as), ({ updatedAt }) => updatedAt > before, 'all files are read again');
  await idle('metadataExtraction');
  await idle('thumbnailGeneration');
  const thumbnail = (await sdk.getAssetInfo({ id }, user.as)).updatedAt;
  await command('thumbnailGeneration', { command: 'start', force: true });
  await until(() => sdk.getAssetInfo({ id }, user.as), ({ updatedAt }) => updatedAt > thumbnail, 'all small pictures are made again');
  await idle('thumbnailGeneration');
  await command('thumbnailGeneration', { command: 'start' });
  equal((await counts('thumbnailGeneration')).waiting, 0, 'none is missing');
  await refused(() => command('backgroundTask', { command: 'start' }), 400, 'Invalid job name: backgroundTask', 'a queue that has no start');
  await refused(() => command('migration', { command: 'start' }), 501, 'migration is not built yet in Albumen', 'one that nobody works in');
}

async function manual() {
  equal((await raw('POST', '/jobs', { as: admin.as, body: { name: 'user-cleanup' } })).status, 204, 'a job of the whole installation');
  const unseen = await sdk.createPerson({ personCreateDto: { isFavorite: true } }, user.as);
  const named = await sdk.createPerson({ personCreateDto: { name: 'Nobody yet' } }, user.as);
  for (const name of ['tag-cleanup', 'person-cleanup', 'memory-cleanup', 'memory-create']) {
    equal((await raw('POST', '/jobs', { as: admin.as, body: { name } })).status, 204, name);
  }
  await idle('backgroundTask');
  equal((await counts('backgroundTask')).failed, 0, 'it went well');
  await refused(() => sdk.getPerson({ id: unseen.id }, user.as), 400, 'Not found or no person.read access', 'who has no face and no name goes');
  equal((await sdk.getPerson({ id: named.id }, user.as)).name, 'Nobody yet', 'who has a name stays');
  await refused(() => sdk.createJob({ jobCreateDto: { name: 'backup-database' } }, admin.as), 501, 'backup-database is not built yet in Albumen', 'one that is not there yet');
  await invalid(() => sdk.createJob({ jobCreateDto: { name: 'nonsense' } }, admin.as), ['name'], 'Invalid option: expected one of "person-cleanup"', 'one that is none');
  await refused(() => sdk.createJob({ jobCreateDto: { name: 'user-cleanup' } }, user.as), 403, 'Forbidden', 'not for users');
}

await lists();
const id = await pausing();
await emptying();
await starting(id);
await manual();
finish();
