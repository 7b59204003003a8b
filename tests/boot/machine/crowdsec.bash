# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# CrowdSec, and its custom bouncer with the script of man/examples: decisions become rules, and go again.

decides()
{
	cscli --error decisions "$@"
}

# bans DESTINATION: a rule does, by CrowdSec, until some time.
bans()
{
	lsmctl save >saved.log
	grep -E "^block $1 timeout [0-9hms]+ set crowdsec comment \"CrowdSec: " saved.log || {
		cat saved.log
		return 1
	}
}

lapi_answers()
{
	cscli --error lapi status
}

is 'crowdsec starts' systemctl start crowdsec
is 'and answers' becomes lapi_answers
is 'and its bouncer' systemctl start crowdsec-custom-bouncer
is 'a decision' decides add --ip 198.51.100.76 --duration 1h --reason 'of the test'
is 'bans by the script' becomes bans 198.51.100.76
is 'and the kernel refuses' is_refused 198.51.100.76
is 'a decision on a network' decides add --range 198.51.100.80/29 --duration 1h --reason 'of the test'
is 'bans that as well' becomes bans 198.51.100.80/29
is 'which refuses' is_refused 198.51.100.86
is 'deleted' decides delete --ip 198.51.100.76
is 'its rule goes' becomes not bans 198.51.100.76
is 'and no other' bans 198.51.100.80/29
is 'so that the kernel refuses it no more' not is_refused 198.51.100.76
touch /etc/lsmctl/sets/crowdsec
is 'a reload of lsmctl' systemctl reload lsmctl
is 'keeps the ban, with a file for its set' bans 198.51.100.80/29
is 'a restart of the bouncer' systemctl restart crowdsec-custom-bouncer
is 'keeps it' bans 198.51.100.80/29
is 'nothing went wrong in its log' not grep -E 'level=(error|fatal)' /var/log/crowdsec-custom-bouncer.log
is 'a restart of crowdsec' systemctl restart crowdsec
is 'after which it answers' becomes lapi_answers
is 'keeps it too' bans 198.51.100.80/29
lsmctl -q del set crowdsec
is 'with the rules lost, a restart of the bouncer' systemctl restart crowdsec-custom-bouncer
is 'brings them back' becomes bans 198.51.100.80/29
is 'and what was deleted stays away' not bans 198.51.100.76
systemctl stop crowdsec-custom-bouncer crowdsec
lsmctl -q del set crowdsec
rm /etc/lsmctl/sets/crowdsec
