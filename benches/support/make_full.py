#!/usr/bin/env python3
"""Writes full/: serde structs with every field that the trimmed document has for an account and an authorization, texts where
it has enums and ids. Run it again when the document changes: `python3 benches/support/make_full.py`."""

import json
import keyword
import pathlib

HERE = pathlib.Path(__file__).parent
SCHEMAS = json.loads((HERE / "../../openapi/stripe.json").read_text())["components"]["schemas"]
RUST = {"type", "fn", "match", "ref", "use", "mod", "move", "self", "struct", "enum", "impl", "in", "for", "loop"}

# The expanded objects in the data. All others are ids.
EXPANDED = "_cardholder"


def pascal(words):
    return "".join(word[:1].upper() + word[1:] for word in words.replace(".", "_").split("_") if word)


class File:
    """The types of one reply, without duplicates."""

    def __init__(self):
        self.text = []
        self.known = set()
        self.tagged = set()

    def named(self, name, schema):
        rust = pascal(name)
        if rust in self.known:
            return rust
        self.known.add(rust)
        required = schema.get("required", [])
        fields = []
        for field, kind in schema["properties"].items():
            if field == "object" and name in self.tagged:
                continue
            ty = self.type(f"{name}_{field}", kind)
            if kind.get("nullable") or field not in required:
                ty = f"Option<{ty}>"
            rename = f'    #[serde(rename = "{field}")]\n' if field in RUST or keyword.iskeyword(field) else ""
            fields.append(f"{rename}    pub {field + '_' if rename else field}: {ty},\n")
        self.text.append(f"#[derive(Deserialize)]\npub struct {rust} {{\n{''.join(fields)}}}\n")
        return rust

    def type(self, path, schema):
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            return self.type(name, SCHEMAS[name])
        if "anyOf" in schema:
            if any(arm.get("type") == "string" for arm in schema["anyOf"]) and not path.endswith(EXPANDED):
                return "String"
            refs = [arm["$ref"].rsplit("/", 1)[1] for arm in schema["anyOf"] if "$ref" in arm]
            # Several objects are distinguished by `object`, which serde then removes.
            self.tagged.update(refs if len(refs) > 1 else [])
            arms = [self.type(path, arm) for arm in schema["anyOf"]]
            return arms[0] if len(arms) == 1 else self.union(path, schema["anyOf"], arms)
        match schema.get("type"):
            case "string":
                return "String"
            case "integer":
                return "i64"
            case "number":
                return "f64"
            case "boolean":
                return "bool"
            case "array":
                return f"Vec<{self.type(path, schema['items'])}>"
            case "object" if schema.get("properties"):
                return self.named(path, schema)
            case "object":
                values = schema.get("additionalProperties")
                values = self.type(path, values) if isinstance(values, dict) else "serde_json::Value"
                return f"BTreeMap<String, {values}>"
            case other:
                raise SystemExit(f"{path}: {other}")

    def union(self, path, schemas, arms):
        """An id or an object; several objects are distinguished by their `object` member."""
        rust = pascal(path) + "Arm"
        if rust in self.known:
            return rust
        self.known.add(rust)
        objects = [
            (SCHEMAS[schema["$ref"].rsplit("/", 1)[1]], arm) for schema, arm in zip(schemas, arms) if "$ref" in schema
        ]
        if len(objects) < len(schemas):
            [(_, arm)] = objects
            self.text.append(
                f"#[derive(Deserialize)]\n#[serde(untagged)]\npub enum {rust} {{\n    Id(String),\n    Object(Box<{arm}>),\n}}\n"
            )
            return rust
        arms = ""
        for schema, arm in objects:
            tag = schema["properties"]["object"]["enum"][0]
            arms += f'    #[serde(rename = "{tag}")]\n    {pascal(tag)}(Box<{arm}>),\n'
        self.text.append(f'#[derive(Deserialize)]\n#[serde(tag = "object")]\npub enum {rust} {{\n{arms}}}\n')
        return rust


def main():
    (HERE / "full").mkdir(exist_ok=True)
    for root, file in [("account", "account.rs"), ("issuing.authorization", "authorization.rs")]:
        out = File()
        out.type(root, SCHEMAS[root])
        head = f"//! `{root}` with serde derive. Made by `benches/support/make_full.py`.\n\n"
        uses = "use serde::Deserialize;\nuse std::collections::BTreeMap;\n\n"
        (HERE / "full" / file).write_text(head + uses + "\n".join(out.text))
        print(file, len(out.known), "types")


main()
