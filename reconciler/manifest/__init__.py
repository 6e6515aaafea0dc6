"""Manifests: from a folder of YAML files to the model's words, or to every mistake in them with its line and column.

This room exists because an order costs thousands of dollars: a duplicate key, a mistyped field or a time without an
offset must never reach a provider. It is strict where YAML is lenient, and it reports everything in one run. A pass
calls `load` first of all; the command line calls it to validate, and `json_schema` for editors. It knows no provider:
the types of their blocks and their own checks are handed in.
"""

from reconciler.manifest.loading import InvalidManifests, Stated, load
from reconciler.manifest.schema import KINDS, ProviderBlocks, json_schema

__all__ = ["KINDS", "InvalidManifests", "ProviderBlocks", "Stated", "json_schema", "load"]
