# SPDX-License-Identifier: GPL-2.0-only
# lsmctl for other systems, included by the Makefile: all in one file, which needs no library there; and the same from the
# same sources wherever it is built.

STATIC := $(BUILD)/static/lsmctl

# Position-independent, so that its address is random too. Hides the linker's warnings about name lookups, which
# common/base/nss.c handles.
.PHONY: static test-static
static: ## one file that needs nothing of the system but its kernel: .build/static/lsmctl
	$(Q)+$(MAKE) --no-print-directory BUILD=$(BUILD)/static BIN=$(STATIC) LINKED_IN= \
		CPPFLAGS='$(CPPFLAGS) -DLSMCTL_STATIC' CFLAGS='$(CFLAGS) -fPIE' LDFLAGS='$(LDFLAGS) -static-pie -Wl,--no-warnings' $(STATIC)

test-static: static $(KERNEL_PROGRAMS) ## that it is, here and in an empty system, and some scenarios on a real kernel
	$(Q)LSMCTL=$(abspath $(STATIC)) tests/report/each static tests/portable/static.bats
	$(Q)LSMCTL=$(abspath $(STATIC)) tests/kernels $(if $(ARCH),--arch $(ARCH)) -b default -k clients $(KERNEL)

.PHONY: test-reproducible
test-reproducible: all deb ## the same sources give the same bytes, whoever builds them and where
	$(Q)LSMCTL=$(abspath $(BIN)) \
		PACKAGE=$(CURDIR)/.build/deb/lsmctl_$(VERSION)_$$(dpkg --print-architecture).deb \
		tests/report/each package tests/portable/reproducible.bats
