# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# liburing's tests: a program each, which exits with 0 or, where the kernel cannot do it, with 77. In the virtual machine.
# The arguments are programs.

# They call no network, and each takes minutes in an emulated machine.
readonly left_out=' 35fa71a030ca.t 500f9fbadef8.t a4c0b3decb33.t cq-overflow.t defer.t file-register.t file-verify.t io-cancel.t
	io_uring_register.t multicqes_drain.t poll-many.t poll-mshot-update.t pollfree.t read-before-exit.t read-write.t
	sq-poll-share.t submit-reuse.t timeout-new.t '

if [ $# -eq 0 ]; then
	for program in /others/liburing/*.t; do
		[[ $left_out =~ [[:space:]]${program##*/}[[:space:]] ]] || set -- "$@" "${program##*/}"
	done
fi
for program in "$@"; do
	status=0 started=$SECONDS
	mkdir -p "$program.d"
	(cd "$program.d" && timeout -k 5 60 "/others/liburing/$program") >log 2>&1 || status=$?
	rm -rf "$program.d"
	echo "##### $program: status $status, $((SECONDS - started)) s" >&2
	cat log >&2
	case $status in
	0) outcome=passed ;;
	77) outcome=skipped ;;
	*) outcome="failed status $status" ;;
	esac
	printf '%s\t%s\n' "$program" "$outcome"
done
