#!/usr/bin/env python3
"""immichpy, a client that others generated, reads what is there; its models refuse any other shape.

Usage: read_with_immichpy.py BASE_URL      (run with the Python that has it, after something was uploaded)"""

import asyncio
import sys

import harness
from harness import Checks
from immichpy import AsyncClient
from immichpy.client.generated.models.asset_visibility import AssetVisibility
from immichpy.client.generated.models.metadata_search_dto import MetadataSearchDto


async def read(base, secret, checks):
    async with AsyncClient(base_url=base, api_key=secret) as client:
        version = await client.server.get_server_version()
        checks.equal((version.major, version.minor, version.patch), (3, 1, 0), "the server's version")
        me = await client.users.get_my_user()
        checks.equal(me.email, harness.ADMIN["email"], "the user")
        buckets = await client.timeline.get_time_buckets(
            visibility=AssetVisibility.TIMELINE, with_partners=True, with_stacked=True)
        total = 0
        for bucket in buckets:
            columns = await client.timeline.get_time_bucket(
                time_bucket=str(bucket.time_bucket), visibility=AssetVisibility.TIMELINE, with_partners=True, with_stacked=True)
            checks.equal(len(columns.id), bucket.count, f"the photos of {bucket.time_bucket}")
            total += len(columns.id)
            for asset_id in columns.id[:5]:
                asset = await client.assets.get_asset_info(id=asset_id)
                checks.equal(str(asset.id), str(asset_id), f"the details of {asset.original_file_name}")
                checks.that(asset.exif_info is not None, "and what its camera said")
        checks.that(total > 0, f"{total} photos in {len(buckets)} months")
        statistics = await client.assets.get_asset_statistics(visibility=AssetVisibility.TIMELINE)
        checks.equal(statistics.total, total, "statistics agree with the timeline")
        found = await client.search.search_assets(MetadataSearchDto(visibility=AssetVisibility.TIMELINE))
        checks.equal(found.assets.total, total, "a search agrees, too")
        for name in ("get_about_info", "get_server_config", "get_server_features", "get_storage", "get_supported_media_types",
                     "get_server_statistics", "get_version_history", "get_version_check", "get_apk_links"):
            answer = await getattr(client.server, name)()
            checks.that(answer is not None, f"server: {name}")
        for what, call in (("preferences", client.users.get_my_preferences), ("sessions", client.sessions.get_sessions),
                           ("API keys", client.api_keys.get_api_keys), ("users, for administrators", client.users_admin.search_users_admin),
                           ("onboarding", client.users.get_user_onboarding)):
            checks.that(await call() is not None, what)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    base = sys.argv[1]
    checks = Checks()
    admin = harness.sign_up_or_log_in(base)
    secret = admin.must("POST", "/api-keys", {"name": "immichpy", "permissions": ["all"]}, 201)["secret"]
    asyncio.run(read(base, secret, checks))
    checks.finish()


if __name__ == "__main__":
    main()
