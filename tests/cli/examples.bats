#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2030,SC2031,SC2119
# SPDX-License-Identifier: GPL-2.0-only
# What the manual, the README and man/examples show can be typed. lsmctl-rules(5) has tests of its own, rules5.bats; on a
# real kernel the examples act: tests/kernel/23-examples.bash.

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"
# shellcheck source=tests/cli/files.bash
source "$BATS_TEST_DIRNAME/files.bash"

top=${BATS_TEST_DIRNAME%/tests/cli}
examples=$top/man/examples

# with_lsmctl: it is on the path, as in the examples.
with_lsmctl()
{
	mkdir -p "$BATS_TEST_TMPDIR/bin"
	ln -s "$LSMCTL" "$BATS_TEST_TMPDIR/bin/lsmctl"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
}

@test "each command of the manual and the README is one" {
	needs_root
	export LSMCTL_PIN_DIR=/sys/fs/bpf/lsmctl-nothing-is-here
	for file in "$top"/man/*.[0-9] "$top/README.md"; do
		# No name server is reachable.
		run unshare -n "$PYTHON" "$top/tests/cli/examples.py" "$LSMCTL" "$file"
		[[ $status -eq 0 && $output =~ ^[0-9]+$ ]] || fail "$output"
		[[ $output -ge 2 ]] || fail "$file: only $output commands"
	done
}

@test "a command that is none is found" {
	printf '    lsmctl block 1.1.1.1 prot tcp   # no\n`lsmctl lis`\n    lsmctl list | lsmctl --nosuch\n' >"$BATS_TEST_TMPDIR/bad.md"
	run "$PYTHON" "$top/tests/cli/examples.py" "$LSMCTL" "$BATS_TEST_TMPDIR/bad.md"
	[[ ${#lines[@]} -eq 4 && ${lines[3]} == 4 ]] || fail "$output"
}

@test "the examples with jq" {
	type -P jq >/dev/null || skip 'needs jq'
	new_rules_here
	with_lsmctl
	"$LSMCTL" -q block 1.1.1.1
	"$PINS" hit "$pins" 0 7
	write rules 1.1.1.1 1.1.1.2
	count=0
	# A line goes on behind a bar or an open quote. What never ends is ended.
	while IFS= read -r line; do
		try_shell "${line//watch block/version}"
		[[ ! -s $err && -s $out && $status -eq 0 ]] || fail "$line: $status"
		count=$((count + 1))
	done < <(sed -n '/^\.Sh EXAMPLES/,/^\.Sh FORMAT/p' "$top/man/lsmctl-json.5" | sed 's/\\e/\\/g' |
		sed -n '/^# /{:a; /[|>] *$/{N; s/\n */ /; ba}; s/^# //p}')
	[[ $count -ge 5 ]] || fail "only $count"
}

@test "a blocklist is pushed to many hosts" {
	new_rules_here
	with_lsmctl
	write list 192.0.2.1 198.51.100.0/24
	# As ssh does: a host, then a command.
	write there '#!/bin/sh' '[ "$1" != gone ] || exit 255' 'shift' 'exec "$@"'
	chmod +x there
	SSH=$PWD/there run "$examples/push" list one two
	[[ $status -eq 0 ]] || fail "$output"
	saved 'block 192.0.2.1 set feed' 'block 198.51.100.0/24 set feed'
	SSH=$PWD/there run "$examples/push" list one gone
	[[ $status -eq 1 && $output == *'gone has kept its old list'* ]] || fail "$output"
}

# play [OPTION...]: the playbook, on this host; what it says of how many tasks changed something in $changed.
play()
{
	run --separate-stderr ansible-playbook -i localhost, -c local -e ansible_become=false -e rules="$PWD/rules" \
		--skip-tags load "$@" "$examples/ansible.yml"
	[[ $status -eq 0 && $output =~ changed=([0-9]+) ]] || fail "$output ${stderr-}"
	changed=${BASH_REMATCH[1]}
}

@test "the playbook for Ansible" {
	type -P ansible-playbook >/dev/null || skip 'needs ansible-core'
	new_rules_here
	with_lsmctl
	write rules 'set mode audit' 'block 1.1.1.1'
	play --check
	[[ $changed -eq 0 ]] || fail "$output"
	saved
	play
	[[ $changed -eq 2 ]] || fail "$output"
	saved 'set mode audit' 'block 1.1.1.1'
	try -j status
	json "d['trial_left'] is None"
	play
	[[ $changed -eq 0 ]] || fail "$output"
}

@test "the DaemonSet for Kubernetes" {
	"$PYTHON" -c 'import yaml' 2>/dev/null || skip 'needs yaml for Python'
	new_rules_here
	"$PYTHON" - "$examples/kubernetes.yml" <<-'END' || fail 'not as Kubernetes wants it'
		import sys, yaml
		config, daemons = yaml.safe_load_all(open(sys.argv[1]))
		assert (config["apiVersion"], config["kind"]) == ("v1", "ConfigMap")
		assert (daemons["apiVersion"], daemons["kind"]) == ("apps/v1", "DaemonSet")
		spec = daemons["spec"]
		assert spec["selector"]["matchLabels"] == spec["template"]["metadata"]["labels"]
		pod = spec["template"]["spec"]
		[container] = pod["containers"]
		volumes = {volume["name"]: volume for volume in pod["volumes"]}
		assert {mount["name"] for mount in container["volumeMounts"]} == set(volumes)
		assert volumes["rules"]["configMap"]["name"] == config["metadata"]["name"]
		assert container["command"] == ["/bin/sh", "-c"]
		open("script", "w").write(container["args"][0])
		[rules] = config["data"]
		open(rules, "w").write(config["data"][rules])
	END
	sh -n script
	done_well restore rules
	[[ $("$LSMCTL" -t list | wc -l) -eq 3 ]] || fail 'not its rules'
	# Once round its loop, with the lsmctl of this test, which cannot load: it is as if it were loaded.
	mkdir bin
	write bin/lsmctl '#!/bin/sh' 'case $* in *load) exit 0 ;; esac' "exec $LSMCTL \"\$@\""
	chmod +x bin/lsmctl
	done_well -q flush
	sed -i "s|/etc/lsmctl/|$PWD/|; s/sleep 60/exit/" script
	PATH=$PWD/bin:$PATH try_shell '. ./script'
	[[ $status -eq 0 && ! -s $err && $("$LSMCTL" -t list | wc -l) -eq 3 ]] || fail "$status"
}

@test "the picture of the demonstration" {
	sed 's/^/\x1b[1m$ /' "$top/README.md" >"$BATS_TEST_TMPDIR/one"
	printf '\x1b[0m<&> Linux 6.1.0-56-cloud-amd64: 2026-11-23T21:41:28+00:00\n' >>"$BATS_TEST_TMPDIR/one"
	sed 's/6.1.0-56/6.1.0-99/; s/2026-11-23T21/2027-02-03T04/' "$BATS_TEST_TMPDIR/one" >"$BATS_TEST_TMPDIR/two"
	for name in one two; do
		"$PYTHON" "$top/tests/demo/svg" <"$BATS_TEST_TMPDIR/$name" >"$BATS_TEST_TMPDIR/$name.svg"
		"$PYTHON" -c 'import sys, xml.dom.minidom as x; x.parse(sys.argv[1])' "$BATS_TEST_TMPDIR/$name.svg"
	done
	cmp "$BATS_TEST_TMPDIR/one.svg" "$BATS_TEST_TMPDIR/two.svg"
	# The stored picture shows the current output of the demonstration.
	"$PYTHON" - "$top" <<-'END' || fail 'an old picture: run make demo-svg'
		import re, sys, html
		top = sys.argv[1]
		shown = "".join(html.unescape(t) for t in re.findall("<text[^>]*>([^<]*)", open(top + "/man/demo.svg").read()))
		said = re.findall(r'^say "(.*)"', open(top + "/tests/demo/run").read(), re.M)
		assert len(said) > 5 and all(line.split("$(")[0] in shown for line in said)
	END
}

# What is in fail2ban's braces, as fail2ban runs it for an address.
fail2ban_runs()
{
	local command
	command=$(sed -n "s/^$1 = //p" "$examples/fail2ban.conf")
	[[ -n $command ]] || fail "no $1"
	command=${command//<ip>/${2-}} command=${command//<set>/f2b-sshd}
	run sh -c "$command"
	[[ $status -eq 0 && -z $output ]] || fail "$1: $output"
}

@test "the action file for fail2ban" {
	new_rules_here
	with_lsmctl
	grep -qx 'set = f2b-<name>' "$examples/fail2ban.conf" || fail 'the set'
	fail2ban_runs actionban 192.0.2.1
	fail2ban_runs actionban 2001:db8::1
	# As it does with bans that it remembers.
	fail2ban_runs actionban 192.0.2.1
	saved 'block 192.0.2.1 set f2b-sshd comment "fail2ban"' 'block 2001:db8::1 set f2b-sshd comment "fail2ban"'
	fail2ban_runs actioncheck
	fail2ban_runs actionunban 192.0.2.1
	fail2ban_runs actionunban 192.0.2.1
	saved 'block 2001:db8::1 set f2b-sshd comment "fail2ban"'
	fail2ban_runs actionflush
	fail2ban_runs actionflush
	saved
}

@test "the script for CrowdSec's custom bouncer" {
	new_rules_here
	with_lsmctl
	run "$examples/crowdsec" add 192.0.2.1 3600 $'crowdsecurity/ssh-bf \x1b"$(x)' '{"id":1}'
	[[ $status -eq 0 && -z $output ]] || fail "$output"
	run "$examples/crowdsec" add 2001:db8::/32 0 '' '{}'
	[[ $status -eq 0 ]] || fail "$output"
	done_well save
	grep -qE '^block 192\.0\.2\.1 timeout (1h|59m5[0-9]s) set crowdsec comment '"'CrowdSec: crowdsecurity/ssh-bf "'"\$\(x\)'"'$" "$out" || fail 'not banned'
	grep -qE '^block 2001:db8::/32 set crowdsec comment ' "$out" || fail 'without a time'
	# Decisions about what has no address are not for it.
	run "$examples/crowdsec" add FR 3600 x '{}'
	[[ $status -eq 0 && -z $output ]] || fail "$output"
	run "$examples/crowdsec" del 192.0.2.1 3600 x '{}'
	[[ $status -eq 0 ]] || fail "$output"
	run "$examples/crowdsec" del 192.0.2.1 3600 x '{}'
	[[ $status -eq 0 ]] || fail "$output"
	[[ $("$LSMCTL" -t list | wc -l) -eq 1 ]] || fail 'not unbanned'
	run "$examples/crowdsec" nonsense 192.0.2.1
	[[ $status -eq 1 && $output == *"unknown action 'nonsense'"* ]] || fail "$output"
}
