// SPDX-License-Identifier: GPL-2.0-only
/* The sockets that sequences begin with. */
#include "hunt.h"

/* Existing sockets. Later ones only when the policy refuses them or the sequence may have them. */
const struct start starts[] = {
	{"socket type=stream", 8, FOR_V4 | FOR_TCP, ALWAYS},
	{"socket family=inet6 type=stream", 8, FOR_V6 | FOR_TCP, ALWAYS},
	{"socket", 8, FOR_V4 | FOR_UDP, ALWAYS},
	{"socket family=inet6", 10, FOR_V6 | FOR_UDP, ALWAYS},
	{"socket proto=icmp", 4, FOR_V4 | FOR_RAW, ALWAYS},
	{"socket family=inet6 proto=icmpv6", 4, FOR_V6 | FOR_RAW, ALWAYS},
	{"socket proto=udplite", 2, FOR_V4 | FOR_UDP, ALWAYS},
	{"socket family=inet6 proto=udplite", 2, FOR_V6 | FOR_UDP, ALWAYS},
	{"socket type=stream proto=mptcp", 5, FOR_V4 | FOR_TCP, ALWAYS},
	{"socket family=inet6 type=stream proto=mptcp", 5, FOR_V6 | FOR_TCP, ALWAYS},
	{"socket family=smc type=stream", 8, FOR_V4 | FOR_SMC, ALWAYS},
	{"socket family=smc type=stream proto=icmp", 6, FOR_V6 | FOR_SMC, ALWAYS},
	{"socket type=stream proto=smc", 3, FOR_V4 | FOR_SMC, ALWAYS},
	{"socket family=inet6 type=stream proto=smc", 3, FOR_V6 | FOR_SMC, ALWAYS},
	{"socket type=stream proto=sctp", 3, FOR_V4 | FOR_SCTP, ALWAYS},
	{"socket family=inet6 type=stream proto=sctp", 2, FOR_V6 | FOR_SCTP, ALWAYS},
	{"socket type=seqpacket", 4, FOR_V4 | FOR_SCTP, ALWAYS},
	{"socket family=inet6 type=seqpacket", 4, FOR_V6 | FOR_SCTP, ALWAYS},
	{"socket proto=l2tp", 2, FOR_V4, ALWAYS},
	{"socket family=inet6 proto=l2tp", 2, FOR_V6, ALWAYS},
	{"socket type=dccp", 1, FOR_V4, ALWAYS},
	{"socket family=inet6 type=dccp", 1, FOR_V6, ALWAYS},
	{"socket family=rds type=seqpacket", 1, FOR_V4, IF_STRICT},
	{"socket family=rxrpc", 1, FOR_V4, IF_STRICT},
	{"socket family=tipc", 1, FOR_V4, IF_STRICT},
	{"socket type=raw proto=udp", 2, FOR_V4 | FOR_RAW, IF_RAW},
	{"socket type=raw proto=raw", 2, FOR_V4 | FOR_RAW, IF_RAW},
	{"socket family=inet6 type=raw proto=udp", 2, FOR_V6 | FOR_RAW, IF_RAW},
	{"socket family=inet6 type=raw proto=raw", 2, FOR_V6 | FOR_RAW, IF_RAW},
	{"socket family=packet type=dgram proto=ip", 2, FOR_V4 | FOR_RAW, IF_PACKET},
	{"socket type=packet proto=ip", 2, FOR_V4 | FOR_RAW, IF_PACKET},
};
const unsigned int starts_count = sizeof(starts) / sizeof(starts[0]);

bool may_start(int when, const struct limits *limits)
{
	switch (when) {
	case IF_STRICT:
		return limits->strict;
	case IF_RAW:
		return limits->owns && (limits->strict || limits->backstop);
	case IF_PACKET:
		return limits->owns && limits->strict;
	}
	return true;
}
