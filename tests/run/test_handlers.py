# SPDX-License-Identifier: GPL-2.0-or-later
"""Payloads that a program of the host runs: WebAssembly (run.oci.handler, module.wasm.image/variant; cli-contract 6).

A stand-in for that program says what it was given; where a real one is installed, it runs a real module."""

import errno
import json
import os
import shutil

import pytest

import harness
from harness import BUILD, add_namespace, base_config, mount

HERE = "/dev/.tare-handler"
RUNNERS = {"static": BUILD / "tests/probe/runner", "dynamic": BUILD / "tests/probe/runner-dynamic"}
EROFS, ETXTBSY = errno.EROFS, errno.ETXTBSY

# (module (import "wasi_snapshot_preview1" "proc_exit" (func (param i32))) (memory (export "memory") 1)
#         (func (export "_start") i32.const 42 call 0))
MODULE = bytes.fromhex(
    "0061736d01000000" "010802" "60017f00" "600000" "022401" "16" + b"wasi_snapshot_preview1".hex() +
    "09" + b"proc_exit".hex() + "0000" "03020101" "0503010001" "071302" "06" + b"memory".hex() + "0200" "06" +
    b"_start".hex() + "0001" "0a08010600412a10000b")


@pytest.fixture
def tools(work):
    """tools("wasmedge", kind) puts a stand-in of that name into PATH, which has nothing else that would do."""
    directory = work / "tools"
    directory.mkdir()

    def make(*names, kind="static"):
        for name in names:
            shutil.copy2(RUNNERS[kind], directory / name)
        return {"PATH": str(directory)}

    return make


def config(*args, **annotations):
    made = base_config()
    made["process"]["args"] = list(args or ("/hello.wasm", "a", "b"))
    made["annotations"] = {key.replace("__", "/").replace("_", "."): value for key, value in annotations.items()}
    return made


def with_module(bundle, made):
    found = bundle(made)
    (found.rootfs / "hello.wasm").write_bytes(MODULE)
    return found


def said(result, key):
    return [line.split(" ", 1)[1] for line in result.out.splitlines() if line.startswith(key + " ")]


WASM = {"run_oci_handler": "wasm"}


@pytest.mark.parametrize("kind", ["static", "dynamic"])
def test_runs(rt, bundle, tools, kind):
    """The program, alone or with its loader and libraries, gets the module, its arguments and its variables."""
    made = with_module(bundle, config(**WASM))
    before = made.files()
    result = rt.run(made, env=tools("wasmedge", kind=kind))
    assert (result.code, result.err) == (7, ""), result
    assert said(result, "arg") == [f"{HERE}/wasmedge", "--dir", "/:/", "--env", f"PATH={harness.PATH}", "/hello.wasm", "a", "b"]
    assert said(result, "module") == ["4"]
    assert f"PATH={harness.PATH}" in said(result, "env")
    # Started by itself it is busy besides.
    assert said(result, "change") == [f"{HERE}/new {EROFS}", f"{HERE}/wasmedge {ETXTBSY if kind == 'static' else EROFS}"]
    assert made.files() == before, "the image has changed"


def test_image_needs_nothing(rt, bundle, tools):
    """Nor may anything be made in it: its root is read-only, and it has no libraries."""
    made = with_module(bundle, config(**WASM))
    made.config["root"]["readonly"] = True
    made.write()
    shutil.rmtree(made.rootfs / "bin")
    shutil.rmtree(made.rootfs / "usr")
    result = rt.run(made, env=tools("wasmedge", kind="dynamic"))
    assert result.code == 7, result


@pytest.mark.parametrize("name, expected", [
    ("wasmtime", ["run", "--dir=/::/", "--env", f"PATH={harness.PATH}"]),
    ("iwasm", ["--dir=/", f"--env=PATH={harness.PATH}"]),
])
def test_other_programs(rt, bundle, tools, name, expected):
    result = rt.run(with_module(bundle, config("/hello.wasm", **WASM)), env=tools(name))
    assert said(result, "arg") == [f"{HERE}/{name}", *expected, "/hello.wasm"], result


def test_which_is_preferred(rt, bundle, tools):
    result = rt.run(with_module(bundle, config(**WASM)), env=tools("iwasm", "wasmedge", "wasmtime"))
    assert said(result, "arg")[0] == f"{HERE}/wasmedge"


def test_create_and_start(rt, bundle, tools):
    result, ident, out, err = rt.create_raw(with_module(bundle, config(**WASM)), env=tools("wasmedge"))
    assert result.code == 0, result
    container = harness.Container(rt, ident, out, err)
    finished = container.finish()
    assert finished.code == 7 and "/hello.wasm" in said(finished, "arg")


def test_variant(rt, bundle, tools):
    env = tools("wasmedge")
    assert rt.run(with_module(bundle, config(module_wasm_image__variant="compat")), env=env).code == 7
    assert rt.run(with_module(bundle, config(module_wasm_image__variant="compat-smart")), env=env).code == 7
    # Nothing that the program has to do with.
    made = bundle(config("/bin/probe", "exit", "3", module_wasm_image__variant="compat-smart"))
    assert rt.run(made, env={"PATH": "/nowhere"}).code == 3


def test_sandbox(rt, bundle):
    made = config("/bin/probe", "exit", "3", **WASM)
    made["annotations"]["io.kubernetes.cri.container-type"] = "sandbox"
    assert rt.run(bundle(made), env={"PATH": "/nowhere"}).code == 3


def test_by_the_name_of_the_runtime(rt, bundle, tools, work):
    link = work / "tare-wasm"
    link.symlink_to(harness.TARE)
    made = with_module(bundle, config())
    launch = [*harness.LAUNCH[:-1], str(link)]
    result = rt.call_raw([*launch, "--root", str(rt.root), "run", "--bundle", str(made.path), rt.new_id()], env=tools("wasmedge"))
    assert (result.code, said(result, "arg")[0]) == (7, f"{HERE}/wasmedge"), result


def test_user_namespace(rt, bundle, tools):
    made = add_namespace(add_namespace(config(**WASM), "user"), "network")
    made["linux"]["uidMappings"] = made["linux"]["gidMappings"] = [{"containerID": 0, "hostID": 100000, "size": 65536}]
    assert rt.run(with_module(bundle, made), env=tools("wasmedge", kind="dynamic")).code == 7


def test_ordinary_user(user):
    for file, why in (("/proc/sys/kernel/unprivileged_userns_clone", "0"), ("/proc/sys/user/max_user_namespaces", "0")):
        if os.path.exists(file) and open(file).read().strip() == why:
            pytest.skip(f"needs user namespaces for ordinary users: {file} is {why}")
    made = user.bundle(add_namespace(config(**WASM), "network"))
    (made.rootfs / "hello.wasm").write_bytes(MODULE)
    tools = made.path / "tools"
    tools.mkdir()
    shutil.copy2(RUNNERS["dynamic"], tools / "wasmedge")
    result = user.run(made, env={"PATH": f"{tools}:{harness.PATH}"})
    assert result.code == 7, result


def test_features(rt, tools):
    """Whether it can be done follows from what the host has."""
    for env, expected in (({"PATH": "/nowhere"}, "false"), (tools("iwasm"), "true")):
        document = json.loads(rt.ok("features", env=env).out)
        assert document["annotations"]["run.oci.crun.wasm"] == expected


def test_exec_executes_programs(rt, bundle, tools):
    """It is not the payload's handler's business."""
    made = with_module(bundle, config(**WASM))
    result, ident, out, err = rt.create_raw(made, env=tools("wasmedge"))
    assert result.code == 0, result
    container = harness.Container(rt, ident, out, err)
    assert rt.call("exec", container.id, *harness.probe("exit 3")).code == 3


def test_refused(rt, bundle, tools):
    made = with_module(bundle, config(**WASM))
    rt.create_fails(made, env={"PATH": "/nowhere"}, has=(
        "config.json:", "the handler \"wasm\" needs a program on the host that runs WebAssembly", "wasmedge, wasmtime, iwasm"))
    rt.create_fails(bundle(config(run_oci_handler="krun")), env=tools("wasmedge"),
                    has=("config.json:", "\"krun\" is no handler of this version"))
    script = bundle(config(**WASM))
    tools("iwasm")
    path = tools("wasmtime")["PATH"]
    (harness.pathlib.Path(path) / "wasmedge").unlink()
    (harness.pathlib.Path(path) / "wasmtime").write_text("#!/bin/sh\n")
    rt.create_fails(script, env={"PATH": path}, has="is no program for this machine")
    without = config(**WASM)
    without["linux"]["namespaces"] = [n for n in without["linux"]["namespaces"] if n["type"] != "mount"]
    rt.create_fails(bundle(without), env=tools("wasmedge"), has="without a new mount namespace")


def test_module_is_missing(rt, bundle, tools):
    """In the words that managers know of a program that is missing, at create."""
    rt.create_fails(bundle(config("/none.wasm", **WASM)), env=tools("wasmedge"),
                    has="exec: \"/none.wasm\": no such file or directory")
    made = with_module(bundle, config(**WASM))
    made.config["process"]["user"] = {"uid": 1000, "gid": 1000}
    made.write()
    (made.rootfs / "hello.wasm").chmod(0o600)
    rt.create_fails(made, env=tools("wasmedge"), has="exec: \"/hello.wasm\": permission denied")


def test_without_the_annotation(rt, bundle):
    """The kernel cannot execute it, and the message says what is missing."""
    made = with_module(bundle, config())
    (made.rootfs / "hello.wasm").chmod(0o755)
    rt.run_fails(made, has=("it is WebAssembly", "run.oci.handler"))


def test_hostile_image(rt, bundle, tools, canary):
    """The directory of the program is not made where a link of the image leads (V10)."""
    made = config(**WASM)
    made["mounts"] = [m for m in made["mounts"] if not m["destination"].startswith("/dev")]
    found = with_module(bundle, made)
    (found.rootfs / "dev").rmdir()
    (found.rootfs / "dev").symlink_to(canary)
    result = rt.run(found, env=tools("wasmedge"))
    assert result.code in (1, 7), result


def test_a_real_program(rt, bundle):
    """What stands in PATH of this machine, if anything, runs a module that ends with 42."""
    if not any(shutil.which(name) for name in ("wasmedge", "wasmtime", "iwasm")):
        pytest.skip("needs wasmedge, wasmtime or iwasm: no program here runs WebAssembly")
    result = rt.run(with_module(bundle, config("/hello.wasm", **WASM)), env={"PATH": os.environ["PATH"]})
    assert (result.code, result.err) == (42, ""), result
