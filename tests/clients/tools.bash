# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # inside has them
# curl, git, pip and apt under default block with rules for five names. Sourced by inside.

way='rules for five names'
resolver 198.51.100.2
serve files python3 /clients/serve_files.py "$root/srv" "$root/tls.pem"
printf '%s\n' 'set default block' 'set resolvers 198.51.100.2' 'allow 198.51.100.2 port 53' 'allow www.example port 443' \
	'allow git.example port 443' 'allow pypi.example port 443' 'allow files.pypi.example port 443' \
	'allow deb.example port 80' >"$scratch/five"
expect 0 lsmctl restore "$scratch/five"
export SSL_CERT_FILE=$root/cert.pem GIT_SSL_CAINFO=$root/cert.pem PIP_CERT=$root/cert.pem CURL_CA_BUNDLE=$root/cert.pem
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 HOME=$scratch
export GIT_EXEC_PATH=$root/usr/lib/git-core GIT_TEMPLATE_DIR=
git=("${fetched[@]}" "$root/usr/bin/git")
cd "$scratch" || exit

# is_refused COMMAND...: it fails, since the kernel refuses it.
is_refused()
{
	local said
	said=$("$@" 2>&1) && return 1
	[[ $said == *'not permitted'* ]] || {
		echo "$said" >&2
		return 1
	}
}

apt_here()
{
	mkdir -p apt/lists/partial apt/archives/partial apt/etc /etc/apt/apt.conf.d
	: >apt/status
	echo "deb [trusted=yes] http://$1/deb ./" >apt/sources
	shift
	"${fetched[@]}" "$root/usr/bin/apt-get" -q -o Dir::Bin::Methods="$root/usr/lib/apt/methods" \
		-o Dir::Bin::dpkg="$root/usr/bin/dpkg" -o APT::Sandbox::User=root -o Dir::Etc="$PWD/apt/etc" \
		-o Dir::Etc::sourcelist="$PWD/apt/sources" -o Dir::State="$PWD/apt" \
		-o Dir::State::status="$PWD/apt/status" -o Dir::Cache="$PWD/apt" \
		-o Acquire::Languages=none -o APT::Update::Error-Mode=any "$@"
}

apt_fetches()
{
	apt_here deb.example update && apt_here deb.example download demo && [ -s demo_1.0_all.deb ]
} >&2

pip_fetches()
{
	PYTHONPATH=/clients/pip python3 -m pip -q download --index-url "https://$1/simple" demo
}

client curl curl -sS https://www.example/page
client 'curl, another name' is_refused curl -sSv https://other.example/page
client 'curl, another port' is_refused curl -sSv http://www.example/page
client git "${git[@]}" clone -q https://git.example/demo.git cloned
client 'git, another name' is_refused env GIT_CURL_VERBOSE=1 "${git[@]}" clone -q https://other.example/demo.git other
client pip pip_fetches pypi.example
client 'pip, another name' is_refused pip_fetches other.example
client apt apt_fetches
client 'apt, another name' is_refused apt_here other.example update
stop
