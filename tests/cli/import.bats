#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # for the shells that run it
# import: lists as they are published and kept. None of these tests but the last few needs root, and none a kernel.

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"
# shellcheck source=tests/cli/files.bash
source "$BATS_TEST_DIRNAME/files.bash"

setup()
{
	: "${LSMCTL:?is not set: run make test-cli}"
	export LSMCTL_PIN_DIR=$BATS_TEST_TMPDIR/nothing-is-here
	out=$BATS_TEST_TMPDIR/out err=$BATS_TEST_TMPDIR/err
	mkdir "$BATS_TEST_TMPDIR/lists"
	cd "$BATS_TEST_TMPDIR/lists" || return
}

# imports LINES ARG...: it succeeds, and prints just these lines (words); what it counted is in $err.
imports()
{
	local wanted=$1

	shift
	try import "$@"
	[[ $status -eq 0 ]] || fail "$tried: exit status $status"
	[[ $(<"$out") == "${wanted// /$'\n'}" ]] || fail "$tried: not $wanted"
	[[ $(tail -n 1 "$err") == 'lsmctl: read '*', left out '*', printed '* ]] || fail "$tried: no counts"
}

# nothing STATUS PART ARG...: nothing on standard output, and PART in what is told.
nothing()
{
	local wanted=$1 part=$2

	shift 2
	try import "$@"
	[[ $status -eq $wanted ]] || fail "$tried: exit status $status, not $wanted"
	[[ ! -s $out ]] || fail "$tried: something on standard output"
	[[ $(<"$err") == *"$part"* ]] || fail "$tried: does not say '$part'"
}

@test "public lists as they are" {
	# Spamhaus DROP, as text and as JSON.
	write drop '; Spamhaus DROP List 2026/11/23 - (c) 2026 The Spamhaus Project SLU' '; Last-Modified: ...' \
		'1.10.16.0/20 ; SBL256894' '1.19.0.0/16 ; SBL434604'
	imports '1.10.16.0/20 1.19.0.0/16' drop
	write drop.json '{"cidr":"1.10.16.0/20","sblid":"SBL256894","rir":"apnic"}' '{"cidr":"1.19.0.0/16","sblid":"SBL434604","rir":"apnic"}' \
		'{"type":"metadata","timestamp":1732300000,"size":2,"records":2}'
	imports '1.10.16.0/20 1.19.0.0/16' --column /cidr drop.json
	grep -qx 'lsmctl: read 3, left out 1 (without what --column names: 1), printed 2' "$err" || fail 'the metadata'
	# FireHOL, as a netset.
	write firehol '#' '# firehol_level1' '#' '# ipv4 hash:net ipset' '#' '1.10.16.0/20' '224.0.0.0/3'
	imports '1.10.16.0/20 224.0.0.0/3' firehol
	# ipsum, with a number behind a tab; AbuseIPDB and the like, with text.
	printf '# IP addresses\n#\n77.90.185.20\t11\n2.57.122.53\t9\n' >ipsum
	imports '77.90.185.20 2.57.122.53' ipsum
	# DShield's block list.
	printf '# DShield\nStart\tEnd\tNetmask\tAttacks\tName\n45.148.10.0\t45.148.10.255\t24\t4000\tX\n' >dshield
	nothing 1 "dshield:3: two columns of addresses: say '--format range'" dshield
	imports 45.148.10.0/24 --format range dshield
	# AWS, Google and Cloudflare.
	cat >aws <<-'END'
		{
		  "syncToken": "1732300000",
		  "createDate": "2026-11-23-00-00-00",
		  "prefixes": [
		    {
		      "ip_prefix": "3.5.140.0/22",
		      "region": "ap-northeast-2"
		    },
		    {
		      "ip_prefix": "13.34.37.64/27",
		      "region": "eu-west-1"
		    }
		  ],
		  "ipv6_prefixes": [
		    {
		      "ipv6_prefix": "2600:1ff2:4000::/40"
		    }
		  ]
		}
	END
	nothing 1 'aws is JSON: say where the addresses are, with --column /prefixes/ip_prefix --column /ipv6_prefixes/ipv6_prefix' aws
	imports '3.5.140.0/22 13.34.37.64/27 2600:1ff2:4000::/40' --column /prefixes/ip_prefix --column /ipv6_prefixes/ipv6_prefix aws
	write google '{"prefixes": [{"ipv4Prefix": "34.1.208.0/20"}, {"ipv6Prefix": "2600:1900:8000::/44"}]}'
	imports '34.1.208.0/20 2600:1900:8000::/44' --column /prefixes/ipv4Prefix --column /prefixes/ipv6Prefix google
	write cloudflare '{"result":{"ipv4_cidrs":["173.245.48.0/20"],"ipv6_cidrs":["2400:cb00::/32"]},"success":true}'
	imports '173.245.48.0/20 2400:cb00::/32' --column /result/ipv4_cidrs --column /result/ipv6_cidrs cloudflare
	# abuse.ch's CSV, with its heading in a comment or not; GeoIP's.
	write feodo '####' '# abuse.ch Feodo Tracker Botnet C2 IP Blocklist (CSV) #' '#' '"first_seen_utc","dst_ip","dst_port","malware"' \
		'"2021-01-17 07:44:46","51.178.161.32","4643","Dridex"' '# END 1 entries'
	imports 51.178.161.32 feodo
	imports 51.178.161.32 --format csv --column dst_ip feodo
	write sslbl '# Firstseen,DstIP,DstPort' '2021-01-17 07:44:46,51.178.161.32,4643'
	imports 51.178.161.32 --format csv --column DstIP sslbl
	write geo 'network,geoname_id' '1.0.0.0/24,2077456' '2001:db8::/32,2077456'
	imports '1.0.0.0/24 2001:db8::/32' geo
	write dbip '1.0.0.0,1.0.0.255,AU' '"2001:db8::","2001:db8::ffff","CN"'
	nothing 1 'dbip:1: two columns of addresses' dbip
	imports '1.0.0.0/24 2001:db8::/112' --format range dbip
	# Netmasks, as routers have them.
	write routes '10.0.0.0 255.0.0.0' '172.16.0.0	255.240.0.0'
	nothing 1 'routes:1: two columns of addresses' routes
	imports '10.0.0.0/8 172.16.0.0/12' --format netmask routes
	# An ipset.
	write saved 'create drop hash:net family inet hashsize 1024 maxelem 65536 timeout 0 comment bucketsize 12 initval 0x1' \
		'add drop 192.0.2.0/24 timeout 3600 comment "a b"' 'add drop 198.51.100.7 timeout 0'
	try import saved
	[[ $(<"$out") == $'192.0.2.0/24 timeout 1h\n198.51.100.7' ]] || fail "$tried: $status"
}

@test "merged as the ipaddress module of Python does it" {
	"$PYTHON" - >list <<-'END'
		import ipaddress, random
		random.seed(7)
		for n in range(60000):
		    a = random.getrandbits(16)
		    print(ipaddress.ip_network((0xC6120000 + a, random.choice((24, 28, 30, 31, 32, 32))), strict=False) if n % 3 else
		          ipaddress.ip_network(((0x20010DB8 << 96) + a, random.choice((112, 120, 126, 127, 128))), strict=False))
	END
	try import --merge list
	[[ $status -eq 0 ]] || fail "$status"
	"$PYTHON" - list "$out" <<-'END' || fail 'not the same, or not the fewest'
		import ipaddress, sys
		read = lambda path: [ipaddress.ip_network(line.strip()) for line in open(path)]
		nets = read(sys.argv[1])
		wanted = [n for v in (4, 6) for n in ipaddress.collapse_addresses(n for n in nets if n.version == v)]
		assert wanted == read(sys.argv[2])
		assert len(wanted) < len(nets)
	END
	# And without, each as it came.
	try import list
	sed 's|/32$||; s|/128$||' list | cmp - "$out" || fail 'not the same'
}

@test "marks, carriage returns, and what cannot be seen" {
	printf '\xef\xbb\xbf# x\r\n192.0.2.1\r\n\r\n192.0.2.2 \r\n' >dos
	imports '192.0.2.1 192.0.2.2' dos
	printf '\xef\xbb\xbfip,x\r\n"192.0.2.1",y\r\n' >dos.csv
	imports 192.0.2.1 --column ip dos.csv
	printf '192.0.2.1\xc2\xa0\n192.0.2.2\n' >web
	nothing 1 "web:1: an invisible character, near '192.0.2.1\\xc2\\xa0': a no-break space (U+00A0), so delete it" web
	printf '192.0.2.1\n\xe2\x80\x8b192.0.2.2\n' >web
	nothing 1 "web:2: an invisible character, near '\\xe2\\x80\\x8b192.0.2.2': a zero-width space (U+200B)" web
	# Copied from a web page, every line has one.
	printf '192.0.2.1\xc2\xa0\n192.0.2.2\xc2\xa0\n' >web
	nothing 1 "web:1: an invisible character, near '192.0.2.1\\xc2\\xa0': a no-break space (U+00A0), so delete it" web
	printf '192.0.2.1\n' | iconv -f ASCII -t UTF-16 >wide
	nothing 1 "wide is text in UTF-16: type 'iconv -f UTF-16 -t UTF-8 wide | lsmctl import'" wide
}

@test "what is no list of addresses is named" {
	write hosts '# my hosts' '127.0.0.1 localhost' '0.0.0.0 ads.example' '0.0.0.0 more.example'
	nothing 1 'hosts:2: a hosts file: it lists names, and rules are for addresses' hosts
	nothing 1 "hosts:2: a hosts file, near 'localhost'" --format columns hosts
	write names ads.example more.example
	nothing 1 'names:1: a list of names, and rules are for addresses' names
	echo 192.0.2.1 | gzip >list.gz
	nothing 1 "list.gz is compressed: type 'zcat list.gz | lsmctl import'" list.gz
	try_shell "\"\$LSMCTL\" import <list.gz"
	[[ $status -eq 1 && $(<"$err") == *"standard input is compressed: type 'zcat FILE | lsmctl import'"* ]] || fail "$status"
	write page '<!DOCTYPE html>' '<html>404</html>'
	nothing 1 'page:1: a page of HTML or XML' page
	nothing 2 'cannot open nosuch: No such file or directory' nosuch
	nothing 2 'Is a directory' .
	nothing 1 'nothing is left: 0 were read'
	: >empty
	nothing 1 'nothing is left: 0 were read' empty
	nothing 1 'nothing is left: 0 were read' --format csv empty
	write comments '# none today'
	nothing 1 'nothing is left' comments
}

@test "what lets an address through is no list of addresses" {
	new_rules
	done_well -q block 192.0.2.1
	done_well -q allow 192.0.2.2
	done_well -q save rules
	nothing 1 'rules:10: a line that lets an address through' rules
	imports '192.0.2.1 192.0.2.2' --column 2 <(grep -v ^set rules)
	write nft 'define bad = { 192.0.2.1, 192.0.2.2 }'
	nothing 1 'nft:1: two columns of addresses' nft
}

@test "bad entries end it, unless so few may be left out" {
	{ seq -f '192.0.2.%g' 1 199; echo evil.example; } >list
	nothing 1 "lsmctl: list:200: a name, near 'evil.example': rules are for addresses" list
	imports "$(seq -s ' ' -f '192.0.2.%g' 1 199)" --skip-bad list
	grep -qx "lsmctl: list:200: a name, near 'evil.example': rules are for addresses" "$err" || fail 'not told'
	grep -qx 'lsmctl: read 200, left out 1 (names: 1), printed 199' "$err" || fail 'not counted'
	echo 1.1.1.1/33 >>list
	echo 10.0.0.1/8 >>list
	nothing 1 'lsmctl: 3 of 202 are bad, and 1% may be: see --skip-bad' --skip-bad list
	nothing 1 '3 of 202 are bad, and 2 may be' --skip-bad=2 list
	try import --skip-bad=3 list
	[[ $status -eq 0 && $(wc -l <"$out") -eq 199 ]] || fail "$status"
	grep -qx 'lsmctl: read 202, left out 3 (no address: 1, names: 1, bits behind the prefix: 1), printed 199' "$err" ||
		fail 'not counted'
	try import --skip-bad=2% list
	[[ $status -eq 0 ]] || fail "$status"
	try import -q --skip-bad=2% list
	[[ $status -eq 0 && $(wc -l <"$err") -eq 3 ]] || fail 'what was left out is told, and nothing else'
	write bad x y
	nothing 1 'nothing is left: 2 were read' --format plain --skip-bad=100% bad
	for max in x -1 1.5 101% % 1%% 99999999999 ''; do
		nothing 1 'bad --skip-bad' "--skip-bad=$max" list
	done
	nothing 1 "near '5%': type '--skip-bad=5%'" --skip-bad 5% list
	# What comes behind broken JSON, or an open quote, could be anything.
	write cut '[{"ip":"192.0.2.1"},' '{"ip":"192'
	nothing 1 'cut:3: the JSON is cut off here' --skip-bad=100% --column /ip cut
	write open '192.0.2.1,x' '192.0.2.2,"y' '192.0.2.3,z'
	nothing 1 'open:2: a quote is left open' --skip-bad=100% --format csv open
}

@test "a list that turns out bad at its end does not begin either" {
	{ seq -f '192.0.%g.1' 0 255; echo bad; } >list
	nothing 1 'list:257: ' list
	try_shell '{ cat list; echo; } | "$LSMCTL" import | wc -c'
	[[ $(<"$out") == 0 ]] || fail 'something was printed'
	write good 192.0.2.1
	nothing 1 'list:257: ' good list
	# Nor is it left anywhere.
	mkdir tmp
	TMPDIR=$PWD/tmp nothing 1 'list:257: ' list
	TMPDIR=$PWD/tmp imports 192.0.2.1 good
	[[ -z $(ls -A tmp) ]] || fail 'something is left behind'
	TMPDIR=/nosuch imports 192.0.2.1 good
}

@test "several files, each of its own kind" {
	write one 192.0.2.1
	write two ip,port 192.0.2.2,80
	write three 'create a hash:ip' 'add a 192.0.2.3'
	imports '192.0.2.1 192.0.2.2 192.0.2.3' one two three
	try_shell 'echo 192.0.2.0 | "$LSMCTL" import --merge one - two three'
	[[ $(<"$out") == 192.0.2.0/30 ]] || fail "$tried"
}

@test "options that make no sense" {
	refused 1 "bad --format, near 'xml': plain, columns, csv, json, netmask, range or ipset" import --format xml
	refused 1 "--column, near '2': a plain list has none" import --format plain --column 2
	write list.csv ip,port 192.0.2.1,80
	refused 1 "list.csv:1: no such heading, near 'ipp': did you mean 'ip'?" import --column ipp list.csv
	refused 1 "bad --column, near '0'" import --format csv --column 0 list.csv
	refused 1 "too many --column, near '2': this format has 1" import --format csv --column 1 --column 2 list.csv
	refused 1 "bad --column, near 'ip': for JSON it is a pointer" import --format json --column ip list.csv
	printf 'import -\n' >commands
	try_shell '"$LSMCTL" batch - <commands'
	[[ $status -eq 1 && $(<"$err") == *"standard input is the batch, near '-': name a file"* ]] || fail "$tried"
}

@test "JSON" {
	write list 192.0.2.1 evil.example 192.0.2.0/24
	done_well -j import --skip-bad=1 list
	json "list(d) == ['schema', 'read', 'left_out', 'reasons', 'bad', 'printed', 'rules'] and d['read'] == 3 and
		d['left_out'] == 1 and d['reasons']['name'] == 1 and sum(d['reasons'].values()) == 1 and d['printed'] == 2 and
		d['bad'] == [\"list:2: a name, near 'evil.example': rules are for addresses\"] and
		d['rules'] == ['192.0.2.1', '192.0.2.0/24']"
	done_well -p import --skip-bad=1 list
	json "d['rules'] == ['192.0.2.1', '192.0.2.0/24']"
	[[ $(wc -l <"$out") -gt 10 ]] || fail 'not pretty'
	refused_json 1 bad_input -j import list
	refused_json 1 usage -j import --format xml
	refused_json 2 system -j import nosuch
}

@test "what is in a list reaches no terminal as it is" {
	for text in $'\e[2J\e]0;x\a' $'\x7f' $'\xff\xfe' $'\xc2\x9b2J' $'\u202eabc' $'two\rlines' $'\xed\xa0\x80'; do
		for format in plain columns csv json netmask range ipset; do
			printf '%s\n' "$text" >list
			try import --format "$format" list
			[[ $status -eq 1 && ! -s $out ]] || fail "$tried: $status"
			[[ $(LC_ALL=C tr -d '[:print:]\n' <"$err") == '' ]] || iconv -f UTF-8 -t UTF-8 "$err" >/dev/null || fail "$tried"
			! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]' "$err" || fail "$tried: control characters"
			printf '["%s"]\nadd %s %s\n"%s","%s"\n' "$text" "$text" "$text" "$text" "$text" >list
			try import --format "$format" --column "$text" list
			! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]' "$err" || fail "$tried: control characters"
		done
		printf '{"%s":"192.0.2.1"}\n' "${text//[[:cntrl:]]/}" >list
		try import list
		! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]' "$err" || fail "$tried: control characters"
		cp list "$text" 2>/dev/null || continue
		try import "$text"
		! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]' "$err" || fail "$tried: control characters"
	done
}

@test "a million lines need little memory" {
	"$PYTHON" -c 'for i in range(1000000): print(f"{1 + i % 200}.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}")' >many
	sed 's/.*/"x, y","&",80/' many >many.csv
	{ echo '{"a":['; sed 's/.*/{"ip":"&"},/' many; echo '{}]}'; } >many.json
	for words in many many.csv '--column /a/ip many.json'; do
		# shellcheck disable=SC2086 # words
		memory=$("$PYTHON" -c 'import os, subprocess, sys
done = subprocess.Popen(sys.argv[2:], stdout=open(sys.argv[1], "w"), stderr=subprocess.DEVNULL)
_, status, usage = os.wait4(done.pid, 0)
print(usage.ru_maxrss if not status else status)' got "$LSMCTL" import $words)
		cmp many got || fail "$words: not all are there"
		# What a sanitizer needs itself is many times that.
		[[ $memory -le 16384 ]] || grep -q __asan_init "$LSMCTL" || fail "$words: $memory KiB"
	done
}

@test "anyone can, without a kernel" {
	needs_root
	write list 192.0.2.1
	chmod 0755 . "$BATS_TEST_TMPDIR"
	try_as_nobody --pin-dir /proc/self/nothing import "$PWD/list"
	[[ $status -eq 0 && $(<"$out") == 192.0.2.1 ]] || fail "$status"
}

@test "restore reads what import prints" {
	new_rules
	write saved 'create a hash:net' 'add a 192.0.2.0/24 timeout 3600' 'add a 198.51.100.1' 'add a 2001:db8::1-2001:db8::4'
	try_shell '"$LSMCTL" -q import saved | "$LSMCTL" -q restore --set a -'
	[[ $status -eq 0 && ! -s $err ]] || fail "$tried"
	saved 'block 192.0.2.0/24 timeout 1h set a' 'block 198.51.100.1 set a' 'block 2001:db8::1 set a' \
		'block 2001:db8::2/127 set a' 'block 2001:db8::4 set a'
}

@test "restore names a list of another kind, and what reads it" {
	new_rules
	done_well -q block 1.1.1.1
	write list.csv seen,ip 2026,192.0.2.1 2026,192.0.2.2
	try restore --set feed list.csv
	[[ $status -eq 1 && $(tail -n 1 "$err") == \
		"lsmctl: list.csv: this is CSV: 'lsmctl import list.csv | lsmctl restore --set feed -' reads it" ]] || fail "$tried"
	write columns $'192.0.2.1\t7' $'192.0.2.2\t5'
	try restore --set feed columns
	[[ $status -eq 1 && $(tail -n 1 "$err") == *"this is a list in columns: 'lsmctl import columns |"* ]] || fail "$tried"
	write saved 'create a hash:ip' 'add a 192.0.2.1'
	try restore --set feed saved
	[[ $status -eq 1 && $(tail -n 1 "$err") == *"the output of 'ipset save': 'lsmctl import saved |"* ]] || fail "$tried"
	write hosts '127.0.0.1 localhost' '0.0.0.0 ads.example'
	try restore --set feed hosts
	[[ $status -eq 1 && $(tail -n 1 "$err") == *'this is a hosts file, and rules are for addresses'* ]] || fail "$tried"
	write list.json '["192.0.2.1"]'
	refused 1 "list.json: this is JSON: 'lsmctl import --column POINTER list.json | lsmctl restore --set feed -' reads it" \
		restore --set feed list.json
	echo 192.0.2.1 | gzip >list.gz
	refused 1 "list.gz: this is compressed: type 'zcat list.gz |' before the command, and '-' for the file" restore list.gz
	write ranges '"192.0.2.0","192.0.2.255"' '"198.51.100.0","198.51.100.255"'
	try restore --set feed ranges
	[[ $status -eq 1 && $(tail -n 1 "$err") == *"'lsmctl import --format range ranges |"* ]] || fail "$tried"
	# One that is meant as rules is not taken for another kind.
	write rules '192.0.2.1 prot tcp' '192.0.2.2 prot udp' 'blok 192.0.2.3'
	try restore rules
	[[ $status -eq 1 && $(wc -l <"$err") -eq 3 ]] || fail "$tried"
	write rules '192.0.2.1 port x' '192.0.2.2 port y'
	try restore rules
	[[ $status -eq 1 && $(wc -l <"$err") -eq 2 ]] || fail "$tried"
	saved 'block 1.1.1.1'
}

@test "restore: two columns of addresses, and ranges with blanks" {
	new_rules
	for line in '192.0.2.0 192.0.2.255' '"192.0.2.0","192.0.2.255"' 192.0.2.0,192.0.2.255 $'192.0.2.0\t255.255.255.0' \
		'192.0.2.0,192.0.2.255,AU' '2001:db8:: 2001:db8::9 x'; do
		write rules "$line"
		refused 1 'rules:1: two columns of addresses, near ' restore rules
	done
	write rules 'block 192.0.2.1,192.0.2.2' '192.0.2.4 - 192.0.2.7' 'allow 192.0.2.8 - 192.0.2.9 port 80' '192.0.2.10,192.0.2.11 port 80'
	done_well restore rules
	saved 'block 192.0.2.1' 'block 192.0.2.2' 'block 192.0.2.4/30' 'allow 192.0.2.8/31 port 80' 'block 192.0.2.10 port 80' \
		'block 192.0.2.11 port 80'
	printf '192.0.2.1\xc2\xa0port 80\n' >rules
	refused 1 "rules:1: an invisible character, near '192.0.2.1\\xc2\\xa0port': a no-break space (U+00A0), so delete it" \
		restore rules
}
