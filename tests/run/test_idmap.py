# SPDX-License-Identifier: GPL-2.0-or-later
"""Id-mapped mounts: mappings of the mount, of the option, of the container (MT-07, MT-08)."""

import os

import pytest

import harness
from harness import base_config, mount, mount_at


def maps(inside=0, outside=1000, size=10, gid_outside=None):
    return {"uidMappings": [{"containerID": inside, "hostID": outside, "size": size}],
            "gidMappings": [{"containerID": inside, "hostID": outside if gid_outside is None else gid_outside, "size": size}]}


def with_mounts(*entries, verbs=("info",), uid=None):
    config = base_config(*verbs)
    config["mounts"] += entries
    if uid is not None:
        config["process"]["user"] = {"uid": uid, "gid": uid}
    return config


@pytest.fixture(autouse=True)
def can_map():
    harness.need_tree_attributes()


@pytest.fixture
def source(work):
    """A tmpfs with a file of 3:4 and a mount below it, so that it does not matter what TMPDIR is on."""
    path = work / "source"
    path.mkdir()
    assert harness.libc.mount(b"mapped", str(path).encode(), b"tmpfs", 0, None) == 0
    (path / "file").write_text("of the host")
    os.chown(path / "file", 3, 4)
    (path / "sub").mkdir()
    assert harness.libc.mount(b"below", str(path / "sub").encode(), b"tmpfs", 0, None) == 0
    (path / "sub/file").write_text("below")
    os.chown(path / "sub/file", 3, 4)
    yield path
    harness.libc.umount2(str(path / "sub").encode(), 2)
    harness.libc.umount2(str(path).encode(), 2)


def owner(result, n=0):
    status = result.value("stat", n)
    return status["uid"], status["gid"]


@pytest.mark.parametrize("options", [[], ["idmap"], ["idmap", "ro"], ["ridmap", "idmap"]])
def test_mappings_of_the_mount(rt, bundle, source, options):
    entry = {**mount("/m", "bind", source, "bind", *options), **maps(0, 1000, 10, 2000)}
    result = rt.run_ok(bundle(with_mounts(entry, verbs=("info", "stat /m/file", "stat /m"))))
    assert owner(result) == (1003, 2004)
    assert owner(result, 1) == (1000, 2000)
    assert "idmapped" in mount_at(result.info, "/m")["options"]
    assert ("ro" in mount_at(result.info, "/m")["options"]) == ("ro" in options)
    assert (os.stat(source / "file").st_uid, os.stat(source / "file").st_gid) == (3, 4)


def test_mappings_written_in_the_option(rt, bundle, source):
    entry = mount("/m", "bind", source, "bind", "idmap=uids=0-0-3#3-1000-1;gids=0-500-10")
    assert owner(rt.run_ok(bundle(with_mounts(entry, verbs=("stat /m/file",))))) == (1000, 504)


def test_what_is_written_goes_the_other_way(rt, bundle, source):
    source.chmod(0o777)
    entry = {**mount("/m", "bind", source, "bind", "idmap"), **maps(0, 1000, 10)}
    result = rt.run_ok(bundle(with_mounts(entry, verbs=("write /m/new text", "stat /m/new"), uid=1005)))
    assert result.record("write")["error"] is None
    assert owner(result) == (1005, 1005)
    assert os.stat(source / "new").st_uid == 5


def test_ids_without_a_mapping(rt, bundle, source):
    entry = {**mount("/m", "bind", source, "bind", "idmap"), **maps(0, 1000, 2)}
    result = rt.run_ok(bundle(with_mounts(entry, verbs=("stat /m/file", "write /m/new"))))
    assert owner(result) == (65534, 65534)
    assert result.record("write")["error"] == "EOVERFLOW", "uid 0 of the payload is nobody on the file system"
    assert not (source / "new").exists()


@pytest.mark.parametrize("bind, idmap, below", [("rbind", "idmap", 3), ("rbind", "ridmap", 1003), ("rbind", None, 3)])
def test_recursion(rt, bundle, source, bind, idmap, below):
    """idmap is for the top mount, ridmap for all below it too."""
    options = [bind] + ([idmap] if idmap else [])
    entry = {**mount("/m", "bind", source, *options), **maps()}
    result = rt.run_ok(bundle(with_mounts(entry, verbs=("stat /m/file", "stat /m/sub/file"))))
    assert owner(result)[0] == 1003
    assert owner(result, 1)[0] == below


def test_file(rt, bundle, source):
    entry = {**mount("/etc/passwd", "bind", source / "file", "bind"), **maps()}
    assert owner(rt.run_ok(bundle(with_mounts(entry, verbs=("stat /etc/passwd",))))) == (1003, 1004)


def test_source_is_relative_to_the_bundle(rt, bundle):
    made = bundle(with_mounts({**mount("/m", "bind", "beside", "bind", "idmap"), **maps()}, verbs=("stat /m/file",)))
    (made.path / "beside").mkdir()
    assert harness.libc.mount(b"x", str(made.path / "beside").encode(), b"tmpfs", 0, None) == 0
    try:
        (made.path / "beside/file").touch()
        assert owner(rt.run_ok(made, cwd="/")) == (1000, 1000)
    finally:
        harness.libc.umount2(str(made.path / "beside").encode(), 2)


def test_new_file_system(rt, bundle):
    entry = {**mount("/m", "tmpfs", "tmpfs", "idmap", "mode=755"), **maps(0, 1000, 10, 2000)}
    result = rt.run_ok(bundle(with_mounts(entry, verbs=("info", "stat /m"))))
    assert owner(result) == (1000, 2000)
    assert "idmapped" in mount_at(result.info, "/m")["options"]


def test_several(rt, bundle, source):
    """Equal mappings and different ones, binds and new file systems, in one container that is created and started."""
    entries = [{**mount(f"/m{n}", "bind", source, "bind"), **maps(0, 1000 * (1 + n % 2))} for n in range(4)]
    entries.append({**mount("/m4", "tmpfs", "tmpfs"), **maps(0, 1000)})
    entries.append(mount("/m5", "bind", source, "bind"))
    made = bundle(with_mounts(*entries, verbs=[f"stat /m{n}" for n in range(6)]))
    result = rt.create(made).finish()
    assert [owner(result, n)[0] for n in range(6)] == [1000, 2000, 1000, 2000, 1000, 0]


def test_no_mapping_at_all(rt, bundle, source):
    for option in ("idmap", "ridmap"):
        rt.create_fails(bundle(with_mounts(mount("/m", "bind", source, "bind", option))),
                        has="neither the mount nor the container has them")


@pytest.mark.parametrize("key, other", [("uidMappings", "gidMappings"), ("gidMappings", "uidMappings")])
def test_only_one_list(rt, bundle, source, key, other):
    entry = {**mount("/m", "bind", source, "bind", "idmap"), key: maps()[key]}
    rt.create_fails(bundle(with_mounts(entry)), has=(key, f"without {other}"))


def test_file_system_that_cannot(rt, bundle):
    """No fall-back to a mount without the mapping: an error that names the file system."""
    entry = {**mount("/m", "bind", "/proc/self", "bind", "idmap"), **maps()}
    rt.create_fails(bundle(with_mounts(entry)), has=("file system proc", "cannot be id-mapped"))
    entry = {**mount("/m", "sysfs", "sysfs", "idmap"), **maps()}
    rt.create_fails(bundle(with_mounts(entry)), has=("file system sysfs", "cannot be id-mapped"))


def test_maps_that_the_kernel_refuses(rt, bundle, source):
    entry = mount("/m", "bind", source, "bind")
    entry.update(uidMappings=[{"containerID": 0, "hostID": 0, "size": 10}, {"containerID": 5, "hostID": 50, "size": 10}],
                 gidMappings=maps()["gidMappings"])
    rt.create_fails(bundle(with_mounts(entry)), has="overlaps")


@pytest.mark.parametrize("option", ["idmap", "ridmap"])
def test_mapping_of_the_container(rt, bundle, source, option):
    """Without a mapping of its own a mount takes that of the container's user namespace: ids look the same inside."""
    config = with_mounts(mount("/m", "bind", source, "rbind", option), verbs=("stat /m/file", "stat /m/sub/file"))
    config["linux"]["namespaces"] += [{"type": "user"}, {"type": "network"}]  # sysfs wants a network namespace of its own
    config["linux"].update(maps(0, 100000, 1000))
    made = bundle(config)
    os.chown(made.rootfs, 100000, 100000)
    result = rt.run(made)
    if result.code == 1 and "user namespaces are not supported" in result.err:
        pytest.skip("needs user namespaces: this version refuses them")
    assert result.code == 0, result
    assert owner(result) == (3, 4)
    assert owner(result, 1) == ((3, 4) if option == "ridmap" else (65534, 65534))
