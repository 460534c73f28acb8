// What members of an album say about it: comments and likes.

import * as sdk from '@immich/sdk';
import { UNKNOWN_ID, cast, equal, finish, invalid, keys, no, raw, refused, upload } from './kit.mjs';

const [admin, ada, ben, eve] = await cast('ada', 'ben', 'eve');
const photo = (await upload('library/jpeg/date-only.jpg', ada.as)).id;
const other = (await upload('library/jpeg/date-offset.jpg', ada.as)).id;
const album = await sdk.createAlbum({ createAlbumDto: {
  albumName: 'Talk', assetIds: [photo], albumUsers: [{ userId: ben.id, role: 'viewer' }],
} }, ada.as);
const albumId = album.id;

const say = (dto, as) => sdk.createActivity({ activityCreateDto: { albumId, ...dto } }, as);
const list = (as, filter = {}) => sdk.getActivities({ albumId, ...filter }, as);
const post = async (dto, as) => (await raw('POST', '/activities', { as, body: { albumId, ...dto } })).status;

// Who may speak, and how.
await refused(() => say({ type: 'like' }, eve.as), 400, no('activity.create'), 'a stranger says nothing');
await refused(() => say({ type: 'like', albumId: UNKNOWN_ID }, eve.as), 400, no('activity.create'), 'nor about an unknown album, in the same words');
await refused(() => list(eve.as), 400, no('album.read'), 'and reads nothing');
await refused(() => sdk.getActivityStatistics({ albumId }, eve.as), 400, no('album.read'), 'and counts nothing');
await invalid(() => say({ type: 'comment' }, ben.as), ['comment'], 'comment', 'a comment has words');
await invalid(() => say({ type: 'comment', comment: '' }, ben.as), ['comment'], 'comment', 'at least one');
await invalid(() => say({ type: 'like', comment: 'x' }, ben.as), ['comment'], 'comment', 'a like has none');
await invalid(() => say({ type: 'dislike' }, ben.as), ['type'], 'Invalid option', 'there are two kinds');
await invalid(() => sdk.getActivities({}, ben.as), ['albumId'], 'Invalid', 'of which album?');
await refused(() => say({ type: 'like', assetId: other }, ben.as), 400, no('activity.create'), 'what is not in the album');

// Saying it.
const comment = await say({ type: 'comment', comment: 'Was für ein Tag! ☀' }, ben.as);
keys(comment, ['assetId', 'createdAt', 'id', 'type', 'user', 'comment'], [], 'the shape of a comment');
equal([comment.comment, comment.type, comment.assetId, comment.user.id], ['Was für ein Tag! ☀', 'comment', null, ben.id], 'a viewer comments on the album');
equal(await post({ type: 'like' }, ben.as), 201, 'likes it');
equal(await post({ type: 'like' }, ben.as), 200, 'once');
equal(await post({ type: 'like', assetId: photo }, ben.as), 201, 'and a photo');
const about = await say({ type: 'comment', comment: 'mine', assetId: photo }, ada.as);
equal(await sdk.getActivityStatistics({ albumId }, ben.as), { comments: 2, likes: 2 }, 'what there is of the album');
equal(await sdk.getActivityStatistics({ albumId, assetId: photo }, ben.as), { comments: 1, likes: 1 }, 'and of the photo');
equal((await list(ada.as)).map((one) => one.type), ['comment', 'like', 'like', 'comment'], 'the oldest first');
equal((await list(ada.as, { level: 'album' })).length, 2, 'about the album alone');
equal((await list(ada.as, { assetId: photo })).length, 2, 'about the photo');
equal((await list(ada.as, { $type: 'like' })).length, 2, 'likes');
equal((await list(ada.as, { $type: 'comment' })).length, 2, 'comments');
equal((await list(ada.as, { userId: ada.id })).map((one) => one.id), [about.id], 'of one user');

// Taking it back.
for (const id of [comment.id, UNKNOWN_ID]) {
  await refused(() => sdk.deleteActivity({ id }, eve.as), 400, no('activity.delete'), 'a stranger takes nothing away');
}
await refused(() => sdk.deleteActivity({ id: about.id }, ben.as), 400, no('activity.delete'), "a member takes away nobody else's");
equal((await raw('DELETE', `/activities/${comment.id}`, { as: ada.as })).status, 204, 'the owner of the album takes away any');
await refused(() => sdk.deleteActivity({ id: comment.id }, ben.as), 400, no('activity.delete'), 'once');
const like = (await list(ben.as, { $type: 'like', level: 'album' }))[0];
equal((await raw('DELETE', `/activities/${like.id}`, { as: ben.as })).status, 204, 'whoever said it takes it back');
equal(await post({ type: 'like' }, ben.as), 201, 'and may say it again');

// What goes with what.
await sdk.deleteAssets({ assetBulkDeleteDto: { ids: [photo] } }, ada.as);
equal(await list(ben.as, { assetId: photo }), [], 'nothing is said of what is in the trash');
equal(await sdk.getActivityStatistics({ albumId }, ben.as), { comments: 0, likes: 1 }, 'nor counted');
await sdk.restoreAssets({ bulkIdsDto: { ids: [photo] } }, ada.as);
equal((await list(ben.as, { assetId: photo })).length, 2, 'until it is restored');
await sdk.removeAssetFromAlbum({ id: albumId, bulkIdsDto: { ids: [photo] } }, ada.as);
await sdk.addAssetsToAlbum({ id: albumId, bulkIdsDto: { ids: [photo] } }, ada.as);
equal(await list(ben.as, { assetId: photo }), [], 'what was said goes when the photo leaves the album');
equal(await post({ type: 'like', assetId: photo }, ben.as), 201, 'and can be said anew');
equal((await list(ben.as, { assetId: photo })).length, 1, 'as if for the first time');
await sdk.updateAlbumInfo({ id: albumId, updateAlbumDto: { isActivityEnabled: false } }, ada.as);
await refused(() => say({ type: 'comment', comment: 'late' }, ben.as), 400, no('activity.create'), 'an album can be closed to comments');
equal((await list(ben.as)).length, 2, 'and what was said stays');
await sdk.deleteUserAdmin({ id: ben.id, userAdminDeleteDto: {} }, admin.as);
equal(await list(ada.as), [], 'who is deleted has said nothing');
await sdk.restoreUserAdmin({ id: ben.id }, admin.as);
equal((await list(ada.as)).length, 2, 'until restored');
await sdk.deleteAlbum({ id: albumId }, ada.as);
await refused(() => list(ada.as), 400, no('album.read'), 'all of it goes with the album');

finish();
