# shellcheck shell=bash
# liburing's tests: a program each, which exits with 0 or, where the kernel cannot do it, with 77. In the virtual machine.
# The arguments are programs.
if [ $# -eq 0 ]; then
	set -- /others/liburing/*.t
	set -- "${@##*/}"
fi
for program in "$@"; do
	status=0
	mkdir -p "$program.d"
	(cd "$program.d" && timeout -k 5 120 "/others/liburing/$program") >log 2>&1 || status=$?
	rm -rf "$program.d"
	echo "##### $program: status $status" >&2
	cat log >&2
	case $status in
	0) outcome=passed ;;
	77) outcome=skipped ;;
	*) outcome="failed status $status" ;;
	esac
	printf '%s\t%s\n' "$program" "$outcome"
done
