# more control messages than are looked at
# world: rules/user
s/(\t\tlen -= head\.len;\n\t\}\n\treturn )CMSG_ELSEWHERE \| CMSG_SOURCE;/\1effect;/
