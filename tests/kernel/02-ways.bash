# shellcheck shell=bash disable=SC2154 # lib.bash has the addresses
# Every way in which a process can name a destination gets through before there is a rule, is refused after, with nothing
# arriving, and still gets through to a neighbour. ways.py has the ways.

# _attack FILE GROUP IPV4 IPV6: what became of each.
_attack()
{
	python3 "$here/attack.py" "${@:2}" >"$scratch/$1"
	[ -s "$scratch/$1" ] || fail "there are no such ways: ${*:2}"
}

# _told BEFORE AFTER NEIGHBOUR: a part for each way, from the three files.
_told()
{
	local name before after neighbour
	while IFS=$'\t' read -r name before <&3 && IFS=$'\t' read -r _ after <&4 && IFS=$'\t' read -r _ neighbour <&5; do
		if [[ $before == lacks:* ]]; then
			before=${before#lacks: }
			part "$name" skip "${before%$'\t'*}"
		elif [ "$before" != $'ok\tarrived' ]; then
			part "$name" fail "without a rule: $before"
		elif [ "$after" != $'EPERM\tsilent' ]; then
			part "$name" fail "when blocked: $after"
		elif [ "$neighbour" != $'ok\tarrived' ]; then
			part "$name" fail "to a neighbour: $neighbour"
		else
			part "$name" pass
		fi
	done 3<"$scratch/$1" 4<"$scratch/$2" 5<"$scratch/$3"
}

every_way_to_a_blocked_address_is_refused()
{
	modprobe -qa sctp smc l2tp_ip l2tp_ip6 || true
	_attack before dest "$blocked" "$blocked6"
	load
	expect 0 lsmctl block "$blocked,$blocked6"
	_attack after dest "$blocked" "$blocked6"
	_attack neighbour dest "$neighbour" "$neighbour6"
	_told before after neighbour
}

asking_for_no_address_is_asking_for_loopback()
{
	load
	expect 0 lsmctl block "$blocked,$blocked6"
	_attack before host "$neighbour" "$neighbour6"
	expect 0 lsmctl block loopback
	_attack after host "$neighbour" "$neighbour6"
	_told before after before
}

asking_for_no_address_is_asking_for_the_own_one()
{
	load
	_attack before own "$blocked" "$blocked6"
	expect 0 lsmctl block "$blocked,$blocked6"
	_attack after own "$blocked" "$blocked6"
	_attack neighbour own "$neighbour" "$neighbour6"
	_told before after neighbour
}

# What the kernel itself says of them, and nothing is connected by it.
too_short_an_address_is_invalid_and_reaches_nothing()
{
	local file name result
	_attack before short "$blocked" "$blocked6"
	load --default block
	_attack after short "$blocked" "$blocked6"
	for file in before after; do
		while IFS=$'\t' read -r name result; do
			[ "$result" = $'EINVAL\tsilent' ] || fail "$file: $name: $result"
		done <"$scratch/$file"
	done
	same "$(cut -f 1 "$scratch/before" | wc -l)" "$(grep -c EINVAL "$scratch/after")"
}
