#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A client for the container runtime interface of Kubernetes, as far as the walk needs it: Debian has none.

cri.py CALL [JSON]: CALL is a method of runtime.v1 such as RunPodSandbox; JSON is its request, by the names of the
interface's definition (api.proto), and the answer comes out the same way.  Answers have the fields of the table
below only.
"""
import json
import sys

import grpc

SOCKET = "unix:///run/containerd/containerd.sock"
INTEGER, TEXT, LIST, MAP = "integer", "text", "list", "map"

# Type: field: (number, kind or type).  A kind or type in a list repeats.
ID_ONLY = {"container_id": (1, TEXT)}
POD_ID_ONLY = {"pod_sandbox_id": (1, TEXT)}
TYPES = {
    "IDMapping": {"host_id": (1, INTEGER), "container_id": (2, INTEGER), "length": (3, INTEGER)},
    "UserNamespace": {"mode": (1, INTEGER), "uids": (2, ["IDMapping"]), "gids": (3, ["IDMapping"])},
    "NamespaceOption": {"network": (1, INTEGER), "pid": (2, INTEGER), "ipc": (3, INTEGER),
                        "userns_options": (5, "UserNamespace")},
    "Metadata": {"name": (1, TEXT), "uid": (2, TEXT), "namespace": (3, TEXT), "attempt": (4, INTEGER)},
    "SandboxSecurity": {"namespace_options": (1, "NamespaceOption"), "privileged": (6, INTEGER)},
    "LinuxSandbox": {"cgroup_parent": (1, TEXT), "security_context": (2, "SandboxSecurity"),
                     "sysctls": (3, MAP)},
    "Sandbox": {"metadata": (1, "Metadata"), "hostname": (2, TEXT), "log_directory": (3, TEXT),
                "labels": (6, MAP), "annotations": (7, MAP), "linux": (8, "LinuxSandbox")},
    "Int64Value": {"value": (1, INTEGER)},
    "Capability": {"add_capabilities": (1, [TEXT]), "drop_capabilities": (2, [TEXT])},
    "ContainerSecurity": {"capabilities": (1, "Capability"), "privileged": (2, INTEGER),
                          "namespace_options": (3, "NamespaceOption"), "run_as_user": (5, "Int64Value"),
                          "readonly_rootfs": (7, INTEGER), "no_new_privs": (11, INTEGER)},
    "Resources": {"cpu_period": (1, INTEGER), "cpu_quota": (2, INTEGER), "cpu_shares": (3, INTEGER),
                  "memory_limit_in_bytes": (4, INTEGER), "oom_score_adj": (5, INTEGER), "cpuset_cpus": (6, TEXT)},
    "LinuxContainer": {"resources": (1, "Resources"), "security_context": (2, "ContainerSecurity")},
    "ContainerMetadata": {"name": (1, TEXT), "attempt": (2, INTEGER)},
    "Image": {"image": (1, TEXT)},
    "KeyValue": {"key": (1, TEXT), "value": (2, TEXT)},
    "Mount": {"container_path": (1, TEXT), "host_path": (2, TEXT), "readonly": (3, INTEGER)},
    "Container": {"metadata": (1, "ContainerMetadata"), "image": (2, "Image"), "command": (3, [TEXT]),
                  "args": (4, [TEXT]), "working_dir": (5, TEXT), "envs": (6, ["KeyValue"]), "mounts": (7, ["Mount"]),
                  "log_path": (11, TEXT), "stdin": (12, INTEGER), "tty": (14, INTEGER),
                  "linux": (15, "LinuxContainer")},
    "ContainerStatus": {"id": (1, TEXT), "state": (3, INTEGER), "exit_code": (7, INTEGER), "reason": (10, TEXT),
                        "message": (11, TEXT)},
    "PodStatus": {"id": (1, TEXT), "state": (3, INTEGER), "runtime_handler": (9, TEXT)},
    "UInt64Value": {"value": (1, INTEGER)},
    "MemoryUsage": {"working_set_bytes": (2, "UInt64Value")},
    "ContainerStats": {"memory": (3, "MemoryUsage")},
    "ListedContainer": {"id": (1, TEXT), "state": (6, INTEGER)},
}
# Method: request, response.
CALLS = {
    "Version": ({}, {"runtime_name": (2, TEXT), "runtime_version": (3, TEXT), "runtime_api_version": (4, TEXT)}),
    "RunPodSandbox": ({"config": (1, "Sandbox"), "runtime_handler": (2, TEXT)}, POD_ID_ONLY),
    "PodSandboxStatus": (POD_ID_ONLY, {"status": (1, "PodStatus")}),
    "StopPodSandbox": (POD_ID_ONLY, {}),
    "RemovePodSandbox": (POD_ID_ONLY, {}),
    "CreateContainer": ({"pod_sandbox_id": (1, TEXT), "config": (2, "Container"), "sandbox_config": (3, "Sandbox")},
                        ID_ONLY),
    "StartContainer": (ID_ONLY, {}),
    "StopContainer": ({"container_id": (1, TEXT), "timeout": (2, INTEGER)}, {}),
    "RemoveContainer": (ID_ONLY, {}),
    "ContainerStatus": (ID_ONLY, {"status": (1, "ContainerStatus")}),
    "ContainerStats": (ID_ONLY, {"stats": (1, "ContainerStats")}),
    "ListContainers": ({}, {"containers": (1, ["ListedContainer"])}),
    "UpdateContainerResources": ({"container_id": (1, TEXT), "linux": (2, "Resources")}, {}),
    "ExecSync": ({"container_id": (1, TEXT), "cmd": (2, [TEXT]), "timeout": (3, INTEGER)},
                 {"stdout": (1, TEXT), "stderr": (2, TEXT), "exit_code": (3, INTEGER)}),
}
PAIR = {"key": (1, TEXT), "value": (2, TEXT)}


def fields_of(kind):
    return TYPES[kind] if isinstance(kind, str) else kind


def varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def encode_one(number, kind, value):
    if kind == INTEGER:
        return varint(number << 3) + varint(int(value))
    data = value.encode() if kind == TEXT else encode(fields_of(kind), value)
    return varint(number << 3 | 2) + varint(len(data)) + data


def encode(fields, message):
    out = b""
    for name, value in message.items():
        number, kind = fields[name]
        if kind == MAP:
            kind, value = [PAIR], [{"key": key, "value": text} for key, text in value.items()]
        for one in value if isinstance(kind, list) else [value]:
            out += encode_one(number, kind[0] if isinstance(kind, list) else kind, one)
    return out


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def varint(self):
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def value(self, wire):
        if wire == 0:
            return self.varint()
        size = {1: 8, 5: 4}.get(wire) or self.varint()
        self.at += size
        return self.data[self.at - size:self.at]


def decode(fields, data):
    names = {number: (name, kind) for name, (number, kind) in fields.items()}
    # What is not sent is zero.
    message = {name: [] if isinstance(kind, list) else 0 if kind == INTEGER else "" if kind == TEXT else {}
               for name, (_, kind) in fields.items()}
    reader = Reader(data)
    while reader.at < len(data):
        tag = reader.varint()
        value = reader.value(tag & 7)
        if tag >> 3 not in names:
            continue
        name, kind = names[tag >> 3]
        one = kind[0] if isinstance(kind, list) else kind
        if one == TEXT:
            value = value.decode()
        elif one == INTEGER:
            value -= (value >> 63) << 64
        else:
            value = decode(fields_of(one), value)
        if isinstance(kind, list):
            message[name].append(value)
        else:
            message[name] = value
    return message


def main():
    call = sys.argv[1]
    request, response = CALLS[call]
    message = encode(request, json.loads(sys.argv[2]) if len(sys.argv) > 2 else {})
    with grpc.insecure_channel(SOCKET) as channel:
        try:
            answer = channel.unary_unary(f"/runtime.v1.RuntimeService/{call}")(message, timeout=120)
        except grpc.RpcError as error:
            print(error.code().name, error.details())
            return 1
    print(json.dumps(decode(response, answer)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
