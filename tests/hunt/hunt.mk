# SPDX-License-Identifier: GPL-2.0-only
# The hunt for ways round the policy, included by the Makefile: see README.md here.

HUNT_BUILD   := $(BUILD)/tests/hunt
HUNT_OBJECTS := $(patsubst tests/hunt/%.c,$(HUNT_BUILD)/%.o,$(wildcard tests/hunt/*.c))

$(HUNT_BUILD)/hunt: $(HUNT_OBJECTS)
	$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ -pthread

.PHONY: hunt hunt-programs hunt-mutant hunt-mutants test-hunt
hunt-programs: $(HUNT_BUILD)/hunt

# Other tests have these variables too, with values that do not fit here.
HUNT_KERNEL = $(if $(filter-out file,$(origin KERNEL)),$(KERNEL),6.12)
hunt: $(BIN) hunt-programs ## look for ways round the policy; SECONDS=3600 KERNEL=6.12: so long, on this kernel
	$(Q)tests/hunt/run --kernel $(HUNT_KERNEL) \
		$(if $(filter-out file,$(origin SECONDS)),--seconds $(SECONDS)) $(HUNT_OPTIONS)

test-hunt: $(BIN) hunt-programs ## all ways round that were ever found, and half a minute of looking for more
	$(Q)tests/hunt/run --test --seed 1 --kernel $(HUNT_KERNEL) $(HUNT_OPTIONS)

hunt-mutants: $(BIN) hunt-programs ## remove one check after the other, and see that the hunt finds each hole
	$(Q)tests/hunt/run --mutants --seed 1 $(HUNT_OPTIONS)

# AT has a bpf/ with one check less: builds the same program from it.
hunt-mutant: $(CMD) $(COMMON)
	$(Q)$(CLANG) $(BPF_CFLAGS) -w -c -o $(AT)/lsmctl.bpf.o $(AT)/bpf/lsmctl.bpf.c
	$(Q)$(STRIP) -g $(AT)/lsmctl.bpf.o
	$(Q)$(BPFTOOL) gen skeleton $(AT)/lsmctl.bpf.o name lsmctl_bpf >$(AT)/lsmctl.skel.h
	$(Q)$(CC) -I$(AT) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -c -o $(AT)/object.o common/policy/object.c
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $(AT)/lsmctl $(AT)/object.o $(filter-out $(BUILD)/common/policy/object.o,$^) $(LIBS)

-include $(HUNT_OBJECTS:.o=.d)
