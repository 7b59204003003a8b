# SPDX-License-Identifier: GPL-2.0-only
# The tests that need a real kernel, included by the Makefile: they run in virtual machines, see tests/kernels --help.

# Foreign programs attached beside lsmctl's: their action and their hook.
FOREIGN := $(addprefix cancel-,socket_connect socket_sendmsg socket_setsockopt socket_create sctp_bind_connect \
	socket_bind socket_post_create) \
	sly-socket_connect idle-socket_connect $(addprefix front-,socket_connect socket_create)
KERNEL_PROGRAMS := $(BUILD)/tests/kernel/uring $(BUILD)/tests/kernel/race $(BUILD)/tests/kernel/attach $(BUILD)/tests/kernel/fault.so \
	$(FOREIGN:%=$(BUILD)/tests/kernel/%.bpf.o)

$(BUILD)/tests/kernel/%.bpf.o: tests/kernel/foreign.bpf.c Makefile tests/kernel/kernel.mk
	$(call say,BPF)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -DDO_$(firstword $(subst -, ,$*)) -DHOOK='"$(lastword $(subst -, ,$*))"' -c -o $@ $<

$(BUILD)/tests/kernel/uring $(BUILD)/tests/kernel/race: %: %.o
	$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -pthread -o $@ $^

$(BUILD)/tests/kernel/attach: $(BUILD)/tests/bench/attach.o
	$(call say,LINK)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/tests/kernel/fault.so: tests/kernel/fault.c
	$(call say,LINK)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(LDFLAGS) -shared -fPIC -o $@ $<

# tests/kernels finds its programs in .build, and does not run programs built with SAN=1.
.PHONY: test-kernel-programs test-kernel test-kernels
test-kernel-programs: $(KERNEL_PROGRAMS)

KERNEL ?= 6.1
test-kernel: $(BIN) $(KERNEL_PROGRAMS) ## scenarios on a real kernel, in a virtual machine; KERNEL="5.10:core newest": on these
	$(Q)tests/kernels $(if $(ARCH),--arch $(ARCH)) $(KERNEL_OPTIONS) $(KERNEL)

test-kernels: $(BIN) $(KERNEL_PROGRAMS) ## the same on 5.10, 6.1, 6.12 and the newest; V=1: tell of each
	$(Q)tests/kernels $(if $(ARCH),--arch $(ARCH)) $(KERNEL_OPTIONS)

-include $(BUILD)/tests/kernel/uring.d $(BUILD)/tests/kernel/race.d
