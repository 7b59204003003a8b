# the second address of sctp_connectx
# world: rules/user
s/(\t\tif \(ret\)\n\t\t\treturn ret;)(\n\t\tat \+=)/\1\n\t\treturn 0;\2/
