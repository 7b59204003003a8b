# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # lib.bash passes here and file
# What privately() in lib.bash runs in a mount namespace of its own.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$here/lib.bash"
# shellcheck source=/dev/null
. "$file"
"$@"
