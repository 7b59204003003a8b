# connect of an SMC socket
# world: rules/user
s/(\tmark_held\(sk\);\n)(\td = begin\(HOOK_CONNECT)/\1\tif (sk->__sk_common.skc_family == AF_SMC)\n\t\treturn 0;\n\2/
