# sockets that the kernel made and a process has
# world: rules/user
s/if \(!is_tcp\(sock, sk\) && BPF_CORE_READ_BITFIELD\(sk, sk_kern_sock\)\)/if (BPF_CORE_READ_BITFIELD(sk, sk_kern_sock))/
