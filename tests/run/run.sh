#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The end-to-end tests: with the machine's own cgroup tree, as if it were pure cgroup v2, and as on an older
# kernel, which lacks the newest system calls.
# Run by `make check`; by hand: tests/run/run.sh [pytest arguments], e.g. tests/run/run.sh -k hooks -x
#
# Environment: TARE the program under test, TARE_PROBE the payload (both default to the build tree, which
# is TARE_BUILD or the working directory), TARE_SANITIZE=1 for a sanitizer build, TARE_VIEWS which views
# ("host v2 older"), TARE_SLOW=N for a machine on which everything takes N times as long.
# Exit status 77 means that nothing could be run here, and says why.

set -u

here=$(cd "$(dirname "$0")" && pwd)
build=${TARE_BUILD:-$PWD}
[ -e "$build/tests/probe/probe" ] || build=$(cd "$here/../.." && pwd)
TARE_BUILD=$build
TARE=${TARE:-$build/tare}
TARE_PROBE=${TARE_PROBE:-$build/tests/probe/probe}
export TARE_BUILD TARE TARE_PROBE

cannot() {
	echo "# totals: run: 0 passed, 0 failed, 1 skipped"
	echo "SKIP: the end-to-end tests cannot run: $1"
	exit 77
}

python=
for candidate in /usr/bin/python3 python3; do
	if "$candidate" -c 'import sys, pytest; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
		python=$candidate
		break
	fi
done
[ -n "$python" ] || cannot "no python3 (3.9 or newer) with pytest"
[ "$(id -u)" = 0 ] || cannot "they need root"
unshare -m true 2>/dev/null || cannot "a new mount namespace may not be made here (unshare -m)"

work=$(mktemp -d "${TMPDIR:-/tmp}/tare-run.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 129' HUP INT TERM
# A payload that is an ordinary user walks through it.
chmod 755 "$work"

# In a mount namespace of its own, shared within itself: a mount that leaks out of a container is seen,
# and what others mount on this machine meanwhile is not.
host_view='mount --make-rshared / && exec "$@"'
v2_view='umount -R -l /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup && mount --make-rshared / && exec "$@"'

# What Linux 5.4 does not have; every one of them has a twin in src/sys or src/cgroup.
older_lacks=openat2,clone3,mount_setattr,close_range,pidfd_getfd,statmount,listmount,open_tree_attr

run_view() {
	name=$1
	script=$2
	shift 2
	echo "== view: $name"
	TARE_VIEW=$name PYTHONDONTWRITEBYTECODE=1 unshare -m --propagation private \
		sh -c "$script" -- "$python" -m pytest -p no:cacheprovider -q -rs --tb=short \
		--rootdir="$here" --basetemp="$work/$name" "$@" "$here"
}

status=0
# The twins for older kernels are in the unit tests of a sanitizer build, which is slow enough.
[ -n "${TARE_SANITIZE:-}" ] && views='host v2' || views='host v2 older'
for view in ${TARE_VIEWS:-$views}; do
	case $view in
	host) run_view host "$host_view" "$@" || status=1 ;;
	v2)   run_view v2 "$v2_view" "$@" || status=1 ;;
	older) TARE_WITHOUT=$older_lacks run_view older "$host_view" "$@" || status=1 ;;
	*)    echo "unknown view: $view" >&2; status=99 ;;
	esac
done
exit $status
