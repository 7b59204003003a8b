# SPDX-License-Identifier: GPL-2.0-only
# Real clients under rules for names, included by the Makefile: see tests/clients/run --help.

.PHONY: test-clients
test-clients: $(BIN) ## real resolvers and clients under rules for names, in a virtual machine; KERNEL=6.12; JUST=dnsmasq
	$(Q)tests/clients/run --kernel $(KERNEL) $(CLIENTS_OPTIONS) $(JUST)
