"""Containers that no packaged tool writes the way cameras do: a RAW with an embedded preview, an Apple maker
note, a rotated HEIC, and files made to hurt a decoder."""

import struct
import zlib

TIFF_TYPES = {"BYTE": 1, "ASCII": 2, "SHORT": 3, "LONG": 4, "RATIONAL": 5, "UNDEFINED": 7, "SRATIONAL": 10}
TIFF_CODES = {1: "B", 2: "s", 3: "H", 4: "I", 5: "II", 7: "s", 10: "ii"}


class Tiff:
    """Builds a TIFF structure: directories whose long values and blobs are laid out behind them."""

    def __init__(self, order=">"):
        self.order = order
        mark = b"MM" if order == ">" else b"II"
        self.data = bytearray(mark + struct.pack(order + "HI", 42, 0))

    def add_blob(self, blob):
        """Appends bytes on an even offset and returns it."""
        if len(self.data) % 2:
            self.data += b"\0"
        offset = len(self.data)
        self.data += blob
        return offset

    def encode(self, kind, value):
        """The count and the bytes of one value."""
        code = TIFF_CODES[kind]
        if code == "s":
            return len(value), bytes(value)
        values = value if isinstance(value, (list, tuple)) else [value]
        packed = struct.pack(f"{self.order}{len(values)}{code[0]}", *values)
        return len(values) // len(code), packed

    def add_directory(self, entries):
        """Appends a directory of {tag: (type name, value)} and returns its offset."""
        rows = []
        for tag, (type_name, value) in sorted(entries.items()):
            kind = TIFF_TYPES[type_name]
            count, packed = self.encode(kind, value)
            if len(packed) > 4:
                packed = struct.pack(self.order + "I", self.add_blob(packed))
            rows.append(struct.pack(self.order + "HHI", tag, kind, count) + packed.ljust(4, b"\0"))
        block = struct.pack(self.order + "H", len(rows)) + b"".join(rows) + struct.pack(self.order + "I", 0)
        return self.add_blob(block)

    def finish(self, first_directory):
        """The finished bytes, beginning with the given directory."""
        self.data[4:8] = struct.pack(self.order + "I", first_directory)
        return bytes(self.data)


def raw_with_preview(preview_jpeg, preview_size, date, make, model, seed):
    """A DNG: a Bayer mosaic in the main directory's sub-directory and a JPEG preview beside it."""
    width, height = 256, 192
    mosaic = bytearray()
    for y in range(height):
        mosaic += struct.pack(f"<{width}H", *((seed * 97 + x * 16 + y * 20) % 4096 for x in range(width)))
    tiff = Tiff("<")
    raw_at = tiff.add_blob(mosaic)
    preview_at = tiff.add_blob(preview_jpeg)
    raw_directory = tiff.add_directory({
        0xFE: ("LONG", 0), 0x100: ("LONG", width), 0x101: ("LONG", height), 0x102: ("SHORT", 16),
        0x103: ("SHORT", 1), 0x106: ("SHORT", 32803), 0x111: ("LONG", raw_at), 0x115: ("SHORT", 1),
        0x116: ("LONG", height), 0x117: ("LONG", len(mosaic)), 0x828D: ("SHORT", [2, 2]),
        0x828E: ("BYTE", [0, 1, 1, 2]), 0xC61A: ("SHORT", 0), 0xC61D: ("LONG", 4095),
    })
    exif = tiff.add_directory({0x9003: ("ASCII", date.encode() + b"\0"), 0x8827: ("SHORT", 400)})
    identity = [10000, 10000, 0, 1, 0, 1, 0, 1, 10000, 10000, 0, 1, 0, 1, 0, 1, 10000, 10000]
    main = tiff.add_directory({
        0xFE: ("LONG", 1), 0x100: ("LONG", preview_size[0]), 0x101: ("LONG", preview_size[1]),
        0x102: ("SHORT", [8, 8, 8]), 0x103: ("SHORT", 7), 0x106: ("SHORT", 6),
        0x10F: ("ASCII", make.encode() + b"\0"), 0x110: ("ASCII", model.encode() + b"\0"),
        0x111: ("LONG", preview_at), 0x112: ("SHORT", 1), 0x115: ("SHORT", 3),
        0x116: ("LONG", preview_size[1]), 0x117: ("LONG", len(preview_jpeg)), 0x14A: ("LONG", raw_directory),
        0x8769: ("LONG", exif), 0xC612: ("BYTE", [1, 4, 0, 0]), 0xC613: ("BYTE", [1, 1, 0, 0]),
        0xC614: ("ASCII", f"{make} {model}".encode() + b"\0"), 0xC621: ("SRATIONAL", identity),
        0xC628: ("RATIONAL", [1, 1, 1, 1, 1, 1]), 0xC65A: ("SHORT", 21),
    })
    return tiff.finish(main)


def apple_exif(content_identifier, date, offset):
    """An EXIF segment as a phone writes it, with the identifier that pairs a live photo in its maker note."""
    value = content_identifier.encode() + b"\0"
    header = b"Apple iOS\0\0\1MM"
    entry_at = len(header) + 2 + 12 + 4
    note = header + struct.pack(">HHHII", 1, 0x11, 2, len(value), entry_at) + struct.pack(">I", 0) + value
    tiff = Tiff(">")
    exif = tiff.add_directory({
        0x9000: ("UNDEFINED", b"0232"), 0x9003: ("ASCII", date.encode() + b"\0"),
        0x9011: ("ASCII", offset.encode() + b"\0"), 0x927C: ("UNDEFINED", note),
    })
    main = tiff.add_directory({
        0x10F: ("ASCII", b"Apple\0"), 0x110: ("ASCII", b"iPhone 15\0"), 0x112: ("SHORT", 1),
        0x8769: ("LONG", exif),
    })
    return b"Exif\0\0" + tiff.finish(main)


def jpeg_with_segment(jpeg, payload):
    """Puts an APP1 segment right behind the start of the image."""
    return jpeg[:2] + struct.pack(">HH", 0xFFE1, len(payload) + 2) + payload + jpeg[2:]


def boxes(data, start, end):
    """The boxes of an ISO base media file between two offsets: (type, start, start of content, end)."""
    at = start
    while at + 8 <= end:
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        if size < 8:
            raise ValueError("a box of zero or 64-bit size is not expected in a small file")
        yield kind, at, at + 8, at + size
        at += size


def box(data, kind, start, end):
    """The first box of a type: its start, start of content and end."""
    for found, at, content, stop in boxes(data, start, end):
        if found == kind:
            return at, content, stop
    raise ValueError(f"no {kind!r} box")


def grow(data, starts, delta):
    """Adds to the sizes of the boxes that begin at the given offsets."""
    for at in starts:
        size = struct.unpack_from(">I", data, at)[0]
        struct.pack_into(">I", data, at, size + delta)


def shift_item_locations(data, iloc_content, delta):
    """Moves the file offsets of every item, after bytes were put in before the media data."""
    version = data[iloc_content]
    sizes = data[iloc_content + 4]
    offset_size, length_size = sizes >> 4, sizes & 15
    base_size = data[iloc_content + 5] >> 4
    index_size = data[iloc_content + 5] & 15 if version else 0
    at = iloc_content + 6
    count = int.from_bytes(data[at:at + (4 if version == 2 else 2)], "big")
    at += 4 if version == 2 else 2
    for _ in range(count):
        at += 4 if version == 2 else 2
        method = 0
        if version:
            method = data[at + 1] & 15
            at += 2
        at += 2
        base_at, at = at, at + base_size
        extents = struct.unpack_from(">H", data, at)[0]
        at += 2
        if method == 0 and base_size:
            base = int.from_bytes(data[base_at:base_at + base_size], "big")
            if base or not offset_size:
                data[base_at:base_at + base_size] = (base + delta).to_bytes(base_size, "big")
                at += extents * (index_size + offset_size + length_size)
                continue
        for _ in range(extents):
            at += index_size
            if method == 0:
                offset = int.from_bytes(data[at:at + offset_size], "big")
                data[at:at + offset_size] = (offset + delta).to_bytes(offset_size, "big")
            at += offset_size + length_size


def heic_with_rotation(heic, quarter_turns):
    """Adds an `irot` property (counter-clockwise quarter turns) to the first, primary image item."""
    data = bytearray(heic)
    meta, meta_content, meta_end = box(data, b"meta", 0, len(data))
    iprp, iprp_content, iprp_end = box(data, b"iprp", meta_content + 4, meta_end)
    ipco, ipco_content, ipco_end = box(data, b"ipco", iprp_content, iprp_end)
    ipma, ipma_content, ipma_end = box(data, b"ipma", iprp_content, iprp_end)
    index = sum(1 for _ in boxes(data, ipco_content, ipco_end)) + 1
    if data[ipma_content] or data[ipma_content + 3] & 1:
        raise ValueError("only the plain form of ipma is expected")
    # version and flags (4), entry count (4), item id (2), count of associations (1)
    count_at = ipma_content + 10
    insert_at = count_at + 1 + data[count_at]
    data[count_at] += 1
    data[insert_at:insert_at] = bytes([0x80 | index])
    grow(data, [ipma], 1)
    irot = struct.pack(">I4sB", 9, b"irot", quarter_turns)
    data[ipco_end:ipco_end] = irot
    grow(data, [ipco], len(irot))
    grow(data, [meta, iprp], len(irot) + 1)
    _, iloc_content, _ = box(data, b"iloc", meta_content + 4, meta_end + len(irot) + 1)
    shift_item_locations(data, iloc_content, len(irot) + 1)
    return bytes(data)


def png_chunk(kind, payload):
    """One PNG chunk with its checksum."""
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


def png_bomb(width, height):
    """A valid one-bit PNG that is tiny on disk and enormous when decoded."""
    packer = zlib.compressobj(1)
    row = bytes(1 + (width + 7) // 8)
    packed = bytearray()
    for _ in range(height // 100):
        packed += packer.compress(row * 100)
    packed += packer.compress(row * (height % 100)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", head) + png_chunk(b"IDAT", bytes(packed)) + png_chunk(b"IEND", b"")


def jpeg_with_size(jpeg, width, height):
    """The same JPEG, whose frame header claims another size."""
    data = bytearray(jpeg)
    at = 2
    while data[at + 1] not in (0xC0, 0xC2):
        at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    struct.pack_into(">HH", data, at + 5, height, width)
    return bytes(data)


def tiff_loop():
    """A TIFF whose directory names itself as the next one."""
    tiff = Tiff(">")
    first = tiff.add_directory({0x100: ("LONG", 16), 0x101: ("LONG", 16)})
    data = bytearray(tiff.finish(first))
    data[-4:] = struct.pack(">I", first)
    return bytes(data)
