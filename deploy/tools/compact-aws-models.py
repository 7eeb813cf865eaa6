#!/usr/bin/env python3
"""Compacts the public AWS service models (botocore's JSON, Apache-2.0) to what the AWS connector needs.

Usage: python3 deploy/tools/compact-aws-models.py [--botocore FOLDER] [--out FOLDER]

FOLDER is botocore's package folder; by default the installed botocore's. Writes one <service>.json.gz a service and SOURCE.md. Documentation, enumerations, lengths and
patterns are left out: the service judges values, the connector judges names and types. The output of one botocore version is the same bytes each time.
"""
import argparse
import gzip
import io
import json
import os

SERVICES = [
    "ce", "cloudformation", "dynamodb", "ec2", "ecs", "elasticbeanstalk", "iam", "kms", "lambda", "rds", "s3", "sqs", "ssm", "sts",
]
METADATA = ["apiVersion", "endpointPrefix", "jsonVersion", "protocol", "signingName", "targetPrefix", "xmlNamespace"]
MEMBER = ["deprecated", "flattened", "idempotencyToken", "location", "locationName", "queryName", "streaming", "xmlAttribute", "xmlNamespace", "timestampFormat"]
SHAPE = ["document", "eventstream", "flattened", "payload", "required", "sensitive", "streaming", "timestampFormat", "xmlNamespace"]


def pick(source, names):
    return {name: source[name] for name in names if source.get(name) not in (None, False, [], "")}


def reference(source):
    """A use of a shape with the traits of that use."""
    return {"shape": source["shape"], **pick(source, MEMBER)}


def compact_shape(source):
    shape = {"type": source["type"], **pick(source, SHAPE)}
    if "members" in source:
        shape["members"] = {name: reference(member) for name, member in source["members"].items()}
    for part in ("member", "key", "value"):
        if part in source:
            shape[part] = reference(source[part])
    return shape


def compact_operation(source):
    operation = {"http": pick(source["http"], ["method", "requestUri"])}
    if "input" in source:
        operation["input"] = reference(source["input"])
    if "output" in source:
        operation["output"] = {**reference(source["output"]), **pick(source["output"], ["resultWrapper"])}
    if source.get("httpChecksum", {}).get("requestChecksumRequired") or source.get("httpChecksumRequired"):
        operation["checksum"] = True
    return operation


def reachable(operations, shapes):
    seen, todo = set(), [operation[side]["shape"] for operation in operations.values() for side in ("input", "output") if side in operation]
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        shape = shapes[name]
        uses = list(shape.get("members", {}).values()) + [shape[part] for part in ("member", "key", "value") if part in shape]
        todo += [use["shape"] for use in uses]
    return seen


def compact_service(folder):
    version = sorted(name for name in os.listdir(folder) if name[0].isdigit())[-1]
    with gzip.open(os.path.join(folder, version, "service-2.json.gz")) as file:
        model = json.load(file)
    metadata = pick(model["metadata"], METADATA)
    if isinstance(metadata.get("xmlNamespace"), dict):
        metadata["xmlNamespace"] = metadata["xmlNamespace"]["uri"]
    operations = {name: compact_operation(operation) for name, operation in sorted(model["operations"].items())}
    keep = reachable(operations, model["shapes"])
    return {"metadata": metadata, "operations": operations, "shapes": {name: compact_shape(model["shapes"][name]) for name in sorted(keep)}}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--botocore")
    parser.add_argument("--out", default=os.path.join(os.path.dirname(__file__), "../../silo/GovernedAgents.Connectors/Aws/Models/Data"))
    options = parser.parse_args()
    if not options.botocore:
        import botocore
        options.botocore = os.path.dirname(botocore.__file__)
    with open(os.path.join(options.botocore, "__init__.py"), encoding="utf-8") as file:
        version = next(line.split("'")[1] for line in file if line.startswith("__version__"))
    os.makedirs(options.out, exist_ok=True)
    for service in SERVICES:
        text = json.dumps(compact_service(os.path.join(options.botocore, "data", service)), separators=(",", ":"), ensure_ascii=False)
        packed = io.BytesIO()
        with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=9, mtime=0, filename="") as file:
            file.write(text.encode())
        with open(os.path.join(options.out, service + ".json.gz"), "wb") as file:
            file.write(packed.getvalue())
    with open(os.path.join(options.out, "SOURCE.md"), "w", encoding="utf-8") as file:
        file.write(
            f"# Where these files come from\n\nCompacted by `deploy/tools/compact-aws-models.py` from the service models of botocore {version}, "
            "<https://github.com/boto/botocore>.\n\nCopyright Amazon.com, Inc. or its affiliates. Licensed under the Apache License, Version 2.0, "
            "<https://www.apache.org/licenses/LICENSE-2.0>. Changed: documentation, enumerations, limits, examples and shapes that no operation uses are left out.\n")


if __name__ == "__main__":
    main()
