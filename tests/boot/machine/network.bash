# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What machine/init makes of a host with a network: a link to a neighbour, a DHCP client, a resolver and an NTP server, as
# Debian has them; and the rules that the README tells to type.
useradd --system --no-create-home neighbour
unit neighbour 'After=local-fs.target lsmctl.service' 'Before=systemd-networkd.service' '[Service]' \
	'ExecStart=/boot-test/neighbour' '[Install]' WantedBy=sysinit.target
printf '%s\n' '[Match]' Name=uplink '[Network]' DHCP=yes IPv6AcceptRA=yes >/etc/systemd/network/uplink.network
printf '%s\n' 'local stratum 8' allow 'cmdport 0' >/etc/chrony/chrony.conf
systemctl enable systemd-networkd.service systemd-resolved.service chrony.service >>install.log 2>&1
systemctl disable systemd-networkd-wait-online.service >>install.log 2>&1
ln -sf /run/systemd/resolve/stub-resolv.conf /etc/resolv.conf

sh -c "$(sed -n 's/^    \(sed .* \/etc\/lsmctl\/rules\)  .*/\1/p' README.md)"
echo 'allow any uid neighbour' >/etc/lsmctl/rules.d/20-neighbour.rules
