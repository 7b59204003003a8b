# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Debian packages from the mirror that this machine's own apt sources name, through an apt configuration of its own: the
# machine's sources are only read, its package lists and database not even that. apt checks every byte against Debian's
# archive keys, as it does for any package. Sourced; the caller has die().

readonly keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The base addresses of Debian's archive and of its security archive, from the machine's own sources. The names of the
# suites tell Debian's own entries from other vendors'; the archive keys have the last word on that.
find_mirrors()
{
	local uri release component
	archive='' security=''
	# shellcheck disable=SC2016 # apt fills these in, not the shell
	while IFS='|' read -r uri release component; do
		[ "$component" = main ] || continue
		case $release in
		*-security | */updates)
			security=${security:-$uri}
			;;
		bullseye* | bookworm* | trixie* | forky* | *stable* | testing* | sid)
			# Others name their suites "stable" too: an address that says debian goes first.
			if [ -z "$archive" ] || [[ $uri == */debian/ && $archive != */debian/ ]]; then
				archive=$uri
			fi
			;;
		esac
	done < <(apt-get indextargets --no-release-info --format '$(REPO_URI)|$(RELEASE)|$(COMPONENT)' \
		'Created-By: Packages' 2>/dev/null || true)
	[ -n "$archive" ] || die "this machine's apt sources name no Debian archive to fetch from"
}

# apt_sources ARCH SUITE,...: lines of a sources.list, a suite each; find_mirrors has been called.
apt_sources()
{
	local suite base
	for suite in ${2//,/ }; do
		base=$archive
		if [[ $suite == *-security ]]; then
			base=$security
		fi
		if [ -n "$base" ]; then
			echo "deb [arch=$1 signed-by=$keyring] $base $suite main"
		fi
	done
}

# private_apt DIR ARCH SUITE,...: an apt configuration under DIR that knows these suites and nothing else. What the machine
# says about transport (proxies, timeouts) is kept; its hooks, preferences and package database are not.
private_apt()
{
	local dir=$1 arch=$2
	mkdir -p "$dir/empty" "$dir/state/lists/partial" "$dir/cache/archives/partial"
	: >"$dir/state/status"
	apt_sources "$arch" "$3" >"$dir/sources.list"
	{
		apt-config dump | grep '^Acquire::' || true
		cat <<-END
			Acquire::Languages "none";
			APT::Architecture "$arch";
			APT::Architectures { "$arch"; };
			APT::Sandbox::User "root";
			Dir::Etc::main "/dev/null";
			Dir::Etc::parts "$dir/empty";
			Dir::Etc::preferences "/dev/null";
			Dir::Etc::preferencesparts "$dir/empty";
			Dir::Etc::sourcelist "$dir/sources.list";
			Dir::Etc::sourceparts "$dir/empty";
			Dir::State "$dir/state";
			Dir::State::status "$dir/state/status";
			Dir::Cache "$dir/cache";
		END
	} >"$dir/apt.conf"
	export APT_CONFIG=$dir/apt.conf
}

# The first error line of apt, if any.
apt_said()
{
	sed -nE 's/^[EW]: (.*)/: \1/p' "$1" | head -n 1
}
