# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # lib.bash has the addresses
# What the kernel asks for by itself is not judged, whoever is current then; what a process asks of the kernel's sockets is.

# A server of the kernel's, and what mounts it: rpc in the kernel, from the socket's making to the last byte.
_serve()
{
	{ has_module nfsd && has_module nfsv4; } || skip 'there is no NFS'
	mkdir -p /srv/nfs /mnt/nfs
	mount -t tmpfs none /srv/nfs
	echo hello >/srv/nfs/file
	mount -t nfsd none /proc/fs/nfsd
	mkfifo "$scratch/nfs"
	python3 "$here/nfs.py" /srv/nfs >"$scratch/nfs" 2>&1 &
	server=$!
	read -r -t 60 output <"$scratch/nfs" || fail 'the server does not start'
	same "$output" ready
}

_end_server()
{
	echo 0 >/proc/fs/nfsd/threads
	kill "$server"
	umount /proc/fs/nfsd /srv/nfs
	rmdir /srv/nfs /mnt/nfs
}

_mount()
{
	mount -i -t nfs4 -o "addr=$1,clientaddr=127.0.0.1,vers=4.2,soft,timeo=100" "$1:/" /mnt/nfs
}

nfs_is_mounted_and_used_whatever_the_rules_are()
{
	local server
	_serve
	load --default block --backstop
	expect 0 lsmctl -q flush
	expect 0 lsmctl -q set strict on
	expect 0 lsmctl block any
	refused tcp "$blocked"
	expect 0 _mount "$blocked"
	expect 0 cat /mnt/nfs/file
	same "$output" hello
	expect 0 as_kim cat /mnt/nfs/file
	# What is cached is not asked for: from the server's side too.
	echo more >/srv/nfs/more
	expect 0 cat /mnt/nfs/more
	same "$output" more
	refused tcp "$blocked"
	# Nor is its connection closed.
	expect 0 lsmctl cut
	says '0 connections cut'
	expect 0 lsmctl connections refused proto tcp port 2049
	says "$blocked:2049"
	expect 0 umount /mnt/nfs
	expect 0 lsmctl unload
	_end_server
}
