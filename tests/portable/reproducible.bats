#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The same sources give the same bytes: the program, the BPF object, and $PACKAGE, the Debian package that was built where
# the sources are.

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/../cli/common.bash"

@test "another user, in another directory, at another time, builds the same bytes" {
	local here=${BATS_TEST_DIRNAME%/tests/portable} there=$BATS_TEST_TMPDIR/a/longer/name/than/before as=()

	mkdir -p "$there"
	(cd "$here" && cp -a Makefile README.md LICENSE .debian bpf cmd common man completions "$there/")
	# The package's date is that of the last commit, which the copy does not have.
	export SOURCE_DATE_EPOCH
	SOURCE_DATE_EPOCH=$(git -C "$here" log -1 --format=%ct 2>/dev/null || stat -c %Y "$here/Makefile")
	if [[ $EUID -eq 0 ]]; then
		chmod 0755 "$BATS_RUN_TMPDIR"
		chown -R nobody "$BATS_TEST_TMPDIR"
		as=(setpriv --reuid nobody --regid nogroup --clear-groups)
	fi
	(umask 027 && "${as[@]}" env -u MAKEFLAGS -u MAKELEVEL HOME=/nonexistent LC_ALL=C TZ=Asia/Tokyo \
		make -s -j2 -C "$there" all deb >"$out" 2>"$err") || fail 'it is not built there'
	cmp "$LSMCTL" "$there/lsmctl" || fail 'the programs differ'
	cmp "$here/.build/lsmctl.bpf.o" "$there/.build/lsmctl.bpf.o" || fail 'the BPF objects differ'
	cmp "$PACKAGE" "$there/.build/deb/${PACKAGE##*/}" || fail 'the packages differ'
}
