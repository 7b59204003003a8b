# SPDX-License-Identifier: GPL-2.0-only
# Included by the Makefile, whose variables it uses.

.PHONY: test-boot
test-boot: deb ## the Debian package, its units, and a real boot with systemd in a virtual machine; KERNEL=6.1
	$(Q)tests/boot/boot .build/deb/lsmctl_$(VERSION)_$$(dpkg --print-architecture).deb $(or $(KERNEL),6.1)
