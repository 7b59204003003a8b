# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What tests/vm boots, as cpio archives that the kernel unpacks over each other: the tools (the same for every kernel),
# the kernel's modules, and what one run brings. The first two are kept in the cache. Sourced by tests/vm.
#
# The programs are this machine's own, copied with the libraries that they need; or, for another architecture, those of
# packages that were unpacked somewhere. Nothing here needs root: the archives give every file to root, and the kernel
# makes the device nodes.
#
# The caller has set $here (this directory), $cache and $scratch (directories of its own), $arch, and $foreign (where those
# packages are, or empty), and has die() and progress().
# shellcheck disable=SC2154

# The machine needs each of these.
readonly tools='
	bash sh env
	arch b2sum base32 base64 basename cat chgrp chmod chown chroot cksum comm cp csplit cut date dd df dir dirname du
	echo expand expr factor false fmt fold groups head hostid id install join link ln logname ls md5sum mkdir mkfifo
	mknod mktemp mv nice nl nohup nproc numfmt od paste pathchk pr printenv printf ptx pwd readlink realpath rm rmdir
	seq sha1sum sha256sum sha512sum shred shuf sleep sort split stat stdbuf stty sum sync tac tail tee test timeout
	touch tr true truncate tsort tty uname unexpand uniq unlink wc who whoami yes [
	grep egrep fgrep sed awk find xargs cmp diff tar gzip gunzip
	ps pgrep pkill kill pidof free sysctl top uptime vmstat w watch pmap pwdx
	mount umount losetup mountpoint findmnt flock unshare nsenter setpriv setsid script dmesg getopt hexdump logger
	lsns lscpu lslocks prlimit taskset chrt ionice column rev more renice hostname which getent su runuser
	kmod modprobe insmod rmmod lsmod modinfo depmod
	ip ss tc bridge ping curl wget nc dig strace bpftool python3
'
# These come along when this machine has them.
readonly extras='
	bats perl gawk mawk jq file xxd less getcap setcap capsh getfacl socat tcpdump ethtool conntrack
	nft ipset iptables ip6tables iptables-nft iptables-legacy xtables-nft-multi xtables-legacy-multi telnet ncat nmap
'
# Looked up here rather than on the caller's PATH, which may lead to wrappers that work only where they are.
readonly tools_path=/usr/sbin:/usr/bin:/sbin:/bin

# find_tools: sets tool_files to the paths of all tools, or fails and names the missing ones.
find_tools()
{
	local name path missing='' find_in=$tools_path
	[ -z "$foreign" ] || find_in=$foreign/usr/sbin:$foreign/usr/bin
	tool_files=()
	for name in $tools; do
		if path=$(PATH=$find_in type -P "$name"); then
			tool_files+=("$path")
		else
			missing+=" $name"
		fi
	done
	for name in $extras; do
		if path=$(PATH=$find_in type -P "$name"); then
			tool_files+=("$path")
		fi
	done
	[ -z "$missing" ] || die "not on this machine:$missing (tests/deps installs what is needed)"
}

# libraries FILE...: the shared libraries that these programs and libraries load, one path a line. Those of another
# architecture cannot be asked: all come along, by the names that programs know them by.
libraries()
{
	if [ -n "$foreign" ]; then
		find "$foreign"/usr/lib "$foreign"/usr/lib/*-linux-gnu -maxdepth 1 -regextype egrep -regex '.*\.so(\.[0-9]+)?' \
			-xtype f
		return
	fi
	# Scripts, data and static programs among them have none, which ldd calls an error.
	ldd "$@" 2>/dev/null | sed -nE 's/^\s(.* => )?(\/.*) \(0x[0-9a-f]+\)$/\2/p' | sort -u
}

# skeleton DIR: the top of a file system, with /bin and the like being links where they are links here. Every archive
# starts with the same one, so that unpacking one over another changes nothing.
skeleton()
{
	local name
	for name in bin sbin lib lib32 lib64 libx32; do
		if [ -L "$foreign/$name" ]; then
			mkdir -p "$1/usr/$name"
			ln -s "usr/$name" "$1/$name"
		fi
	done
	mkdir -p "$1"/{dev,proc,sys,run,root,tmp,mnt,home/kim,var/tmp,var/log,usr/local/bin}
	chmod 1777 "$1/tmp" "$1/var/tmp"
	chmod 700 "$1/root"
	ln -s ../run "$1/var/run"
}

# bring DIR FILE...: copy files (through symbolic links) to the same place under DIR.
bring()
{
	local dir=$1
	shift
	printf '%s\0' "${@#"$foreign/"}" | sort -zu |
		tar -C "$foreign/" -c -h --null --no-recursion --no-unquote -T - | tar -C "$dir" -x -p --keep-directory-symlink
}

# pack DIR FILE: the archive of DIR, everything in it owned by root.
pack()
{
	(cd "$1" && find . -print0 | LC_ALL=C sort -z | cpio --quiet --null -o -H newc -R 0:0) >"$2"
}

# The few files of /etc that programs look for, and the mounts. What is not mounted, /tmp among it, is a tmpfs already.
etc_files()
{
	local etc=$1/etc file
	mkdir -p "$etc"/{pam.d,modprobe.d,alternatives}
	cat >"$etc/passwd" <<-END
		root:x:0:0:root:/root:/bin/bash
		kim:x:1000:1000:Kim:/home/kim:/bin/bash
		nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
	END
	printf '%s\n' root:x:0: tty:x:5: kim:x:1000: nonet:x:2000: nogroup:x:65534: >"$etc/group"
	printf '%s:*:19000:0:99999:7:::\n' root kim nobody >"$etc/shadow"
	chmod 600 "$etc/shadow"
	printf '%s\t%s\n' 127.0.0.1 'localhost vm' ::1 'localhost ip6-localhost' >"$etc/hosts"
	printf '%s\n' 'passwd: files' 'group: files' 'shadow: files' 'hosts: files dns' 'networks: files' \
		'protocols: files' 'services: files' >"$etc/nsswitch.conf"
	: >"$etc/resolv.conf"
	ln -s /proc/self/mounts "$etc/mtab"
	cat >"$etc/fstab" <<-END
		sys	/sys	sysfs
		dev	/dev	devtmpfs
		devpts	/dev/pts	devpts	gid=5,mode=620,ptmxmode=666,x-mount.mkdir
		shm	/dev/shm	tmpfs	mode=1777,x-mount.mkdir
		cgroup	/sys/fs/cgroup	cgroup2
		bpf	/sys/fs/bpf	bpf	mode=700
		security	/sys/kernel/security	securityfs
		debug	/sys/kernel/debug	debugfs
		tracing	/sys/kernel/tracing	tracefs
	END
	# Nobody has a password, and root may become anybody.
	for file in su su-l runuser runuser-l; do
		printf '%s\n' 'auth sufficient pam_rootok.so' 'auth required pam_deny.so' 'account required pam_permit.so' \
			'session required pam_permit.so' >"$etc/pam.d/$file"
	done
	for file in services protocols ld.so.cache ld.so.conf login.defs; do
		if [ -r "$foreign/etc/$file" ]; then
			cp -L "$foreign/etc/$file" "$etc/$file"
		fi
	done
}

# build_tools FILE: the archive of the tools, about 100 MB.
build_tools()
{
	local root=$scratch/tools more=() file python without gcc=gcc
	if [ -n "$foreign" ]; then
		file=$(echo "$foreign"/usr/lib/*-linux-gnu)
		gcc=${file##*/}-gcc
	fi
	progress "collecting the tools (once)"
	mkdir -p "$root"
	skeleton "$root"
	mkdir -p "$root/.vm/dev"
	ln -s /proc/self/fd "$root/.vm/dev/fd"
	ln -s fd/0 "$root/.vm/dev/stdin"
	ln -s fd/1 "$root/.vm/dev/stdout"
	ln -s fd/2 "$root/.vm/dev/stderr"
	etc_files "$root"

	# What programs load without saying so: the C library's parts, PAM's modules, the terminal descriptions.
	for file in "$foreign"/lib*/*-linux-gnu*/{libgcc_s.so.1,libnss_files.so.2,libnss_dns.so.2,libresolv.so.2} \
		"$foreign"/lib*/*-linux-gnu*/security/pam_{rootok,permit,deny}.so "$foreign"/lib*/*-linux-gnu*/xtables/*.so \
		"$foreign"/usr/lib*/coreutils/libstdbuf.so "$foreign"/usr/libexec/coreutils/libstdbuf.so \
		"$foreign"/{lib,usr/share}/terminfo/{d/dumb,l/linux,v/vt100,x/xterm,x/xterm-256color}; do
		if [ -f "$file" ]; then
			more+=("$file")
		fi
	done
	for file in "$foreign"/usr/{lib/locale/C.utf8,lib/bats-core,libexec/bats-core,lib/bats}; do
		if [ -d "$file" ]; then
			mapfile -t -O "${#more[@]}" more < <(find "$file" -type f)
		fi
	done
	# Python's own library, without the parts for building, teaching and testing Python.
	python=$(PATH=$tools_path python3 -I -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
	without='config-[^/]*|__pycache__|tests?|idlelib|lib2to3|tkinter|turtledemo|ensurepip|pydoc_data|distutils'
	without+='|dist-packages|site-packages'
	mapfile -t -O "${#more[@]}" more < <(find "$foreign$python" -regextype egrep -regex ".*/($without)" -prune -o -type f -print)
	mapfile -t -O "${#more[@]}" more < <(libraries "${tool_files[@]}" "${more[@]}")
	bring "$root" "${tool_files[@]}" "${more[@]}"

	# ICU's data are 31 MB that dig and wget are linked with and never look at. ICU itself builds such a stand-in.
	for file in "$root"/usr/lib/*/libicudata.so.*; do
		if [ -f "$file" ] && command -v "$gcc" >/dev/null; then
			echo "const char icudt${file##*.so.}_dat[64];" |
				"$gcc" -shared -nostdlib -o "$file" -Wl,-soname,"${file##*/}" -x c - || die "cannot build ${file##*/}"
		fi
	done

	# Compiled here, since it takes seconds there; and never checked against the sources' times, which do not survive.
	PATH=$tools_path python3 -I -m compileall -q -s "$root" -p / --invalidation-mode unchecked-hash "$root$python" ||
		die "cannot compile Python's library"
	cp "$here/machine/init" "$root/init"
	chmod 755 "$root/init"
	pack "$root" "$1"
	rm -rf "$root"
}

# build_modules FILE DIR: the archive of the modules that DIR has in modules/RELEASE/.
build_modules()
{
	local root=$scratch/modules
	mkdir -p "$root"
	skeleton "$root"
	mkdir -p "$root/lib/modules"
	cp -R "$2"/modules/. "$root/lib/modules/"
	pack "$root" "$1"
	rm -rf "$root"
}

# cached FILE COMMAND...: COMMAND with a file's name as its first argument fills FILE of the cache, unless it is there.
# What nobody has used for two days goes: other work trees may well have other files. Call with the cache locked.
cached()
{
	local file=$1
	shift
	if [ ! -e "$file" ]; then
		"$1" "$file.part" "${@:2}"
		mv "$file.part" "$file"
		find "${file%/*}" -type f -name '*.cpio*' -mtime +1 -delete
	fi
}

# base_image FILE DIR ROOT: writes to FILE what does not change from run to run, for the kernel in DIR (empty: no
# modules). ROOT: an archive in place of that of the tools; empty: none.
base_image()
{
	local images=$cache/machine key modules_key tools_file modules_file
	tools_file=$3
	if [ -z "$tools_file" ]; then
		find_tools
		# Any change of a copied file changes one of: the copied programs, the installed packages, these scripts.
		key=$({
			cat "${BASH_SOURCE[0]}" "$here/machine/init"
			echo "$arch"
			stat -L -c '%n %s %Y' -- "${tool_files[@]}"
			dpkg-query -W 2>/dev/null || true
		} | sha256sum)
		tools_file=$images/tools-${key:0:20}.cpio
	fi
	modules_file=
	if [ -d "$2/modules" ]; then
		modules_key=$(cd "$2" && stat -c '%n %s %Y' modules/*/modules.dep modules/* | sha256sum)
		modules_file=$images/modules-${2##*/}-${modules_key:0:20}.cpio
	fi
	mkdir -p "$images" 2>/dev/null || die "cannot write to $cache"
	# Readers share the lock, so that nothing is removed or replaced between the look and the read.
	exec 9>"$images/.lock"
	flock -s 9
	if [ ! -e "$tools_file" ] || [ ! -e "${modules_file:-/}" ]; then
		flock -u 9
		flock 9
		cached "$tools_file" build_tools
		if [ -n "$modules_file" ]; then
			cached "$modules_file" build_modules "$2"
		fi
	fi
	touch -c -- "$tools_file" ${modules_file:+"$modules_file"}
	cat "$tools_file" ${modules_file:+"$modules_file"} >"$1"
	exec 9>&-
}

# is_elf FILE
is_elf()
{
	local LC_ALL=C magic=
	IFS= read -r -n 4 magic 2>/dev/null <"$1" || true
	[ "$magic" = $'\x7fELF' ]
}

# add DIR SOURCE DESTINATION: put a file or a tree of files at DESTINATION under DIR, with the shared libraries of the
# programs in it. SOURCE is an absolute path.
add()
{
	local dir=$1 source=$2 destination=$3 file elves=() needed=()
	file=$(realpath -m -- "$dir/${destination%/*}")
	[[ $file/ == "$dir"/* ]] || die "a symbolic link leads $destination out of the machine"
	mkdir -p "$file"
	if [ -d "$source" ]; then
		mkdir -p "$dir/$destination"
		cp -a "$source/." "$dir/$destination/"
	else
		cp -L --preserve=mode,timestamps "$source" "$dir/$destination"
	fi
	while IFS= read -r -d '' file; do
		if is_elf "$file"; then
			elves+=("$file")
		fi
	done < <(find -L "$source" -type f -print0 2>/dev/null)
	# Libraries of another architecture are all there already.
	if [ ${#elves[@]} -gt 0 ] && [ -z "$foreign" ]; then
		mapfile -t needed < <(libraries "${elves[@]}")
	fi
	if [ ${#needed[@]} -gt 0 ]; then
		bring "$dir" "${needed[@]}"
	fi
}
