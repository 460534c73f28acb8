// Assets and the timeline to the letter, as far as no other journey goes: what clients keep with them, copying, many at
// once, statistics, jobs, and what the timeline refuses.
//
// Usage: node assets.mjs BASE_URL PHOTOS_DIR

import * as sdk from '@immich/sdk';
import {
  UNKNOWN_ID, anywhere, bodyOf, cast, check, equal, finish, instant, invalid, keys, matches, no, raw, ready, refused,
  statusAndBody, until, upload,
} from './kit.mjs';

const [admin, ada, eve] = await cast('assets-ada', 'assets-eve');

const photo = (await upload('library/jpeg/gps-berlin.jpg', ada.as)).id;
const second = (await upload('library/jpeg/date-offset.jpg', ada.as)).id;
const third = (await upload('library/jpeg/plain-no-date.jpg', ada.as)).id;
const foreign = (await upload('library/jpeg/gps-denver.jpg', eve.as)).id;
for (const id of [photo, second, third]) await ready(id, ada.as);
await ready(foreign, eve.as);
const info = (id, as = ada.as) => sdk.getAssetInfo({ id }, as);

async function keyValues() {
  const put = (id, items, as = ada.as) => sdk.updateAssetMetadata({ id, assetMetadataUpsertDto: { items } }, as);
  const [made] = await put(photo, [{ key: 'mobile-app', value: { iCloudId: 'x' } }]);
  keys(made, ['key', 'updatedAt', 'value'], [], 'the shape of what a client keeps');
  matches(made.updatedAt, instant, 'since when');
  equal((await put(photo, [{ key: 'mobile-app', value: { other: 1 } }]))[0].value, { other: 1 }, 'the last word counts');
  equal((await sdk.getAssetMetadata({ id: photo }, ada.as)).map(({ key }) => key), ['mobile-app'], 'all of it');
  equal((await sdk.getAssetMetadataByKey({ id: photo, key: 'mobile-app' }, ada.as)).value, { other: 1 }, 'one of it');
  const missing = (key) => `Metadata with key "${key}" not found for asset with id "${photo}"`;
  await refused(() => sdk.getAssetMetadataByKey({ id: photo, key: 'nothing' }, ada.as), 400, missing('nothing'), 'what is not there');
  const twice = [{ key: 'a', value: {} }, { key: 'a', value: {} }];
  const duplicate = await bodyOf(await put(photo, twice).catch((error) => error));
  check(JSON.stringify(duplicate).includes('Duplicate items are not allowed: \\"a\\"'), 'each key once', JSON.stringify(duplicate));
  await invalid(() => put(photo, [{ key: 'a', value: 'text' }]), ['items', 0, 'value'], 'Invalid input: expected', 'a value is an object');
  const many = await sdk.updateBulkAssetMetadata({ assetMetadataBulkUpsertDto: { items: [
    { assetId: photo, key: 'b', value: { n: 1 } }, { assetId: second, key: 'b', value: { n: 2 } },
  ] } }, ada.as);
  equal(many.map(({ assetId, key, value }) => [assetId, key, value]), [[photo, 'b', { n: 1 }], [second, 'b', { n: 2 }]], 'of many at once');
  equal((await raw('DELETE', '/assets/metadata', { as: ada.as, body: { items: [{ assetId: second, key: 'b' }] } })).status, 204, 'taken away from many');
  equal(await sdk.getAssetMetadata({ id: second }, ada.as), [], 'and gone');
  equal((await raw('DELETE', `/assets/${photo}/metadata/b`, { as: ada.as })).status, 204, 'taken away from one');
  await refused(() => put(foreign, [{ key: 'a', value: {} }]), 400, no('asset.update'), 'not on what others have');
}

async function copying() {
  const copy = (dto) => sdk.copyAsset({ assetCopyDto: dto }, ada.as);
  await refused(() => copy({ sourceId: photo, targetId: photo }), 400, 'Source and target id must be distinct', 'onto itself');
  await refused(() => copy({ sourceId: photo, targetId: UNKNOWN_ID }), 400, no('asset.copy'), 'onto nothing');
  await refused(() => copy({ sourceId: foreign, targetId: photo }), 400, no('asset.copy'), 'from others');
  const album = (await sdk.createAlbum({ createAlbumDto: { albumName: 'Copied', assetIds: [photo] } }, ada.as)).id;
  await sdk.updateAsset({ id: photo, updateAssetDto: { isFavorite: true } }, ada.as);
  await copy({ sourceId: photo, targetId: second, favorite: false });
  equal((await info(second)).isFavorite, false, 'what was not to be copied');
  equal((await sdk.getAllAlbums({ assetId: second }, ada.as)).map(({ id }) => id), [album], 'albums are');
  await copy({ sourceId: photo, targetId: second, albums: false });
  equal((await info(second)).isFavorite, true, 'and whether it is a favourite');
  await sdk.updateAssets({ assetBulkUpdateDto: { ids: [photo, second], isFavorite: false } }, ada.as);
}

async function manyAtOnce() {
  const update = (dto, ids = [photo, second]) => sdk.updateAssets({ assetBulkUpdateDto: { ids, ...dto } }, ada.as);
  await invalid(() => update({ dateTimeRelative: 5, dateTimeOriginal: '2024-01-01T00:00:00.000Z' }), anywhere, 'dateTimeRelative cannot exist alongside dateTimeOriginal', 'two ways at once');
  const before = Date.parse((await info(photo)).fileCreatedAt);
  await update({ dateTimeRelative: -90 }, [photo]);
  equal(Date.parse((await info(photo)).fileCreatedAt) - before, -90 * 60_000, 'an hour and a half earlier');
  await update({ dateTimeRelative: 90 }, [photo]);
  await invalid(() => update({ rating: 6 }), ['rating'], 'Too big', 'five stars at most');
  await invalid(() => update({ latitude: 91, longitude: 0 }), ['latitude'], 'Too big', 'on this earth');
  await invalid(() => update({ isFavorite: true }, 'x'), ['ids'], 'Invalid input: expected array', 'many are a list');
  await update({ description: 'both' });
  equal([(await info(photo)).exifInfo.description, (await info(second)).exifInfo.description], ['both', 'both'], 'a description of both');
  const lens = await sdk.updateAsset({ id: photo, updateAssetDto: { rating: -1 } }, ada.as);
  equal(lens.exifInfo.rating, -1, 'rejected by hand');
  await sdk.updateAsset({ id: photo, updateAssetDto: { rating: null } }, ada.as);

  const album = (await sdk.createAlbum({ createAlbumDto: { albumName: 'Left', assetIds: [third] } }, ada.as)).id;
  await invalid(() => update({ visibility: 'locked', timeZone: 'Nowhere' }, [third]), ['timeZone'], 'Invalid time zone', 'a zone is one');
  await refused(() => sdk.updateAsset({ id: third, updateAssetDto: { visibility: 'locked', livePhotoVideoId: UNKNOWN_ID } }, ada.as), 400,
    'Live photo video not found', 'a moving half is there');
  equal((await sdk.getAlbumInfo({ id: album }, ada.as)).assetCount, 1, 'who is refused takes nothing out of albums');
  await update({ visibility: 'locked' }, [third]);
  equal((await sdk.getAlbumInfo({ id: album }, ada.as)).assetCount, 0, 'what is locked leaves the albums');
  await refused(() => info(third), 400, no('asset.read'), 'and is not read');
  await refused(() => update({ visibility: 'timeline' }, [third]), 400, no('asset.update'), 'nor taken out without a PIN');
}

async function numbers() {
  const count = (query) => sdk.getAssetStatistics(query, ada.as);
  equal(await count({}), { images: 2, videos: 0, total: 2 }, 'what is locked is not counted');
  await sdk.updateAsset({ id: second, updateAssetDto: { visibility: 'archive', isFavorite: true } }, ada.as);
  equal((await count({})).total, 2, 'the archive is');
  equal([(await count({ visibility: 'archive' })).total, (await count({ visibility: 'timeline' })).total, (await count({ isFavorite: true })).total], [1, 1, 1], 'by what is asked');
  await refused(() => count({ visibility: 'locked' }), 401, 'Elevated permission is required', 'what is locked');
  const bad = await raw('GET', '/assets/statistics?isFavorite=yes', { as: ada.as });
  equal([bad.status, (await bad.json()).errors[0].path], [400, ['isFavorite']], 'true or false');
}

async function timeline() {
  const buckets = (query) => sdk.getTimeBuckets(query, ada.as);
  await refused(() => buckets({ userId: eve.id }), 400, no('timeline.read'), 'the timeline of others');
  await refused(() => buckets({ userId: eve.id, visibility: 'archive' }), 400, no('archive.read'), 'their archive');
  await refused(() => buckets({ visibility: 'locked' }), 401, 'Elevated permission is required', 'what is locked');
  const message = 'withPartners is only supported for non-archived, non-trashed, non-favorited, non-locked assets';
  for (const query of [{}, { visibility: 'archive' }, { visibility: 'timeline', isFavorite: false }, { visibility: 'timeline', isTrashed: true }]) {
    await refused(() => buckets({ withPartners: true, ...query }), 400, message, `partners with ${JSON.stringify(query)}`);
  }
  equal((await buckets({})).reduce((sum, one) => sum + one.count, 0), 2, 'where nothing is said, the archive is there');
  equal((await buckets({ order: 'asc' })).map((one) => one.timeBucket), (await buckets({})).map((one) => one.timeBucket).reverse(), 'in both orders');
  const uploaded = await buckets({ orderBy: 'createdAt' });
  equal(uploaded.map((one) => [one.timeBucket, one.count]), [[`${new Date().toISOString().slice(0, 7)}-01`, 2]], 'by the day of the upload');
  const bucket = async (timeBucket, more = {}) => sdk.getTimeBucket({ timeBucket, visibility: 'timeline', ...more }, ada.as);
  const month = (await buckets({ visibility: 'timeline' }))[0].timeBucket;
  const [day, whole] = [await bucket(month), await bucket(`${month}T00:00:00.000Z`)];
  equal(day, whole, 'a month by its day or by its instant');
  check(!('latitude' in day) && !('stack' in day), 'columns that nobody asked for are not there');
  equal((await bucket(month, { withStacked: true })).stack, [null], 'the column of stacks');
  matches(day.fileCreatedAt[0], /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?$/, 'instants without an offset');
  equal((await buckets({ bbox: '13,52,14,53' })).reduce((sum, one) => sum + one.count, 0), 1, 'within a frame on the map');
  equal((await raw('GET', '/timeline/buckets?bbox=1,2,3', { as: ada.as })).status, 400, 'a frame has four sides');
}

async function work() {
  const jobs = (name, assetIds, as = ada.as) => raw('POST', '/assets/jobs', { as, body: { name, assetIds } });
  for (const name of ['refresh-faces', 'refresh-metadata', 'regenerate-thumbnail']) equal((await jobs(name, [photo])).status, 204, `the job ${name}`);
  equal(await statusAndBody(await jobs('refresh-metadata', [foreign])), [400, { message: no('asset.update') }], 'not on what others have');
  equal((await statusAndBody(await jobs('polish', [photo])))[1].errors[0].path, ['name'], 'one of four');
  await ready(photo, ada.as);
}

/** The SDK writes the parts of a form as they come: the name stands behind the file here. */
async function names() {
  const named = async (filename) => {
    const { id } = await upload('library/jpeg/orientation-1.jpg', eve.as, { fileName: 'part.jpg', filename });
    const { originalFileName } = await info(id, eve.as);
    await sdk.deleteAssets({ assetBulkDeleteDto: { ids: [id], force: true } }, eve.as);
    await until(() => raw('GET', `/assets/${id}`, { as: eve.as }).then(({ status }) => status), (status) => status === 400, `${id} is gone`);
    return originalFileName;
  };
  equal(await named('Ferien/Strand.jpg'), 'Strand.jpg', 'a file has the name that the form gives it');
  equal(await named(''), 'part.jpg', 'an empty one is none');
}

async function files() {
  const thumbnail = (query, as = ada.as) => raw('GET', `/assets/${photo}/thumbnail${query}`, { as });
  const original = await thumbnail('?size=original&edited=true');
  equal([original.status, /original\?edited=true$/.test(original.headers.get('location'))], [302, true], 'the original is elsewhere');
  equal((await thumbnail('?size=huge')).status, 400, 'four sizes');
  const small = await thumbnail('?c=whatever');
  equal(small.headers.get('cache-control'), 'private, max-age=86400, no-transform, stale-while-revalidate=2592000, stale-if-error=2592000', 'kept by browsers');
  equal(await statusAndBody(await raw('GET', `/assets/${photo}/video/playback`, { as: ada.as })), [404, { message: 'Not Found' }], 'a picture is no film');
  equal(await statusAndBody(await raw('GET', `/assets/${photo}/original`, { as: eve.as })), [404, { message: 'Not Found' }], 'an original of others');
  equal(await statusAndBody(await raw('GET', `/assets/${photo}/original`)), [401, { message: 'Authentication required' }], 'nor for nobody');
  const bulk = await sdk.checkBulkUpload({ assetBulkUploadCheckDto: { assets: [{ id: 'b', checksum: '00'.repeat(20) }, { id: 'a', checksum: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' }] } }, ada.as);
  equal(bulk.results.map(({ id, action }) => [id, action]), [['b', 'accept'], ['a', 'accept']], 'in the order of the question');
}

async function deletion() {
  await refused(() => sdk.deleteAssets({ assetBulkDeleteDto: { ids: [second, foreign] } }, ada.as), 400, no('asset.delete'), 'all or none');
  const album = await sdk.createAlbum({ createAlbumDto: { albumName: 'Passing', assetIds: [second] } }, ada.as);
  equal((await raw('DELETE', '/assets', { as: ada.as, body: { ids: [second], force: true } })).status, 204, 'for good');
  await until(() => raw('GET', `/assets/${second}`, { as: ada.as }).then(({ status }) => status), (status) => status === 400, 'and it is gone');
  const choose = () => raw('PATCH', `/albums/${album.id}`, { as: ada.as, body: { albumThumbnailAssetId: second } });
  await until(() => choose().then(({ status }) => status), (status) => status === 400, 'from its album as well');
  equal((await statusAndBody(await choose()))[1].message, 'Invalid album thumbnail', 'for which it cannot stand any more');
  await sdk.deleteAlbum({ id: album.id }, ada.as);
  equal(await sdk.emptyTrash(ada.as), { count: 0 }, 'nothing in the trash');
  await refused(() => sdk.restoreAssets({ bulkIdsDto: { ids: [foreign] } }, ada.as), 400, no('asset.delete'), 'nothing of others comes back');
  await refused(() => sdk.updateMemory({ id: UNKNOWN_ID, memoryUpdateDto: { isSaved: true } }, ada.as), 400, no('memory.update'), 'a memory that is not there');
  await refused(() => sdk.getNotification({ id: UNKNOWN_ID }, ada.as), 400, no('notification.read'), 'nor a notification');
}

async function queues() {
  const command = (name, dto) => raw('PUT', `/jobs/${name}`, { as: admin.as, body: dto });
  equal(await statusAndBody(await command('search', { command: 'start', force: false })), [400, { message: 'Invalid job name: search' }], 'a queue without a beginning');
  const [status, legacy] = await statusAndBody(await command('sidecar', { command: 'pause' }));
  equal([status, Object.keys(legacy).sort(), legacy.queueStatus.isPaused], [200, ['jobCounts', 'queueStatus'], true], 'a queue is paused');
  keys(legacy.jobCounts, ['active', 'completed', 'delayed', 'failed', 'paused', 'waiting'], [], 'its counts');
  equal((await statusAndBody(await command('sidecar', { command: 'resume' })))[1].queueStatus.isPaused, false, 'and goes on');
  equal((await statusAndBody(await command('sidecar', { command: 'dance' })))[0], 400, 'five commands');
  equal((await statusAndBody(await raw('POST', '/jobs', { as: admin.as, body: { name: 'dance' } })))[0], 400, 'a job by hand is one that is known');
  for (const name of ['person-cleanup', 'tag-cleanup', 'user-cleanup', 'memory-cleanup', 'memory-create']) {
    equal((await raw('POST', '/jobs', { as: admin.as, body: { name } })).status, 204, `the job ${name}, by hand`);
  }
  equal((await sdk.getQueues(admin.as)).map(({ name }) => name), [
    'thumbnailGeneration', 'metadataExtraction', 'videoConversion', 'faceDetection', 'facialRecognition', 'smartSearch', 'duplicateDetection', 'backgroundTask',
    'storageTemplateMigration', 'migration', 'search', 'sidecar', 'library', 'notifications', 'backupDatabase', 'ocr', 'workflow', 'integrityCheck', 'editor',
  ], 'all queues in their order');
}

for (const part of [keyValues, copying, manyAtOnce, numbers, timeline, work, names, files, deletion, queues]) {
  try {
    await part();
  } catch (error) {
    check(false, `${part.name} went to its end`, sdk.isHttpError(error) ? `${error.status} ${JSON.stringify(await bodyOf(error))}` : String(error.stack));
  }
}
finish();
