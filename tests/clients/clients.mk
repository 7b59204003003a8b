# SPDX-License-Identifier: GPL-2.0-only
# Real clients under rules for names, included by the Makefile: see tests/clients/run --help.

.PHONY: test-clients
test-clients: $(BIN) ## real resolvers and clients under rules for names, in a virtual machine; KERNEL=6.12; THOROUGH=1; JUST=dnsmasq
	$(Q)tests/clients/run $(if $(ARCH),--arch $(ARCH)) --kernel $(KERNEL) $(if $(THOROUGH),--thorough) $(JUST)
