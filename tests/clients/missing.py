#!/usr/bin/env python3
"""Lists what a client package calls and our document lacks: operations, parameters, fields, words of a list.

Usage: tests/clients/missing.py DOCUMENT [SDK_BUILD_FOLDER]

The client is the pinned @immich/sdk. Its calls are in fetch-client.js, what they send and what they expect in
fetch-client.d.ts; both are generated and regular, so patterns are enough to read them. Ends with 1 while an operation is missing."""

import json
import re
import sys
from pathlib import Path

CALL = re.compile(r"export function (\w+)\([^\n]*\n    return oazapfts\.ok\(oazapfts\.fetch\w+\(([`\"])(.*?)\2,(.*?)\n\}", re.S)
METHOD = re.compile(r'method: "(\w+)"')
TOKEN = re.compile(r'"[^"]*"|[A-Za-z_$][\w.$]*|-?\d+|[{}()\[\]<>:;,|&?=]')
COMMENT = re.compile(r"/\*.*?\*/", re.S)
# Deeper than this no shape of either side goes; it ends shapes that hold themselves.
MAX_DEPTH = 12


class Types:
    """The types of fetch-client.d.ts, as shapes: {"fields": {name: shape}}, {"items": shape}, {"words": set}, {"any_of": [shapes]}, {"named": name} or {}."""

    def __init__(self, text):
        self.tokens = TOKEN.findall(COMMENT.sub("", text))
        self.at = 0
        self.types, self.functions = {}, {}
        while self.at < len(self.tokens):
            if self.ahead("export", "type"):
                name = self.take(3)
                self.take()
                self.types[name] = self.union()
            elif self.ahead("export", "declare", "enum"):
                name = self.take(4)
                self.types[name] = {"words": self.enum()}
            elif self.ahead("export", "declare", "function"):
                name = self.take(4)
                self.functions[name] = self.function()
            else:
                self.at += 1

    def ahead(self, *words):
        return self.tokens[self.at:self.at + len(words)] == list(words)

    def take(self, count=1):
        self.at += count
        return self.tokens[self.at - 1]

    def union(self):
        shapes = [self.one()]
        while self.ahead("|") or self.ahead("&"):
            self.take()
            shapes.append(self.one())
        shapes = [shape for shape in shapes if shape is not None]
        words = [word for shape in shapes for word in shape.get("words", ())]
        if words and all("words" in shape for shape in shapes):
            return {"words": set(words)}
        return shapes[0] if len(shapes) == 1 else {"any_of": shapes}

    def one(self):
        token = self.take()
        if token == "{":
            shape = self.fields()
        elif token == "(":
            shape = self.union()
            self.take()
        elif token.startswith('"'):
            shape = {"words": {token.strip('"')}}
        elif token == "null":
            shape = None
        else:
            shape = {"named": token}
            if self.ahead("<"):
                while not self.ahead(">"):
                    self.take()
                self.take()
        while self.ahead("[", "]"):
            self.take(2)
            shape = {"items": shape}
        return shape

    def fields(self):
        found = {}
        while not self.ahead("}"):
            if self.ahead("["):
                while self.take() != "]":
                    pass
                self.take()
                self.union()
            else:
                name = self.take().strip('"')
                if self.ahead("?"):
                    self.take()
                self.take()
                found[name] = self.union()
            if self.ahead(";"):
                self.take()
        self.take()
        return {"fields": found}

    def enum(self):
        self.take()
        words = set()
        while (token := self.take()) != "}":
            if token == "=":
                words.add(self.take().strip('"'))
        return words

    def function(self):
        """What it takes, by name, and what it answers."""
        self.take()
        depth, takes, answers = 1, {"fields": {}}, {}
        while depth:
            token = self.take()
            if token == ":" and depth == 1 and self.ahead("{"):
                takes = self.union()
                continue
            depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(token, 0)
        if self.ahead(":", "Promise", "<"):
            self.take(3)
            answers = self.union()
        return takes["fields"], answers


class Missing:
    def __init__(self, document, types):
        self.schemas = document.get("components", {}).get("schemas", {})
        self.types = types
        self.found = set()

    def ours(self, schema):
        while "$ref" in schema:
            schema = self.schemas[schema["$ref"].rsplit("/", 1)[1]]
        return schema

    def parts(self, schema):
        schema = self.ours(schema)
        parts = [schema]
        for kind in ("oneOf", "anyOf", "allOf"):
            for part in schema.get(kind, ()):
                parts += self.parts(part)
        return parts

    def compare(self, theirs, schema, where, depth=0):
        while theirs and "named" in theirs:
            theirs = self.types.types.get(theirs["named"])
        if not theirs or depth > MAX_DEPTH:
            return
        parts = self.parts(schema)
        for part in theirs.get("any_of", ()):
            self.compare(part, schema, where, depth + 1)
        for name, shape in theirs.get("fields", {}).items():
            mine = [part["properties"][name] for part in parts if name in part.get("properties", {})]
            if mine:
                self.compare(shape, {"anyOf": mine}, f"{where}.{name}", depth + 1)
            else:
                self.found.add(f"{where}.{name}")
        if theirs.get("items") and (mine := [part["items"] for part in parts if "items" in part]):
            self.compare(theirs["items"], {"anyOf": mine}, f"{where}[]", depth + 1)
        words = {str(word) for part in parts for word in part.get("enum", ())}
        for word in theirs.get("words", ()):
            if words and word not in words:
                self.found.add(f"{where} = {word}")

    def operation(self, name, operation):
        takes, answers = self.types.functions.get(name, ({}, {}))
        parameters = {parameter["name"]: parameter for parameter in operation.get("parameters", ())}
        bodies = [content["schema"] for content in operation.get("requestBody", {}).get("content", {}).values()]
        for field, shape in takes.items():
            field = field.lstrip("$")
            if field in parameters:
                self.compare(shape, parameters[field]["schema"], f"?{field}")
            elif field.endswith("Dto") or field == "body":
                self.compare(shape, {"anyOf": bodies}, "body")
            else:
                # Headers are arguments, too, in another spelling.
                spelled = {known.lower().replace("-", "") for known in parameters}
                if field.lower() not in spelled:
                    self.found.add(f"?{field}")
        good = [content["schema"] for status, answer in operation["responses"].items() if status.startswith("2")
                for content in answer.get("content", {}).values() if "schema" in content]
        if good:
            self.compare(answers, {"anyOf": good}, "answer")


def calls(text):
    """Name, method and path (parameters as {}) of each call."""
    for name, _, path, rest in CALL.findall(text):
        path = re.sub(r"\$\{encodeURIComponent\(\$?\w+\)\}", "{}", path).split("${QS")[0]
        method = METHOD.search(rest)
        yield name, method.group(1) if method else "GET", path


def main():
    document = json.loads(Path(sys.argv[1]).read_text())
    default = sorted(Path.home().glob(".cache/albumen/tests/node-*/node_modules/@immich/sdk/build"))
    build = Path(sys.argv[2]) if len(sys.argv) > 2 else default[-1]
    types = Types((build / "fetch-client.d.ts").read_text())
    built = {(method.upper(), re.sub(r"{\w+}", "{}", path)): operation for path, methods in document["paths"].items()
             for method, operation in methods.items()}
    absent = partly = 0
    for name, method, path in calls((build / "fetch-client.js").read_text()):
        operation = built.get((method, path))
        if operation is None:
            absent += 1
            print(f"missing  {method} {path} ({name})")
            continue
        missing = Missing(document, types)
        missing.operation(name, operation)
        if missing.found:
            partly += 1
            print(f"partly   {method} {path} ({name})")
            for what in sorted(missing.found):
                print(f"         {what}")
    print(f"{absent} operations are missing, {partly} lack something")
    return 1 if absent else 0


if __name__ == "__main__":
    sys.exit(main())
