#!/usr/bin/env python3
"""Computes the test vectors of the hash chain, apart from the Rust code.

Run it in its folder; it prints each vector, and with --write rewrites the files.
"""
import hashlib
import pathlib
import struct
import sys


def field(data: bytes) -> bytes:
    return struct.pack(">Q", len(data)) + data


def content(sequence: int, payload: str) -> bytes:
    fields = [
        b"asset",
        b"01020304-0506-4708-890a-0b0c0d0e0f10",
        struct.pack(">q", sequence),
        b"asset-trashed",
        b"1",
        payload.encode(),
        b'{"actor":{"kind":"operator"}}',
    ]
    return hashlib.sha256(b"".join(map(field, fields))).digest()


def link(previous: bytes, position: int, micros: int, body: bytes) -> bytes:
    fields = [struct.pack(">q", position), struct.pack(">q", micros), body]
    return hashlib.sha256(previous + b"".join(map(field, fields))).digest()


one = link(bytes(32), 1, 1_700_000_000_000_000, content(1, "{}"))
two = link(one, 2, 1_700_000_000_000_001, content(2, '{"a":"é"}'))
for name, value in {"content-1": content(1, "{}"), "chain-1": one, "chain-2": two}.items():
    print(name, value.hex())
    if "--write" in sys.argv:
        pathlib.Path(f"{name}.hex").write_text(value.hex() + "\n")
