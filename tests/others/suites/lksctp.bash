# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# lksctp-tools' func_tests: programs whose lines are "test_basic.c  3 PASS : what it did". In the virtual machine. The
# arguments are programs.
modprobe sctp || exit
if [ $# -eq 0 ]; then
	set -- /others/lksctp/test_*
	set -- "${@##*/}"
fi
for program in "$@"; do
	status=0 started=$SECONDS
	timeout -k 5 120 "/others/lksctp/$program" >log 2>&1 || status=$?
	echo "##### $program: status $status, $((SECONDS - started)) s" >&2
	cat log >&2
	# Each line of theirs is a test; what the program itself comes to is one more.
	awk -v program="$program" '
		$3 ~ /^(PASS|FAIL|BROK|RETR|CONF|INFO)$/ && $3 != "INFO" {
			outcome = $3 == "PASS" ? "passed" : $3 == "CONF" ? "skipped" : "failed"
			print program " " $2 "\t" outcome
		}' log
	[ "$status" -eq 0 ] && outcome=passed || outcome="failed status $status"
	printf '%s\t%s\n' "$program" "$outcome"
done
