// What persons say is written beside the files; and films that are inside of photos become assets.

import * as sdk from '@immich/sdk';
import { execFile } from 'node:child_process';
import { appendFile, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cast, check, equal, finish, photos, raw, ready, refused, sha1, until, upload } from './kit.mjs';

const run = promisify(execFile);
const [admin, ada, ben] = await cast('Ada', 'Ben');
const info = (id) => sdk.getAssetInfo({ id }, ada.as);

// A sidecar holds what was said: handed on, it says the same of another asset.
const source = (await upload('library/jpeg/orientation-1.jpg', ada.as)).id;
const target = (await upload('library/jpeg/orientation-2.jpg', ada.as)).id;
await ready(source, ada.as);
await ready(target, ada.as);
const description = 'A day & <b> "by"\n the sea; älter 🏖';
await sdk.updateAsset({
  id: source,
  updateAssetDto: { description, rating: 4, dateTimeOriginal: '2001-02-03T04:05:06.500+02:00', latitude: 47.4, longitude: -8.5 },
}, ada.as);
const [tag] = await sdk.upsertTags({ tagUpsertDto: { tags: ['Side/Car'] } }, ada.as);
await sdk.tagAssets({ id: tag.id, bulkIdsDto: { ids: [source] } }, ada.as);
const copy = () => sdk.copyAsset({ assetCopyDto: { sourceId: source, targetId: target, albums: false, favorite: false, sharedLinks: false, stack: false } }, ada.as);
const copied = await until(async () => {
  await copy();
  return info(target);
}, (asset) => asset.tags.length > 0 && asset.exifInfo.description === description, 'a sidecar is written, handed on and read');
equal([copied.exifInfo.rating, copied.exifInfo.latitude, copied.exifInfo.longitude], [4, 47.4, -8.5], 'with rating and place');
equal([copied.exifInfo.dateTimeOriginal, copied.localDateTime], ['2001-02-03T02:05:06.5+00:00', '2001-02-03T04:05:06.500Z'], 'with date and zone');
equal(copied.tags.map((one) => one.value), ['Side/Car'], 'with tags');
equal(copied.exifInfo.city, (await info(source)).exifInfo.city, 'and the same names of the place');
equal([(await info(source)).exifInfo.description, (await info(source)).exifInfo.rating], [description, 4], 'the first still says what was said');

// What is taken back goes from the sidecar, too, so that no reading of it brings it back.
const plain = (await upload('library/jpeg/plain-no-date.jpg', ada.as)).id;
const untouched = await ready(plain, ada.as);
const told = async (event, id = plain) =>
  (await (await raw('GET', `/history?${new URLSearchParams({ id, event, limit: '100' })}`, { as: ada.as })).json()).entries;
const newest = async (event, id) => (await told(event, id))[0]?.position ?? 0;
const undo = async (position) => {
  const answer = await raw('POST', `/history/${position}/undo?whole=true`, { as: ada.as });
  return [answer.status, (await answer.json()).undone];
};
/** What another program finds in the sidecar; nothing where there is none. */
async function inSidecar(id) {
  const [file] = await (await raw('GET', `/asset-files?assetId=${id}&type=sidecar`, { as: ada.as })).json();
  if (!file) return {};
  const scratch = await mkdtemp(join(tmpdir(), 'albumen-sidecar-'));
  const path = join(scratch, 'sidecar.xmp');
  await writeFile(path, Buffer.from(await (await raw('GET', `/asset-files/${file.id}/download`, { as: ada.as })).arrayBuffer()));
  const { stdout } = await run('exiftool', ['-j', '-n', '-XMP:all', path]);
  await rm(scratch, { recursive: true });
  const { SourceFile, XMPToolkit, ...says } = JSON.parse(stdout)[0];
  return says;
}
const readSince = async (event, what) => {
  const since = await newest(event);
  await until(() => newest('metadata-read'), (position) => position > since, what);
};
const readAgain = async (what) => {
  await sdk.runAssetJobs({ assetJobsDto: { assetIds: [plain], name: 'refresh-metadata' } }, ada.as);
  await readSince('job-requested', what);
};
const place = { latitude: 47.4, longitude: -8.5 };
const said = { description: 'at the lake', rating: 4, ...place };
const shown = async () => {
  const { exifInfo } = await info(plain);
  return { description: exifInfo.description, rating: exifInfo.rating, latitude: exifInfo.latitude, longitude: exifInfo.longitude };
};
const isSaid = (says) => says.Rating === 4 && says.GPSLatitude === place.latitude && says.GPSLongitude === place.longitude
  && says.Description === said.description && says.ImageDescription === said.description;
await sdk.updateAsset({ id: plain, updateAssetDto: said }, ada.as);
await until(() => inSidecar(plain), isSaid, 'a sidecar says what was said');
await until(() => newest('sidecar-written'), (position) => position > 0, 'which is told');
await readSince('sidecar-written', 'and is read');
equal(await shown(), said, 'that is shown');
equal(await undo(await newest('asset-details-edited')), [200, 1], 'all of it is taken back');
equal((await info(plain)).exifInfo.latitude, null, 'and shown no more');
await until(() => inSidecar(plain), (says) => Object.keys(says).length === 0, 'the sidecar says nothing of it any more');
await readAgain('the file is read again');
const after = await info(plain);
equal(after.exifInfo, untouched.exifInfo, 'what the file says is shown, as before');
equal([after.localDateTime, after.tags], [untouched.localDateTime, untouched.tags], 'at the same time');

// To take that back is to say it again.
const withdrawn = (await told('asset-details-withdrawn'))[0];
check(withdrawn?.reversible, 'it can be said again');
equal(await undo(withdrawn.position), [200, 2], 'all of it');
equal(await shown(), said, 'which is shown');
await until(() => inSidecar(plain), isSaid, 'and is in the sidecar again');
await readAgain('which is read');
equal(await shown(), said, 'and says the same');

// What is taken back at once, mostly before any sidecar says it.
const early = (await upload('library/jpeg/orientation-4.jpg', ada.as)).id;
await ready(early, ada.as);
await sdk.updateAsset({ id: early, updateAssetDto: { ...place, description: 'nowhere' } }, ada.as);
equal(await undo(await newest('asset-details-edited', early)), [200, 1], 'a word that was hardly said is taken back');
const takenBack = await newest('asset-details-withdrawn', early);
const settled = async () => [await newest('sidecar-written', early), Object.keys(await inSidecar(early)).length];
await until(settled, ([written, words]) => written > takenBack && words === 0, 'and no sidecar says it');
equal(await told('attempt-failed', early), [], 'which takes one attempt');
equal((await info(early)).exifInfo.latitude, null, 'nor is it shown');

// What is said before a file is read is taken back to what the file says, although a sidecar says the word by then.
const asItIs = await ready((await upload('library/jpeg/described.jpg', ben.as)).id, ben.as);
const details = ({ exifInfo, localDateTime }) => [exifInfo.description, exifInfo.rating, exifInfo.dateTimeOriginal, localDateTime];
const holdBack = (isPaused) => sdk.updateQueue({ name: 'metadataExtraction', queueUpdateDto: { isPaused } }, admin.as);
await holdBack(true);
const unread = (await upload('library/jpeg/described.jpg', ada.as)).id;
await sdk.updateAsset({
  id: unread,
  updateAssetDto: { description: 'too early', rating: 1, dateTimeOriginal: '1999-02-03T04:05:06.500+02:00' },
}, ada.as);
await until(() => newest('sidecar-written', unread), (position) => position > 0, 'a sidecar says it before the file is read');
const hasty = await raw('POST', `/history/${await newest('asset-details-edited', unread)}/undo`, { as: ada.as });
equal([hasty.status, (await hasty.json()).message], [400, 'The file has not been read yet; take it back when it has'],
  'what the file says is not known yet');
await holdBack(false);
equal((await ready(unread, ada.as)).exifInfo.description, 'too early', 'the word outlasts the reading');
equal(await undo(await newest('asset-details-edited', unread)), [200, 1], 'and is taken back');
equal(details(await info(unread)), details(asItIs), 'to what the file says');

// Motion photos.
const folder = await mkdtemp(join(tmpdir(), 'albumen-motion-'));
const bytes = await readFile(join(photos, 'library/video/dated.mp4'));
const still = join(folder, 'motion.jpg');
await copyFile(join(photos, 'library/jpeg/orientation-3.jpg'), still);
await run('exiftool', ['-q', '-m', '-overwrite_original', '-XMP-GCamera:MicroVideo=1', `-XMP-GCamera:MicroVideoOffset=${bytes.length}`, still]);
await appendFile(still, bytes);
const whole = await readFile(still);
await rm(folder, { recursive: true });
const dates = { fileCreatedAt: '2024-01-01T10:00:00.000Z', fileModifiedAt: '2024-01-01T10:00:00.000Z' };
const put = async (data, name) => (await sdk.uploadAsset({ assetMediaCreateDto: { assetData: new File([data], name), ...dates } }, ada.as)).id;
const photo = await put(whole, 'PXL_1.MP.jpg');
const motion = await until(() => info(photo), (asset) => asset.livePhotoVideoId !== null, 'the film becomes the moving half');
const video = await until(() => info(motion.livePhotoVideoId), (asset) => asset.duration !== null, 'which is read like any film');
equal([video.type, video.visibility, video.originalFileName, video.checksum], ['VIDEO', 'hidden', 'PXL_1.MP.mp4', sha1(bytes, 'base64')], 'hidden, under the name of the photo');
equal(Buffer.from(await (await raw('GET', `/assets/${video.id}/original`, { as: ada.as })).arrayBuffer()).equals(bytes), true, 'byte for byte');
await refused(() => sdk.updateAsset({ id: photo, updateAssetDto: { livePhotoVideoId: null } }, ada.as), 400, 'Cannot unlink Android motion photos', 'it cannot be taken away');
await sdk.runAssetJobs({ assetJobsDto: { assetIds: [photo], name: 'refresh-metadata' } }, ada.as);
await new Promise((resolve) => setTimeout(resolve, 1_000));
equal((await info(photo)).livePhotoVideoId, video.id, 'a second reading finds the same film');
await ready(photo, ada.as);

// Downloads bring it along only for who prefers that.
const pack = async () => (await sdk.getDownloadInfo({ downloadInfoDto: { assetIds: [photo] } }, ada.as)).archives.flatMap((one) => one.assetIds);
equal(await pack(), [photo], 'a download has the photo alone');
await sdk.updateMyPreferences({ userPreferencesUpdateDto: { download: { includeEmbeddedVideos: true } } }, ada.as);
equal(await pack(), [photo, video.id], 'and the film where it is preferred');

await sdk.deleteAssets({ assetBulkDeleteDto: { ids: [photo], force: true } }, ada.as);
const gone = async (id) => (await raw('GET', `/assets/${id}`, { as: ada.as })).status;
check((await until(() => gone(video.id), (status) => status === 400, 'the film goes with its photo')) === 400, 'for good');
await until(() => gone(photo), (status) => status === 400, 'and so does the photo');

// One that was there before is taken for the moving half.
const alone = await put(bytes, 'alone.mp4');
await sdk.updateAsset({ id: alone, updateAssetDto: { visibility: 'archive' } }, ada.as);
const second = await put(whole, 'PXL_2.MP.jpg');
await until(() => info(second), (asset) => asset.livePhotoVideoId === alone, 'a film that is there already becomes the moving half');
equal((await info(alone)).visibility, 'hidden', 'and is no longer shown by itself');

// Live photos: two files that name the same picture become one.
const moving = (await upload('library/live/IMG_0001.MOV', ada.as)).id;
const live = await sdk.createAlbum({ createAlbumDto: { albumName: 'Live', assetIds: [moving] } }, ada.as);
await until(() => info(moving), (asset) => asset.thumbhash !== null, 'the film is there first');
await sdk.updateAsset({ id: moving, updateAssetDto: { visibility: 'archive' } }, ada.as);
const standing = (await upload('library/live/IMG_0001.JPG', ada.as)).id;
await until(() => info(standing), (asset) => asset.livePhotoVideoId === moving, 'the photo finds its film');
await until(() => info(moving), (asset) => asset.visibility === 'hidden', 'which is hidden');
await until(() => sdk.getAlbumInfo({ id: live.id }, ada.as), (album) => album.assetCount === 0, 'and leaves its albums');
equal(await sdk.getAllAlbums({ assetId: moving }, ada.as), [], 'all of them');

finish();
