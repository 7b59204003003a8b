#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Rules for units of systemd and for slices of users.

# shellcheck disable=SC2119 # a function's $1
# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"
# shellcheck source=tests/cli/files.bash
source "$BATS_TEST_DIRNAME/files.bash"

# As systemd writes a dash.
escaped='dev-x\x2dy.swap'

teardown()
{
	remove_cgroups
	[[ -z ${pins-} ]] || rm -rf "$pins"
}

@test "units and slices, as they are typed and as they are shown" {
	local i line

	new_rules_here
	prints '+ block 1.1.1.1 unit lsmctl-web.service' block 1.1.1.1 unit lsmctl-web
	prints '+ allow 1.1.1.1 unit lsmctl-web@*.service' allow 1.1.1.1 unit 'lsmctl-web@*'
	prints '+ block 1.1.1.1 unit "dev-x\\x2dy.swap"' block 1.1.1.1 unit "$escaped"
	prints '+ block 1.1.1.1 port 80 proto tcp unit io.service set s' block 1.1.1.1 unit io set s proto tcp port 80
	prints '+ block 1.1.1.1 cgroup /user.slice/user-0.slice' block 1.1.1.1 user-slice root
	refused 1 'exists already' block 1.1.1.1 unit lsmctl-web.service
	refused 1 'exists already' block 1.1.1.1 user-slice 0
	rules_are '1 block 1.1.1.1 unit lsmctl-web.service (0 now)' '2 allow 1.1.1.1 unit lsmctl-web@*.service (0 now)' \
		'3 block 1.1.1.1 unit "dev-x\\x2dy.swap" (0 now)' \
		'4 block 1.1.1.1 port 80 proto tcp unit io.service set s (0 now)' \
		"$("$LSMCTL" -t list cgroup /user.slice | awk -F '\t' '{ print $1, $2, $3, $6 }')"
	done_well -j list
	json "[r['subject'] for r in d['rules'][:4]] == [{'unit': 'lsmctl-web.service', 'now': 0}, {'unit': 'lsmctl-web@*.service', 'now': 0},
		{'unit': r'dev-x\x2dy.swap', 'now': 0}, {'unit': 'io.service', 'now': 0}] and
		d['rules'][4]['subject']['cgroup'] == '/user.slice/user-0.slice'"
	done_well -j list unit lsmctl-web
	json "[r['id'] for r in d['rules']] == [1]"
	done_well -j list user-slice root
	json "[r['id'] for r in d['rules']] == [5]"
	done_well -j list cgroup /
	json "len(d['rules']) == 5"
	done_well save one
	done_well flush
	done_well restore one
	done_well save two
	cmp one two || fail 'not the same'
	done_well flush
	done_well -q undo
	done_well save two
	cmp one two || fail 'not the same after undo'
	write rules '1.1.1.1 unit lsmctl-web'
	done_well restore --set other rules
	done_well -q del set other
	# A line that is shown can be pasted behind del, in a shell and in a batch.
	"$LSMCTL" save | grep -v ^set >lines
	for ((i = 1; i <= 5; i++)); do
		line=$(sed -n "${i}p" lines)
		eval "done_well -q del $line"
	done
	rules_are ''
	done_well restore one
	"$LSMCTL" -t list | sed 's/^/del /' >lines
	done_well -q batch lines
	rules_are ''
}

@test "what is no unit" {
	new_rules_here
	done_well -q block 2.2.2.2
	refused 1 "bad unit, near '../x': a unit's name has no '/': type it as systemctl shows it (web.service), or a path after 'cgroup'" \
		block 1.1.1.1 unit ../x
	refused 1 "bad unit, near 'a/b': a unit's name has no '/'" block 1.1.1.1 unit a/b
	refused 1 "bad unit, near '': type the name of a unit, such as web.service" block 1.1.1.1 unit ''
	refused 1 "bad unit, near '*-*': a name has one '*' at most, such as in 'web@*.service'" block 1.1.1.1 unit '*-*'
	refused 1 "a unit's name has at most 255 bytes" block 1.1.1.1 unit "$(printf 'x%.0s' {1..256})"
	refused 1 "a unit's name has at most 255 bytes" block 1.1.1.1 unit "$(printf 'x%.0s' {1..248})"
	refused 1 'as systemd-escape prints it' block 1.1.1.1 unit 'a b'
	refused 1 "bad unit, near 'web.timer': units of this kind have no processes: type the .service that it starts or waits for" \
		block 1.1.1.1 unit web.timer
	refused 1 "type '*' behind its '@', for all its instances" block 1.1.1.1 unit web@
	refused 1 "type 'cgroup /', or no subject" block -- 1.1.1.1 unit -.slice
	refused 1 "no such user, near 'nosuchuser': type a user's name or a uid" block 1.1.1.1 user-slice nosuchuser
	refused 1 "no such user, near '0-1'" block 1.1.1.1 user-slice 0-1
	refused 1 "a rule has one subject, near 'unit': use one of 'uid', 'gid', 'exe', 'cgroup', 'unit', 'container' and 'user-slice'" \
		block 1.1.1.1 uid 0 unit a
	refused 1 "did you mean 'unit'?" block 1.1.1.1 service web
	write rules 'block 3.3.3.3 unit web' 'block 3.3.3.3 unit a/b'
	refused 1 'rules:2: bad unit' restore rules
	rules_are '1 block 2.2.2.2'
}

@test "a unit's place" {
	local top=lsmctl-test-$$.slice

	new_rules_here
	new_cgroup "$top"
	new_cgroup "$top/lsmctl-in-$$.slice"
	new_cgroup "$top/lsmctl-in-$$.slice/lsmctl-web-$$.service"
	new_cgroup "$top/lsmctl-in-$$.slice/lsmctl-web-$$.service/below"
	new_cgroup "$top/no"
	new_cgroup "$top/no/lsmctl-web-$$.service"
	new_cgroup "$top/no/lsmctl-no-$$.service"
	done_well -q block 1.1.1.1 unit "lsmctl-web-$$"
	done_well -q audit 1.1.1.1 cgroup "/$top"
	rules_are "1 block 1.1.1.1 unit lsmctl-web-$$.service" "2 audit 1.1.1.1 cgroup /$top"
	try test 1.1.1.1 unit "lsmctl-web-$$.service"
	[[ $status -eq 1 ]] || fail 'not blocked'
	grep -qF "call: 1.1.1.1 proto tcp uid 0 gid 0 cgroup /$top/lsmctl-in-$$.slice/lsmctl-web-$$.service" "$out" || fail 'another call'
	grep -qF "why:  rules for unit lsmctl-web-$$.service come before rules for cgroup /$top, such as rule 2" "$out" ||
		fail 'another reason'
	try test 1.1.1.1 cgroup "/$top/lsmctl-in-$$.slice/lsmctl-web-$$.service/below"
	[[ $status -eq 1 ]] || fail 'not blocked below'
	done_well test 1.1.1.1 cgroup "/$top/no/lsmctl-web-$$.service"
	done_well test 1.1.1.1 unit "lsmctl-in-$$.slice"
	refused 2 "no such unit, near 'lsmctl-no-$$.service': it has no cgroup now" test 1.1.1.1 unit "lsmctl-no-$$"
	refused 2 'a call comes from one unit' test 1.1.1.1 unit "lsmctl-*"
	refused 2 'a call has one cgroup' test 1.1.1.1 unit "lsmctl-web-$$" cgroup /
	refused 2 "a call has one subject, near 'pid'" test 1.1.1.1 unit "lsmctl-web-$$" pid $$
	[[ $(offered block any unit lsmctl-) == *"lsmctl-web-$$.service"* ]] || fail 'not offered'
	[[ $(offered block any unit lsmctl-) != *"lsmctl-no-$$"* ]] || fail 'offers what is below no slice'
	[[ $(offered block any unit lsmctl-) == *"$top"* ]] || fail 'no slice'
	offered block any user-slice '' | grep -qx root || fail 'no users'
}

# in_a_host_with_containers COMMAND...: of both engines, without touching this one's files.
in_a_host_with_containers()
{
	# shellcheck disable=SC2016 # for that shell
	run -- unshare -m --propagation private bash -eu -c '
		mount -t tmpfs none /var/lib
		mkdir -p /var/lib/containers/storage/overlay-containers /var/lib/docker/containers/"$2"
		echo "[{\"id\":\"$1\",\"names\":[\"web\",\"both\"]},{\"id\":\"nonsense\",\"names\":[\"odd\"]}]" \
			>/var/lib/containers/storage/overlay-containers/containers.json
		echo "{\"ID\":\"$2\",\"Name\":\"/db\"}" >/var/lib/docker/containers/"$2"/config.v2.json
		shift 2
		exec "$@"' - "$podman" "$docker" "$LSMCTL" --pin-dir "$pins" "$@"
}

@test "containers, by their ids and by their names now" {
	local podman=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
	local docker=0123fedcba98765401230123456789abcdef0123456789abcdef0123456789ab

	unshare -m true 2>/dev/null || skip 'no mount namespaces here'
	new_rules_here
	prints "+ block 1.1.1.1 unit *-$podman.scope" block 1.1.1.1 container "$podman"
	refused 1 'exists already' block 1.1.1.1 container "$podman"
	done_well del 1.1.1.1 container "$podman"
	refused 1 "no such container, near 'web'" block 1.1.1.1 container web
	refused 1 "a rule has one subject, near 'container'" block 1.1.1.1 uid 0 container "$podman"
	for word in web both 01234 "$podman"; do
		in_a_host_with_containers -n block 1.1.1.1 container "$word"
		[[ $status -eq 0 && $output == *"$podman"* ]] || fail "$word: $output"
	done
	for word in db 0123f; do
		in_a_host_with_containers -n block 1.1.1.1 container "$word"
		[[ $status -eq 0 && $output == *"$docker"* ]] || fail "$word: $output"
	done
	for word in odd nonsense 012 ffff web/ ''; do
		in_a_host_with_containers -n block 1.1.1.1 container "$word"
		[[ $status -eq 1 && $output == *"no such container, near '$word'"* ]] || fail "$word: $output"
	done
	in_a_host_with_containers -n block 1.1.1.1 container 0123
	[[ $status -eq 1 && $output == *'several containers'* ]] || fail "$output"
}
