// Downloads, and the library by its folders.

import * as sdk from '@immich/sdk';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UNKNOWN_ID, cast, check, equal, finish, invalid, photos, ready, refused, sha1, upload } from './kit.mjs';

const [admin, ada, bob] = await cast('Ada', 'Bob');

const first = (await upload('library/jpeg/orientation-1.jpg', ada.as, { fileName: 'same.jpg' })).id;
const second = (await upload('library/jpeg/orientation-2.jpg', ada.as, { fileName: 'same.jpg' })).id;
const third = (await upload('library/jpeg/orientation-3.jpg', ada.as, { fileName: 'ölig 🏖.jpg' })).id;
for (const id of [first, second, third]) {
  await ready(id, ada.as);
}
const sizes = {};
for (const id of [first, second, third]) {
  sizes[id] = (await sdk.getAssetInfo({ id }, ada.as)).exifInfo.fileSizeInByte;
}
const whole = sizes[first] + sizes[second] + sizes[third];
const info = (downloadInfoDto, as = ada.as) => sdk.getDownloadInfo({ downloadInfoDto }, as);

// In which archives.
equal(await info({ assetIds: [second, first, third] }), { totalSize: whole, archives: [{ size: whole, assetIds: [second, first, third] }] },
  'what fits comes in one archive, as asked for');
equal((await info({ assetIds: [first, second, third], archiveSize: 1 })).archives.map((one) => one.assetIds), [[first], [second], [third]],
  'what does not fit comes alone');
equal((await info({ assetIds: [first, second, third], archiveSize: sizes[first] + sizes[second] })).archives.map((one) => one.size),
  [sizes[first] + sizes[second], sizes[third]], 'an archive is filled');
equal((await info({ userId: ada.id })).totalSize, whole, 'all that a user has');
equal(await info({ assetIds: [] }), { totalSize: 0, archives: [] }, 'nothing');
await refused(() => info({}), 400, 'assetIds, albumId, or userId is required', 'of nothing');
await refused(() => info({ userId: ada.id }, bob.as), 400, 'Not found or no timeline.download access', 'what another has');
await refused(() => info({ albumId: UNKNOWN_ID }), 400, 'Not found or no album.download access', 'an unknown album');
await refused(() => info({ assetIds: [first] }, bob.as), 400, 'Not found or no asset.download access', 'an asset of another');
await invalid(() => info({ assetIds: [first], archiveSize: 0 }), ['archiveSize'], 'Too small', 'an archive of nothing');

const album = await sdk.createAlbum(
  { createAlbumDto: { albumName: 'Shared', assetIds: [first, second], albumUsers: [{ userId: bob.id, role: 'viewer' }] } }, ada.as);
equal((await info({ albumId: album.id }, bob.as)).totalSize, sizes[first] + sizes[second], 'an album of which one is a member');
equal((await info({ assetIds: [first] }, bob.as)).totalSize, sizes[first], 'and each asset of it');
await refused(() => info({ assetIds: [first, third] }, bob.as), 400, 'Not found or no asset.download access', 'and no other');

await sdk.updateMyPreferences({ userPreferencesUpdateDto: { download: { archiveSize: 1 } } }, ada.as);
equal((await info({ assetIds: [first, second] })).archives.length, 2, 'as a user prefers');

// The archives themselves.
const archive = async (assetIds, as = ada.as, extra = {}) => Buffer.from(await (await sdk.downloadArchive({ downloadArchiveDto: { assetIds, ...extra } }, as)).arrayBuffer());
const names = 'import json,sys,zipfile,hashlib\nz=zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\n'
  + 'print(json.dumps([[i.filename,hashlib.sha1(z.read(i)).hexdigest(),i.compress_type] for i in z.infolist()]))';
const folder = await mkdtemp(join(tmpdir(), 'albumen-download-'));
const unpacked = async (bytes) => {
  await writeFile(join(folder, 'a.zip'), bytes);
  return JSON.parse((await promisify(execFile)('python3', ['-c', names, join(folder, 'a.zip')])).stdout);
};
const hash = async (number) => sha1(await readFile(join(photos, `library/jpeg/orientation-${number}.jpg`)), 'hex');
equal(await unpacked(await archive([third, second, first, second])),
  [['ölig 🏖.jpg', await hash(3), 0], ['same.jpg', await hash(2), 0], ['same+1.jpg', await hash(1), 0]],
  'an archive holds each file once, under a name of its own, as it is');
equal((await unpacked(await archive([first], bob.as))).length, 1, 'what an album shows');
equal((await unpacked(await archive([first], ada.as, { edited: true }))).length, 1, 'edited, where it is');
equal(await unpacked(await archive([])), [], 'an empty archive');
await rm(folder, { recursive: true });
await refused(() => archive([third], bob.as), 400, 'Not found or no asset.download access', 'an archive of what is another\'s');
await refused(() => archive([UNKNOWN_ID]), 400, 'Not found or no asset.download access', 'an archive of nothing known');

// By folders.
const folders = await sdk.getUniqueOriginalPaths(ada.as);
equal(folders.length, 3, 'each folder once');
check(folders.every((path) => path.startsWith('/') && !path.endsWith('/') && path.includes(ada.id)), 'as whole paths');
equal(folders, [...folders].sort(), 'sorted');
const found = [];
for (const path of folders) {
  found.push(...(await sdk.getAssetsByOriginalPath({ path }, ada.as)).map((asset) => asset.id));
}
equal(found.sort(), [first, second, third].sort(), 'what lies in them');
equal(await sdk.getAssetsByOriginalPath({ path: folders[0].replace(/\/[^/]*$/, '') }, ada.as), [], 'and not below them');
equal(await sdk.getAssetsByOriginalPath({ path: folders[0] }, bob.as), [], 'nothing of others');
equal(await sdk.getUniqueOriginalPaths(bob.as), [], 'nor their folders');
await sdk.updateAsset({ id: first, updateAssetDto: { visibility: 'archive' } }, ada.as);
equal((await sdk.getUniqueOriginalPaths(ada.as)).length, 2, 'only of the timeline');

finish();
