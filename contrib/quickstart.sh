#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# From a fresh machine to a running container, or to the test suite:
#
#   contrib/quickstart.sh build   install what is missing and build ./tare
#   contrib/quickstart.sh run     the same, then run an example container that says who and where it is
#   contrib/quickstart.sh test    the same, then every test, plain and under sanitizers
#   contrib/quickstart.sh ci      the same, and beside it those of the test machine (tests/vm)
#
# Works on Debian and Ubuntu, Fedora, Arch and Alpine; uses sudo where it is not root.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf 'quickstart: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# Packages by family: what building needs, what the tests need besides.
debian_build="autoconf automake build-essential busybox-static libcap-dev libseccomp-dev libsystemd-dev libyajl-dev musl-tools pkg-config"
debian_test="golang-github-opencontainers-specs-dev iproute2 jq libcmocka-dev procps python3 python3-pytest strace uidmap"
fedora_build="autoconf automake busybox gcc glibc-static libcap-devel libseccomp-devel make musl-gcc pkgconf systemd-devel yajl-devel"
fedora_test="iproute jq libcmocka-devel procps-ng python3 python3-pytest strace shadow-utils"
arch_build="autoconf automake base-devel busybox libcap libseccomp musl pkgconf systemd yajl"
arch_test="cmocka iproute2 jq procps-ng python python-pytest strace shadow"
# Alpine has no systemd: a build without its cgroup manager.
alpine_build="autoconf automake build-base busybox-static libcap-dev libseccomp-dev linux-headers pkgconf yajl-dev"
alpine_test="cmocka-dev coreutils iproute2 jq procps py3-pytest python3 strace util-linux shadow-uidmap"

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "installing packages needs root, and there is no sudo: run as root: $*"
	fi
}

# install_missing WANTED... with the distribution's own tool; asks nothing, does nothing when all is there.
install_missing() {
	local missing=() package

	if command -v apt-get >/dev/null; then
		for package in "$@"; do
			dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
		done
		[ ${#missing[@]} = 0 ] && return
		say "installing ${missing[*]}"
		as_root apt-get update -qq
		as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
	elif command -v dnf >/dev/null; then
		as_root dnf install -y -q "$@"
	elif command -v pacman >/dev/null; then
		as_root pacman -S --needed --noconfirm --quiet "$@"
	elif command -v apk >/dev/null; then
		as_root apk add --quiet "$@"
	else
		die "this distribution is not known here; the README says what building needs"
	fi
}

packages() {
	local kind=$1 family

	if command -v apt-get >/dev/null; then family=debian
	elif command -v dnf >/dev/null; then family=fedora
	elif command -v pacman >/dev/null; then family=arch
	else family=alpine
	fi
	eval "echo \$${family}_$kind"
}

# The tree was configured before what the unit tests need was installed.
lacks_tests() {
	pkg-config --exists cmocka && grep -q '^S\["HAVE_CMOCKA_TRUE"\]="#"' config.status
}

build() {
	# shellcheck disable=SC2046 # words are wanted
	install_missing $(packages build) "$@"
	[ -e configure ] || autoreconf -fi >/dev/null
	[ -e Makefile ] && ! lacks_tests || ./configure --quiet
	make -s -j"$(nproc)"
}

run_example() {
	local bundle busybox

	busybox=$(command -v busybox.static || command -v busybox) || die "no busybox found"
	bundle=$(mktemp -d)
	# shellcheck disable=SC2064 # the name is known now
	trap "rm -rf '$bundle'" EXIT
	mkdir -p "$bundle"/rootfs/{bin,etc,tmp}
	cp "$busybox" "$bundle/rootfs/bin/busybox"
	for applet in sh cat echo grep hostname id mount ps sed sort wc; do
		ln -s busybox "$bundle/rootfs/bin/$applet"
	done
	cat > "$bundle/rootfs/bin/hello" <<-'HELLO'
		#!/bin/sh
		echo "Hello from a container made by Tare."
		echo "I am pid $$ on host \"$(hostname)\", as $(id)."
		echo "I see $(mount | wc -l) mounts; / is $(mount | sed -n 's/ on \/ type / of type /p')."
		grep -E '^(CapEff|NoNewPrivs|Seccomp):' /proc/self/status
		echo "Processes here:"
		ps
	HELLO
	chmod 755 "$bundle/rootfs/bin/hello"
	./tare spec --bundle "$bundle"
	# No terminal, our own program; everything else as `tare spec` proposes it.
	sed -i -e 's/"terminal": true/"terminal": false/' \
		-e '/"args": \[/,/\]/c\    "args": [ "/bin/hello" ],' "$bundle/config.json"
	as_root ./tare run "$bundle"
}

# run_tests [SECONDS]: with the test machine's own, which may take so long, when it is given.
run_tests() {
	local status=0 machine=

	rm -rf tests/vm/ci.d
	if [ -n "${1:-}" ]; then
		# shellcheck disable=SC2046 # words are wanted
		make -s $(tests/vm/ci files)
		nice tests/vm/ci "$1" >tests/vm/ci.out 2>&1 &
		machine=$!
	fi
	make -s check || status=1
	# The sanitizers take longest: one view of the cgroup tree has to do, for an hour to be enough.
	TARE_VIEWS=${TARE_VIEWS:-host} make -s check-sanitize || status=1
	if [ -n "$machine" ]; then
		wait "$machine" || status=1
		cat tests/vm/ci.out
	fi
	tests/summary . || status=1
	exit $status
}

case ${1:-} in
build) build ;;
run)   build; run_example ;;
test)
	# shellcheck disable=SC2046 # words are wanted
	build $(packages test)
	run_tests
	;;
ci)
	# shellcheck disable=SC2046 # words are wanted
	build $(packages test)
	run_tests 2400
	;;
*)
	die "usage: contrib/quickstart.sh build | run | test | ci"
	;;
esac
