// External libraries: set up by administrators for users. Reading their files is not built yet.
//
// Usage: node libraries.mjs BASE_URL PHOTOS_DIR

import * as sdk from '@immich/sdk';
import { UNKNOWN_ID, cast, check, equal, finish, instant, invalid, matches, raw, refused, uuid } from './kit.mjs';

const EXCLUSIONS = ['**/@eaDir/**', '**/._*', '**/#recycle/**', '**/#snapshot/**', '**/.stversions/**', '**/.stfolder/**'];
/** A folder that the server can read, whoever it runs as. */
const FOLDER = '/usr/share';
const [admin, user] = await cast('libraries');
const create = (createLibraryDto) => sdk.createLibrary({ createLibraryDto: { ownerId: user.id, ...createLibraryDto } }, admin.as);

const library = await create({});
matches(library.id, uuid, 'a library');
matches(library.createdAt, instant, 'when it was made');
equal(
  [library.name, library.ownerId, library.importPaths, library.exclusionPatterns, library.assetCount, library.refreshedAt],
  ['New External Library', user.id, [], EXCLUSIONS, 0, null], 'as it is when nobody says how',
);
const named = await create({ name: 'Archive', importPaths: ['/srv/archive'], exclusionPatterns: [] });
equal([named.name, named.importPaths, named.exclusionPatterns], ['Archive', ['/srv/archive'], []], 'and as somebody says');
equal(await sdk.getLibrary({ id: named.id }, admin.as), named, 'one of them');
const all = (await sdk.getAllLibraries(admin.as)).map(({ id }) => id);
check(all.includes(library.id) && all.includes(named.id), 'all of them');
equal(await sdk.getLibraryStatistics({ id: library.id }, admin.as), { photos: 0, total: 0, usage: 0, videos: 0 }, 'what is in it');

const update = (id, updateLibraryDto) => sdk.updateLibrary({ id, updateLibraryDto }, admin.as);
equal((await update(library.id, { name: 'Photos', importPaths: [FOLDER] })).importPaths, [FOLDER], 'a folder that can be read');
equal((await update(library.id, { exclusionPatterns: ['**/raw/**'] })).name, 'Photos', 'what is absent stays');
await refused(() => update(library.id, { importPaths: ['/no/such/folder'] }), 400, 'Invalid import path: Path does not exist (ENOENT)', 'a folder that is not there');
equal((await raw('PATCH', `/libraries/${library.id}`, { as: admin.as, body: { name: 'Pictures' } })).status, 200, 'by the old method');

const found = await sdk.validate({ id: library.id, validateLibraryDto: { importPaths: [FOLDER, 'photos', '/no/such/folder', '/etc/hostname'] } }, admin.as);
equal(found.importPaths.map(({ importPath, isValid }) => [importPath, isValid]),
  [[FOLDER, true], ['photos', false], ['/no/such/folder', false], ['/etc/hostname', false]], 'paths are looked at');
equal(found.importPaths.slice(2).map(({ message }) => message), ['Path does not exist (ENOENT)', 'Not a directory'], 'and what is wrong is said');
check(found.importPaths[1].message.startsWith('Import path must be absolute, try /'), 'with advice');
equal(await sdk.validate({ id: library.id, validateLibraryDto: {} }, admin.as), {}, 'nothing to look at');

await refused(() => create({ ownerId: UNKNOWN_ID }), 400, 'Invalid user', 'for nobody');
await invalid(() => create({ importPaths: ['/a', '/a'] }), ['importPaths'], 'Array must have unique items', 'a folder twice');
await invalid(() => create({ importPaths: [''] }), ['importPaths'], 'Too small', 'no folder');
await invalid(() => create({ importPaths: Array.from({ length: 129 }, (_, n) => `/${n}`) }), ['importPaths'], 'Too big: expected array to have <=128 items', 'too many');
await invalid(() => create({ name: '' }), ['name'], 'Too small: expected string to have >=1 characters', 'no name');
for (const [call, what] of [
  [() => sdk.getAllLibraries(user.as), 'lists'], [() => sdk.getLibrary({ id: library.id }, user.as), 'shows'],
  [() => sdk.deleteLibrary({ id: library.id }, user.as), 'deletes'],
]) {
  await refused(call, 403, 'Forbidden', `no user ${what} them`);
}
await refused(() => sdk.scanLibrary({ id: library.id }, admin.as), 501, 'scanLibrary is not built yet in Albumen', 'files are not read yet');

await sdk.deleteLibrary({ id: library.id }, admin.as);
await refused(() => sdk.getLibrary({ id: library.id }, admin.as), 400, 'Library not found', 'what is deleted is gone');
await refused(() => sdk.deleteLibrary({ id: UNKNOWN_ID }, admin.as), 400, 'Library not found', 'what never was');
for (const { id, ownerId } of await sdk.getAllLibraries(admin.as)) {
  if (ownerId === user.id) await sdk.deleteLibrary({ id }, admin.as);
}
finish();
