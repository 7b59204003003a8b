/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Answers: under default block a datagram passes, unless a rule blocks it, when the same socket has just received one
 * from that address and port. ingress.bpf.h remembers the senders. A connect(2) is never an answer: what follows it is
 * not judged, and goes on for as long as the socket lives. Only lsmctl.bpf.c includes this.
 */
#ifndef LSMCTL_ANSWER_H
#define LSMCTL_ANSWER_H

struct senders_map {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1); /* a command makes the one in use, of SENDERS */
	__uint(key_size, sizeof(struct sender));
	__uint(value_size, sizeof(__u64));
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct senders_map);
} senders SEC(".maps");

static __always_inline bool wants_answers(__u32 generation)
{
	const struct settings *settings = &shared.config.settings[generation & 1];

	return settings->default_verdict == VERDICT_BLOCK && !settings->no_answers;
}

/*
 * True when only the default refuses a datagram: a rule, tables that cannot be followed, and an address that can stand
 * for more than one destination leave nothing to answer.
 */
static __always_inline bool is_refused_by_default(const struct decision *d)
{
	return action_by(d->action) == BY_DEFAULT && action_verdict(d->action) == VERDICT_BLOCK && d->judged == 1 &&
	       call_proto(d->call) == IPPROTO_UDP && !call_raw(d->call) && wants_answers(call_generation(d->call));
}

/* True when the socket with this cookie has just received a datagram from there. No cookie: it has received none. */
__noinline int has_heard_of(__u64 ip_high, __u64 ip_low, __u64 cookie, __u32 port)
{
	const struct sender key = {.ip = {.d = {ip_high, ip_low}}, .socket = cookie, .port = port};
	const __u32 slot = 0;
	const __u64 *received;
	void *map;

	if (!cookie)
		return false;
	map = bpf_map_lookup_elem(&senders, &slot);
	received = map ? bpf_map_lookup_elem(map, &key) : NULL;
	return received && sender_is_recent(*received, bpf_ktime_get_boot_ns());
}

static __always_inline bool is_answer(const struct decision *d, __u64 cookie)
{
	return is_refused_by_default(d) && has_heard_of(d->ip.d[0], d->ip.d[1], cookie, call_port(d->call));
}

#endif
