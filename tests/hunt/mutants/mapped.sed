# an IPv4 address written as IPv6
# world: rules/user
s/(static inline void|static __always_inline void) judge_v6\(([^)]*)\)\n\{/\1 judge_v6(\2)\n{\n\tif (ip_is_v4(addr)) {\n\t\tjudge_v4(d, LOOPBACK4);\n\t\treturn;\n\t}/
