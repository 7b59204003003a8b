# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# socat's test.sh, whose lines are "test  12 NAME: what it does... OK", with colours. In the virtual machine. The arguments
# are names of tests.
modprobe -q sctp
cp -a /others/socat/. .
export TERM=dumb OPTS=
names=
[ $# -eq 0 ] || names=$(printf '%%%s%%' "$@")
timeout -k 10 "${LIMIT:-3000}" bash ./test.sh "$names" >log 2>&1
echo "test.sh ended with status $?" >&2
cat log >&2
sed -E 's/\x1b\[[0-9;]*m//g' log | awk '
	/^test +[0-9]+ [^ ]+: / {
		outcome = /OK *$/ ? "passed" : /FAILED|NO RESULT/ ? "failed" : "skipped"
		print $2 " " $3 "\t" outcome
	}'
