// SPDX-License-Identifier: GPL-2.0-only
#include "flow.h"

const char *flow_kind_name(enum flow_kind kind)
{
	static const char *const names[FLOW_KINDS] = {
		[FLOW_TCP] = "tcp",	[FLOW_UDP] = "udp",   [FLOW_UDPLITE] = "udplite",
		[FLOW_MPTCP] = "mptcp", [FLOW_SCTP] = "sctp", [FLOW_RAW] = "raw",
	};

	return names[kind];
}

const char *flow_state_name(uint8_t state)
{
	static const char *const names[] = {
		[STATE_ESTABLISHED] = "ESTAB",	  [STATE_SYN_SENT] = "SYN-SENT",     [STATE_SYN_RECV] = "SYN-RECV",
		[STATE_FIN_WAIT1] = "FIN-WAIT-1", [STATE_FIN_WAIT2] = "FIN-WAIT-2",  [STATE_TIME_WAIT] = "TIME-WAIT",
		[STATE_CLOSE] = "UNCONN",	  [STATE_CLOSE_WAIT] = "CLOSE-WAIT", [STATE_LAST_ACK] = "LAST-ACK",
		[STATE_LISTEN] = "LISTEN",	  [STATE_CLOSING] = "CLOSING",
	};

	return state < sizeof(names) / sizeof(names[0]) && names[state] ? names[state] : "-";
}

bool flow_listens(const struct flow *flow)
{
	if (flow->kind == FLOW_UDP || flow->kind == FLOW_UDPLITE)
		return flow->state == STATE_CLOSE; /* it has a port and no peer */
	return flow->state == STATE_LISTEN;
}

bool flow_is_open(const struct flow *flow)
{
	if (flow->kind == FLOW_UDP || flow->kind == FLOW_UDPLITE || flow->kind == FLOW_RAW)
		return flow->state == STATE_ESTABLISHED;
	/* What no program has any more, and has sent its end, sends nothing. */
	return flow->state != STATE_LISTEN && flow->state != STATE_TIME_WAIT && flow->state != STATE_CLOSE &&
	       flow->state && !(flow->state == STATE_FIN_WAIT2 && !flow->inode);
}

bool flow_is_kernels(const struct flow *flow)
{
	return flow->inode && !flow->pid && !flow->uid;
}

enum flow_origin flow_origin_of(const struct flow *flow, bool listened, const uint16_t ports[2])
{
	/* A raw socket has no port, and is connected only by its program. */
	if (flow->state == STATE_SYN_SENT || flow->kind == FLOW_RAW)
		return FLOW_OPENED;
	if (flow->state == STATE_SYN_RECV || listened)
		return FLOW_ACCEPTED;
	return flow->local_port < ports[0] || flow->local_port > ports[1] ? FLOW_ODD_PORT : FLOW_OPENED;
}
